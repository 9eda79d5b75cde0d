/**
 * The file in which a bridge notes how far it has come: a destination that has given up all
 * copies in the meantime must not get them again.
 *
 * It is replaced as a whole, so that whoever reads it sees what was written at one time. Who has
 * the lock beside it is the one that writes.
 *
 * @module
 */

import { dirname } from "@std/path/dirname";
import { homeDirectory } from "../../client.ts";
import {
  CorruptError,
  fromSystemError,
  IoError,
  PermissionError,
  type PlasmiteError,
} from "../../pool/mod.ts";
import type { FoundCopy } from "./found_copies.ts";

const OWNER_MODE = 0o600;
const OWNER_DIRECTORY_MODE = 0o700;

const HINT =
  "Bridges note in this directory how far they have come: see that you may write to it, " +
  "and that there is room. It is below the directory that HOME names.";

/** How far a bridge has come. */
export interface BridgeRecord {
  /** All messages up to this number were copied, held back, passed over or are missing. */
  readonly seq: number;
  /**
   * The newest copy: by it the destination can be told from an earlier state of it, and behind it
   * are those of later messages.
   */
  readonly newest?: FoundCopy;
}

/** Which bridge a file is for. */
export interface RecordParts {
  /** The ids of both pools and, if there is one, of the selection. */
  readonly ids: readonly string[];
  /** The references as they may be shown, for people who look into the file. */
  readonly from: string;
  readonly to: string;
}

/** The file of one bridge. */
export class RecordFile implements Disposable {
  /** Where it is. */
  readonly path: string;
  readonly #parts: RecordParts;
  #lock: Deno.FsFile | undefined;
  #isLocked = false;
  #written = "";

  /** A file in `directory`, which need not exist. */
  constructor(directory: string, parts: RecordParts) {
    this.path = `${directory}/${parts.ids.join("_")}.json`;
    this.#parts = parts;
  }

  /** What the destination is called. */
  get to(): string {
    return this.#parts.to;
  }

  /**
   * Makes this process the one that writes the file; false when another one is.
   *
   * @throws {PermissionError} or {@linkcode IoError} when there can be no file.
   */
  tryLock(): boolean {
    if (this.#isLocked) return true;
    try {
      const options = { recursive: true, mode: OWNER_DIRECTORY_MODE };
      Deno.mkdirSync(dirname(this.path), options);
      this.#lock ??= Deno.openSync(`${this.path}.lock`, {
        ...{ read: true, write: true, create: true },
        mode: OWNER_MODE,
      });
      return this.#isLocked = this.#lock.tryLockSync(true);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /**
   * What was written last; undefined when nothing was.
   *
   * @throws {CorruptError} when that can't be understood.
   */
  read(): BridgeRecord | undefined {
    let text: string;
    try {
      text = Deno.readTextFileSync(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw this.#failure(error);
    }
    const record = parseRecord(text);
    if (record !== undefined) return record;
    throw new CorruptError("the record of what was copied is damaged", { path: this.path });
  }

  /**
   * Writes `record`, unless it is what was written last, or another process does the writing.
   *
   * @throws {PermissionError} or {@linkcode IoError} when that fails.
   */
  write(record: BridgeRecord): void {
    const { seq, newest } = record;
    const { from, to } = this.#parts;
    const text = JSON.stringify({
      ...{ from, to, seq },
      ...(newest && { copied_seq: newest.seq, to_seq: newest.toSeq }),
    });
    if (text === this.#written || !this.tryLock()) return;
    const draft = `${this.path}.new`;
    try {
      Deno.writeTextFileSync(draft, text + "\n", { mode: OWNER_MODE });
      // A crash before this leaves what was written the last time.
      Deno.renameSync(draft, this.path);
    } catch (error) {
      throw this.#failure(error);
    }
    this.#written = text;
  }

  /** Gives up the lock. */
  [Symbol.dispose](): void {
    this.#lock?.close();
    this.#lock = undefined;
    this.#isLocked = false;
  }

  #failure(error: unknown): PlasmiteError {
    const { path } = this;
    const { kind, message, hint, cause } = fromSystemError(error, path);
    const Kind = kind === "Permission" ? PermissionError : IoError;
    return new Kind(`can't keep a record of what is copied: ${message}`, {
      path,
      cause,
      // What Deno has to be told is another matter.
      hint: cause instanceof Deno.errors.NotCapable ? hint : HINT,
    });
  }
}

/** What the text of a file says; undefined when it is none that was written here. */
export function parseRecord(text: string): BridgeRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("seq" in value)) return undefined;
  const { seq } = value;
  const copiedSeq = "copied_seq" in value ? value.copied_seq : undefined;
  const toSeq = "to_seq" in value ? value.to_seq : undefined;
  if (!isSeq(seq)) return undefined;
  if (copiedSeq === undefined && toSeq === undefined) return { seq };
  return isSeq(copiedSeq) && isSeq(toSeq) ? { seq, newest: { seq: copiedSeq, toSeq } } : undefined;
}

function isSeq(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** The directory of such files: beside that of the pools, where that is by default. */
export function recordDirectory(): string {
  const home = homeDirectory((name) => Deno.env.get(name));
  return home === undefined ? ".plasmite/bridges" : `${home}/.plasmite/bridges`;
}
