/**
 * What several writers do to one pool between two power cuts, some of them until they are
 * killed.
 *
 * @module
 */

import { type EncodedFrames, FrameEncoder } from "../../pool/encoder.ts";
import type { MessageInput } from "../../pool/interface.ts";
import { RingFile } from "../../pool/ring.ts";
import type { State } from "../../pool/state.ts";
import { laterThan, type Timestamp } from "../../pool/timestamp.ts";
import { PoolWriter, type Stamps } from "../../pool/writer.ts";
import { makeMessage, makeTags } from "../process/workload.ts";
import type { JumpingClock } from "./power_cut_clock.ts";
import { History, type Known, messageOf, type Sent, stateIn } from "./power_cut_history.ts";
import type { Random } from "./random.ts";
import { RecordedDisk, RecordedFile } from "./recorded_disk.ts";

/** Writers of one pool. */
const WRITERS = 3;
/** Writes before a writer is killed, at most. */
const WRITES_BEFORE_DEATH_MAX = 5;
/** How much of a write may be done when a writer is killed in it. */
const SHARES = [0, 0, 0.1, 0.5, 0.9, 1];

/** One process that has the pool open. */
interface Process {
  file: RecordedFile;
  writer: PoolWriter;
}

/** A pool from one power cut to the next. */
export class Life {
  /** What it was written to. */
  readonly disk: RecordedDisk;
  /** What was done to it. */
  readonly history: History;
  readonly #random: Random;
  readonly #clock: JumpingClock;
  readonly #ringBytes: number;
  readonly #encoder: FrameEncoder;
  readonly #processes: Process[];
  #counter = 0;
  #isDeleted = false;

  /** The life of the pool in `image`, of which that much is known. */
  constructor(image: Uint8Array, known: Known, random: Random, clock: JumpingClock) {
    this.disk = new RecordedDisk(image);
    this.history = new History(this.disk, known);
    this.#random = random;
    this.#clock = clock;
    this.#ringBytes = new RingFile(new RecordedFile(this.disk), "pool").layout.ringBytes;
    this.#encoder = new FrameEncoder(this.#ringBytes);
    this.#processes = Array.from({ length: WRITERS }, () => this.#start());
  }

