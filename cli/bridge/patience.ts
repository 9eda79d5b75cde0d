/**
 * Waiting for a pool that is away, and telling so.
 *
 * @module
 */

import { backoffMs, pause } from "../../pool/internal_mod.ts";
import { PlasmiteError } from "../../pool/mod.ts";
import { writeNotice } from "../notices.ts";
import type { Screen } from "../screen.ts";

/** Whether what failed with `error` may well succeed in a moment. */
export function isPassing(error: unknown): error is PlasmiteError {
  return error instanceof PlasmiteError && (error.kind === "Io" || error.kind === "Busy");
}

/** Waits between attempts. */
export class Patience {
  readonly #screen: Screen;
  readonly #signal: AbortSignal;

  /** Tells `screen` of every wait; an abort of `signal` ends it. */
  constructor(screen: Screen, signal: AbortSignal) {
    this.#screen = screen;
    this.#signal = signal;
  }

  /** Waits before attempt `attempt`, from 1, to get at `pool`, which failed with `error`. */
  async wait(pool: string, attempt: number, error: PlasmiteError): Promise<void> {
    if (this.#signal.aborted) return;
    const delayMs = backoffMs(attempt);
    writeNotice(this.#screen, {
      kind: "reconnect",
      cmd: "bridge",
      pool,
      message: `${error.message}; trying again in ${(delayMs / 1000).toFixed(1)} s`,
      details: { attempt, delay_ms: delayMs, error_kind: error.kind },
    });
    await pause(delayMs, this.#signal);
  }
}
