/**
 * What a tapped command leaves in the pool: that it started, what it wrote, and how
 * it ended.
 *
 * @module
 */

import type { Durability, MessageInput, MessagePool } from "../../pool/mod.ts";
import type { End } from "./child.ts";
import type { Line } from "../line_splitter.ts";

/** The longest line that is recorded in one message, in bytes. */
const MAX_LINE_BYTES = 1024 * 1024;

/**
 * The part of the ring a line may take. As JSON no byte becomes more than six, so the
 * message fits however it is spelled.
 */
const LINE_SHARE = 1 / 8;

/**
 * The most lines appended together: few enough for a reader to keep up with a command
 * that fills the pool in one go, enough for the lock to cost next to nothing.
 */
const MAX_BATCH_LENGTH = 256;

const LIFECYCLE = ["lifecycle"];

/** Which of its streams a command wrote to. */
export type StreamName = "stdout" | "stderr";

/** How lines are recorded. */
export interface RecorderOptions {
  /** The tags of every line. */
  readonly tags: readonly string[];
  /** When a message counts as appended. */
  readonly durability?: Durability;
}

/** The longest line that fits in a message of a pool with a ring of `ringSizeBytes`. */
export function maxLineBytes(ringSizeBytes: number): number {
  return Math.min(MAX_LINE_BYTES, Math.floor(ringSizeBytes * LINE_SHARE));
}

/** Appends what happens to a command. */
export class Recorder {
  /** How many lines were recorded, one in parts counted once. */
  lineCount = 0;
  readonly #pool: MessagePool;
  readonly #options: RecorderOptions;

  /** Appends to `pool`. */
  constructor(pool: MessagePool, options: RecorderOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  /** Records that `command` was started. */
  async start(command: readonly string[]): Promise<void> {
    await this.#append([{ data: { cmd: command, kind: "start" }, tags: LIFECYCLE }]);
  }

  /** Records what it wrote to one of its streams. */
  async lines(stream: StreamName, lines: readonly Line[]): Promise<void> {
    const { tags } = this.#options;
    for (let start = 0; start < lines.length; start += MAX_BATCH_LENGTH) {
      const batch = lines.slice(start, start + MAX_BATCH_LENGTH);
      await this.#append(batch.map(({ text, partial }) => {
        const data = { kind: "line", line: text, stream };
        return { data: partial ? { ...data, partial } : data, tags };
      }));
      for (const { partial } of batch) if (!partial) this.lineCount++;
    }
  }

  /** Records how it ended. */
  async exit({ exitCode, signal, elapsedMs }: End): Promise<void> {
    const data = signal === undefined
      ? { code: exitCode, elapsed_ms: elapsedMs, kind: "exit" }
      : { elapsed_ms: elapsedMs, kind: "exit", signal };
    await this.#append([{ data, tags: LIFECYCLE }]);
  }

  async #append(inputs: readonly MessageInput[]): Promise<void> {
    await this.#pool.appendMany(inputs, { durability: this.#options.durability });
  }
}