  /** Does so many things, or fewer if one of them is to delete the pool. */
  run(count: number): void {
    const { append, flush, kill } = this.#actions();
    const actions = [append, append, append, flush, flush, flush, kill, ...this.#rareActions()];
    for (let i = 0; i < count && !this.#isDeleted; i++) this.#random.pick(actions)();
  }

  /** Appends these messages, one by one, with the durability of each. */
  runScript(steps: readonly { data: unknown; flush: boolean }[]): void {
    for (const { data, flush } of steps) {
      this.#append(this.#processes[0], [{ data }]);
      if (flush) this.history.flush(() => this.#processes[0].writer.sync());
    }
  }

  #actions(): Record<"append" | "flush" | "kill", () => void> {
    return {
      append: () => void this.#append(this.#anyProcess(), this.#messages()),
      flush: () => {
        const process = this.#anyProcess();
        this.#append(process, this.#messages());
        this.#flush(process);
      },
      kill: () => this.#kill((process) => this.#append(process, this.#messages())),
    };
  }

  #rareActions(): (() => void)[] {
    if (this.#random.chance(0.5)) return [];
    return [
      () => this.#restart(this.#anyProcess()),
      () => this.#flush(this.#anyProcess()),
      () => this.#appendLap(),
      () => this.#append(this.#anyProcess(), this.#messages(), this.#random.int(1, 20)),
      () => this.#reserve(this.#anyProcess()),
      () => this.#kill((process) => this.#reserve(process)),
      () => this.#failToDelete(this.#anyProcess()),
      () => this.#random.chance(0.2) && this.#delete(this.#anyProcess()),
      () => this.#random.chance(0.2) && this.#kill((process) => this.#delete(process)),
    ];
  }

  #append(process: Process, inputs: readonly MessageInput[], skippedSeqs = 0): void {
    const frames = this.#encoder.encode(inputs);
    let sent: Sent[] = [];
    const stamp = (state: State): Stamps => {
      const stamps = this.#stamps(state, frames, skippedSeqs);
      sent = this.history.trying(
        frames.texts.map((texts, i) => messageOf(stamps.seqs[i], stamps.times[i], texts)),
      );
      return stamps;
    };
    process.writer.append(frames, stamp);
    this.history.acknowledge(sent);
  }

  #stamps({ nextSeq, lastTime }: State, { texts }: EncodedFrames, skipped: number): Stamps {
    const seqs: number[] = [];
    const times: Timestamp[] = [];
    for (let i = 0; i < texts.length; i++) {
      seqs.push(nextSeq + skipped + i);
      times.push(laterThan(this.#clock.now(), times.at(-1) ?? lastTime));
    }
    return { seqs, times };
  }

  /** Messages that fit in the ring one by one, though maybe not together. */
  #messages(): MessageInput[] {
    const count = this.#random.chance(0.7) ? 1 : this.#random.int(2, 12);
    return Array.from({ length: count }, () => this.#message());
  }

  #message(): MessageInput {
    const counter = ++this.#counter;
    const writer = this.#random.int(1, 1_000_000);
    if (this.#random.chance(0.4)) return { data: writer };
    const mostChars = this.#ringBytes - 28 - `{"writer":${writer},"fill":""}`.length;
    if (this.#random.chance(0.9)) {
      const fill = makeMessage(writer, counter).fill.slice(0, mostChars / 2);
      return { data: { writer, fill }, tags: makeTags(writer, counter) };
    }
    const chars = this.#random.pick([mostChars, mostChars, this.#random.int(0, mostChars)]);
    const piece = `${writer}.${counter}/`;
    const text = piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars);
    return { data: { writer, fill: text } };
  }

  /** Appends about as much as the ring holds, in small batches. */
  #appendLap(): void {
    const process = this.#anyProcess();
    for (let bytes = 0; bytes < this.#ringBytes; bytes += 1200) {
      this.#append(
        process,
        Array.from({ length: 10 }, () => ({
          data: { writer: this.#random.int(1, 1_000_000), fill: "l".repeat(60) },
        })),
      );
    }
  }

  /** Flushes, and now and then others append meanwhile: that is promised nothing. */
  #flush(process: Process): void {
    process.file.whileSyncing = () => {
      if (this.#random.chance(0.3)) this.#append(this.#anyProcess(), this.#messages());
    };
    this.history.flush(() => process.writer.sync());
    process.file.whileSyncing = () => {};
  }

  #reserve({ writer }: Process): void {
    const { nextSeq } = stateIn(this.disk.content);
    writer.reserve(nextSeq + this.#random.int(0, 20), this.#clock.now());
  }

  /** Kills one process while it does something, in any of its writes or after all of them. */
  #kill(doing: (process: Process) => void): void {
    const process = this.#anyProcess();
    const { file } = process;
    file.dieIn(this.#random.int(0, WRITES_BEFORE_DEATH_MAX), this.#random.pick(SHARES));
    try {
      doing(process);
    } catch (error) {
      if (!file.isDead) throw error;
      this.history.undo(stateIn(this.disk.content).nextSeq);
    }
    this.#restart(process);
  }

  #delete({ writer }: Process): void {
    this.#isDeleted = true;
    this.history.deleting();
    writer.delete(() => void (this.disk.removed = true));
  }

  #failToDelete({ writer }: Process): void {
    const deletion = this.history.deleting();
    const refusal = new Deno.errors.PermissionDenied();
    try {
      writer.delete(() => {
        throw refusal;
      });
    } catch (error) {
      if (error !== refusal) throw error;
    }
    deletion.fail();
  }

  #restart(process: Process): void {
    process.file.close();
    this.#processes[this.#processes.indexOf(process)] = this.#start();
  }

  #start(): Process {
    const file = new RecordedFile(this.disk);
    return { file, writer: new PoolWriter(new RingFile(file, "pool"), 0) };
  }

  #anyProcess(): Process {
    return this.#random.pick(this.#processes);
  }
}
