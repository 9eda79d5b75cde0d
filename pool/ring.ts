/**
 * An open pool file: its identity, its state, and its ring and index by position.
 *
 * Reading takes no lock. A state read here was written by somebody in one piece, and
 * is at most as old as the moment the call began.
 *
 * @module
 */

import { CorruptError, fromSystemError, InternalError, type PlasmiteError } from "./errors.ts";
import type { PoolFile } from "./file.ts";
import {
  decodeIndexEntry,
  INDEX_ENTRY_BYTES,
  type IndexEntry,
  indexEntryOffset,
} from "./index_entry.ts";
import { decodeIdentity, type Identity, IDENTITY_BYTES, type Layout } from "./layout.ts";
import { isPlausible, type State, STATE_OFFSETS } from "./state.ts";
import { StateSlots } from "./state_slots.ts";
import { FrameReader } from "./frame_reader.ts";
import { type FileWrite, ringRuns } from "./plan.ts";
import { rollForward } from "./roll_forward.ts";

/**
 * Times a state is read again when the newest slot looks torn. A reader that comes while
 * it is written can see that; to see it this often in a row takes damage.
 */
const STATE_READ_ATTEMPTS = 16;

/** An open pool file. */
export class RingFile {
  /** Where the file is, for errors. */
  readonly path: string;
  /** Which pool it is and how it is laid out. */
  readonly identity: Identity;
  readonly #file: PoolFile;
  readonly #slots: StateSlots;
  readonly #entryBytes = new Uint8Array(INDEX_ENTRY_BYTES);

  /**
   * Reads the identity of `file`, which is closed again when that fails.
   *
   * @throws {UsageError} when it is a pool of another version.
   * @throws {CorruptError} when it is no pool, or not an intact one.
   */
  constructor(file: PoolFile, path: string) {
    this.path = path;
    this.#file = file;
    try {
      const bytes = new Uint8Array(IDENTITY_BYTES);
      const whole = file.readAt(bytes, 0);
      this.identity = decodeIdentity(whole ? bytes : bytes.subarray(0, 0), file.size(), path);
    } catch (error) {
      file.close();
      throw fromSystemError(error, path);
    }
    this.#slots = new StateSlots(this.identity);
  }

  /** Where the parts of the file are. */
  get layout(): Layout {
    return this.identity.layout;
  }

  /**
   * The newest state. When the newest one is damaged, the frames it added are taken in
   * by what they hold themselves.
   *
   * @throws {CorruptError} when neither slot holds a state.
   */
  readState(): State {
    let state: State | undefined;
    for (let attempt = 0; attempt < STATE_READ_ATTEMPTS; attempt++) {
      this.#read(this.#slots.bytes, STATE_OFFSETS[0]);
      state = this.#slots.newest();
      if (state !== undefined && this.#slots.isNewest(state)) return state;
    }
    if (state !== undefined) {
      return rollForward(new FrameReader(this), state, this.layout.ringBytes);
    }
    throw this.corrupt("the pool header is damaged: it holds no valid state", {
      offset: STATE_OFFSETS[0],
    });
  }

  /**
   * Whether both slots held an intact state when the last one was read, as they do unless
   * one was torn or damaged.
   */
  hadBothStates(): boolean {
    return this.#slots.areIntact;
  }

  /**
   * Writes a state into the slot its generation belongs to, which is the older one: a
   * crash here leaves the newer one in force.
   */
  writeState(state: State): void {
    if (!isPlausible(state, this.layout)) {
      throw new InternalError("a state that contradicts itself was not written", {
        path: this.path,
        hint: "This is a defect: please report it with the output of `pls doctor`.",
      });
    }
    this.write(this.#slots.encode(state));
  }

  /** Fills `bytes` from the ring, from `position` on. */
  readRing(bytes: Uint8Array, position: number): void {
    let done = 0;
    for (const run of ringRuns(this.layout, position, bytes.length)) {
      this.#read(bytes.subarray(done, done + run.length), run.offset);
      done += run.length;
    }
  }

  /** Writes `bytes` into the ring, from `position` on. */
  writeRing(bytes: Uint8Array, position: number): void {
    const { ringOffset, ringBytes } = this.layout;
    const at = position % ringBytes;
    if (at + bytes.length <= ringBytes) return this.write({ offset: ringOffset + at, bytes });
    let done = 0;
    for (const run of ringRuns(this.layout, position, bytes.length)) {
      this.write({ offset: run.offset, bytes: bytes.subarray(done, done + run.length) });
      done += run.length;
    }
  }

  /** The index entry for boundary `number`, or undefined when there is no intact one. */
  readIndexEntry(number: number): IndexEntry | undefined {
    this.#read(this.#entryBytes, indexEntryOffset(this.layout, number));
    return decodeIndexEntry(this.#entryBytes, 0, number, this.identity.seed);
  }

  /** Writes bytes anywhere in the file. */
  write(write: FileWrite): void {
    try {
      this.#file.writeAt(write.bytes, write.offset);
    } catch (error) {
      throw fromSystemError(error, this.path);
    }
  }

  /** Returns when everything written to the file is on storage. */
  sync(): void {
    try {
      this.#file.sync();
    } catch (error) {
      throw fromSystemError(error, this.path);
    }
  }

  /** Takes the writer lock if it is free. */
  tryLock(): boolean {
    try {
      return this.#file.tryLock();
    } catch (error) {
      throw fromSystemError(error, this.path);
    }
  }

  /** Gives the writer lock back. */
  unlock(): void {
    this.#file.unlock();
  }

  /**
   * Whether the path still names this file.
   *
   * @throws {CorruptError} when the file was cut short.
   */
  isAtPath(): boolean {
    let sizeBytes: number;
    try {
      if (!this.#file.isAt(this.path)) return false;
      sizeBytes = this.#file.size();
    } catch (error) {
      throw fromSystemError(error, this.path);
    }
    if (sizeBytes < this.layout.fileBytes) throw this.#cutShort(sizeBytes);
    return true;
  }

  /**
   * Whether the pool is still there for others: not deleted, and its path still names
   * this file.
   */
  isLive(): boolean {
    return !this.readState().deleted && this.isAtPath();
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  /** An error about damage in the file, at `offset` or of the message `seq`. */
  corrupt(message: string, where: { offset?: number; seq?: number }): PlasmiteError {
    return new CorruptError(message, {
      path: this.path,
      ...where,
      hint: "Run `pls doctor` on the pool. Recreate it if its messages are not needed.",
    });
  }

  #read(bytes: Uint8Array, offset: number): void {
    let whole: boolean;
    try {
      whole = this.#file.readAt(bytes, offset);
    } catch (error) {
      throw fromSystemError(error, this.path);
    }
    if (!whole) throw this.#cutShort(offset);
  }

  #cutShort(offset: number): PlasmiteError {
    return this.corrupt("the pool file was cut short", { offset });
  }
}
