/**
 * The two state slots of an open pool file, decoded only where they have changed. A
 * writer alone, and a reader that waits, see bytes again that they know.
 *
 * @module
 */

import { getUint64, viewOf } from "./binary.ts";
import type { Identity } from "./layout.ts";
import {
  decodeSlot,
  encodeState,
  type State,
  STATE_BYTES,
  STATE_SPAN_BYTES,
  stateOffset,
} from "./state.ts";

/** Holds what was last read of the slots, and the states in it. */
export class StateSlots {
  /** The bytes of both: whoever reads the file fills them, and calls {@linkcode newest}. */
  readonly bytes = new Uint8Array(STATE_SPAN_BYTES);
  readonly #identity: Identity;
  readonly #slots: readonly [Slot, Slot];

  /** For the file with this identity. */
  constructor(identity: Identity) {
    this.#identity = identity;
    this.#slots = [
      new Slot(this.bytes.subarray(0, STATE_BYTES)),
      new Slot(this.bytes.subarray(STATE_SPAN_BYTES - STATE_BYTES)),
    ];
  }

  /** The newer one of the intact states in {@linkcode bytes}; undefined when none is intact. */
  newest(): State | undefined {
    const [first, second] = this.#slots;
    first.decode(this.#identity);
    second.decode(this.#identity);
    if (first.state === undefined) return second.state;
    if (second.state === undefined) return first.state;
    return first.state.generation >= second.state.generation ? first.state : second.state;
  }

  /** Whether both slots hold an intact state, as they do unless one was torn or damaged. */
  get areIntact(): boolean {
    return this.#slots[0].state !== undefined && this.#slots[1].state !== undefined;
  }

  /** Whether neither slot claims to be newer than `state`, which one of them holds. */
  isNewest(state: State): boolean {
    return this.#slots.every((slot) => slot.generation <= state.generation);
  }

  /** The bytes of `state` and where in the file they go; valid until the next call. */
  encode(state: State): { offset: number; bytes: Uint8Array } {
    const slot = this.#slots[state.generation % 2];
    return { offset: stateOffset(state.generation), bytes: slot.encode(state, this.#identity) };
  }
}

/** One slot. */
class Slot {
  /** The state in the bytes last decoded; undefined when they held no intact one. */
  state: State | undefined;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #knownBytes = new Uint8Array(STATE_BYTES).fill(0xff);
  readonly #knownView = viewOf(this.#knownBytes);
  readonly #knownWords = new Int32Array(this.#knownBytes.buffer);

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.#words = new Int32Array(bytes.buffer, bytes.byteOffset, this.#knownWords.length);
  }

  /** The generation that the bytes claim, intact or not. */
  get generation(): number {
    return getUint64(this.#view, 8);
  }

  /** Sets the state to what the bytes hold now. */
  decode(identity: Identity): void {
    if (this.#isKnown()) return;
    this.#knownBytes.set(this.#bytes);
    this.state = decodeSlot(this.#bytes, this.#view, 0, identity);
  }

  /** The bytes of `state`, which are known from now on. */
  encode(state: State, { seed }: Identity): Uint8Array {
    encodeState(state, seed, this.#knownBytes, this.#knownView);
    this.state = state;
    return this.#knownBytes;
  }

  #isKnown(): boolean {
    for (let i = 0; i < this.#words.length; i++) {
      if (this.#words[i] !== this.#knownWords[i]) return false;
    }
    return true;
  }
}
