/**
 * Writing down how far a bridge has come, about once a second and at the end.
 *
 * @module
 */

import { PlasmiteError } from "../../pool/mod.ts";
import { writeNotice } from "../notices.ts";
import type { Screen } from "../screen.ts";
import type { BridgeRecord, RecordFile } from "./record.ts";

const INTERVAL_MS = 1000;

/** Writes a record now and then. */
export class Checkpoints implements Disposable {
  readonly #file: RecordFile;
  readonly #recordNow: () => BridgeRecord;
  readonly #screen: Screen;
  readonly #timer: ReturnType<typeof setInterval>;
  #hasFailed = false;

  /**
   * Writes what `recordNow` gives to `file`: at once, which has to succeed, and from then on; and
   * tells `screen` when it can't.
   */
  constructor(file: RecordFile, recordNow: () => BridgeRecord, screen: Screen) {
    this.#file = file;
    this.#recordNow = recordNow;
    this.#screen = screen;
    file.write(recordNow());
    this.#timer = setInterval(() => this.#write(), INTERVAL_MS);
  }

  /** Writes for the last time. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#write();
  }

  #write(): void {
    try {
      this.#file.write(this.#recordNow());
      this.#hasFailed = false;
    } catch (error) {
      if (!(error instanceof PlasmiteError)) throw error;
      // The copies themselves tell as well how far it has come.
      if (!this.#hasFailed) this.#tell(error);
      this.#hasFailed = true;
    }
  }

  #tell({ message, kind, path }: PlasmiteError): void {
    writeNotice(this.#screen, {
      kind: "record",
      cmd: "bridge",
      pool: this.#file.to,
      message: `can't write down how far the bridge has come: ${message}`,
      details: { path, error_kind: kind },
    });
  }
}
