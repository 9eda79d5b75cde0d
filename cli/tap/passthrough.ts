/**
 * A tapped command's output on its way to where it would have gone.
 *
 * @module
 */

import type { Screen } from "../screen.ts";

/**
 * Writes to a screen for as long as it takes anything. Recording goes on when its
 * reader has left or its terminal is gone.
 */
export class Passthrough {
  #screen: Screen | undefined;

  /** Writes to `screen`; without one, nowhere. */
  constructor(screen: Screen | undefined) {
    this.#screen = screen;
  }

  /** Writes bytes, as they are. */
  write(bytes: Uint8Array): void {
    try {
      this.#screen?.writeBytes(bytes);
    } catch {
      this.#screen = undefined;
    }
  }
}
