/**
 * Examining the header of a pool: the identity block, both state slots, and the size of
 * the file.
 *
 * @module
 */

import type { Findings } from "./doctor.ts";
import { CorruptError } from "./errors.ts";
import type { PoolFile } from "./file.ts";
import { decodeIdentity, HEADER_BYTES, IDENTITY_BYTES } from "./layout.ts";
import type { RecoveredPool } from "./recover.ts";
import { decodeStates, STATE_OFFSETS, STATE_SPAN_BYTES, stateOffset } from "./state.ts";
import { viewOf } from "./binary.ts";

/** Times a slot that looks torn is read again: somebody may have been writing it. */
const READ_ATTEMPTS = 16;

/** Adds what is wrong with a header to findings. */
export class HeaderCheck {
  readonly #findings: Findings;

  /** Adds to `findings`. */
  constructor(findings: Findings) {
    this.#findings = findings;
  }

  /** Examines the header of the pool in `file`, opened as `pool`. */
  check(file: PoolFile, pool: RecoveredPool): void {
    this.#checkIdentity(file, pool);
    this.#checkSize(pool);
    this.#checkStates(file, pool);
  }

  #checkIdentity(file: PoolFile, { ring }: RecoveredPool): void {
    const bytes = new Uint8Array(IDENTITY_BYTES);
    file.readAt(bytes, 0);
    try {
      decodeIdentity(bytes, ring.layout.fileBytes, ring.path);
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
      this.#findings.add(
        `the identity block, bytes 0 to ${IDENTITY_BYTES - 1} of the file: ${error.message}`,
      );
    }
  }

  #checkSize({ ring, presentBytes }: RecoveredPool): void {
    const { fileBytes } = ring.layout;
    if (presentBytes === fileBytes) return;
    const what = presentBytes < fileBytes ? "was cut short" : "has grown";
    this.#findings.add(`the file ${what}: it has ${presentBytes} bytes, not ${fileBytes}`);
  }

  #checkStates(file: PoolFile, { ring, hasState }: RecoveredPool): void {
    const bytes = new Uint8Array(STATE_SPAN_BYTES);
    for (let attempt = 1;; attempt++) {
      if (file.size() >= HEADER_BYTES) file.readAt(bytes, STATE_OFFSETS[0]);
      const states = decodeStates(bytes, viewOf(bytes), ring.identity);
      const bad = STATE_OFFSETS.filter((offset, slot) => {
        const state = states[slot];
        return state === undefined || stateOffset(state.generation) !== offset;
      });
      if (bad.length > 0 && attempt < READ_ATTEMPTS) continue;
      for (const offset of bad) {
        const other = hasState ? "the other one is intact" : "so is the other one";
        this.#findings.add(
          `the state slot at byte ${offset} of the file is damaged; ${other}`,
        );
      }
      return;
    }
  }
}
