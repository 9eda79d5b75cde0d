/**
 * The original plasmite through its command line: one `plasmite feed` gets lines and
 * answers each with a line, `plasmite follow` prints lines.
 *
 * An append counts when its answer has come; lines of a batch are written together. It
 * does not sync ("fast"), so that the death of a process loses nothing and a power cut
 * may.
 *
 * @module
 */

import { lineBatchesOf } from "../programs/lines.ts";
import { Program } from "../programs/program.ts";
import { type Peer, type PeerKind, type Received, ReceivedText } from "./peer.ts";

const COMMAND = "plasmite";
const LINE_END = 0x0a;
/** What a message of 1 KiB takes in a pool, and more. */
const MESSAGE_BYTES = 2048;
/** The least a pool is made with. */
const MIN_POOL_BYTES = 1024 * 1024;

/** The original. */
export const PLASMITE: PeerKind = {
  who: "plasmite",
  async start(dir, keepMessages, cleanup) {
    const size = String(Math.max(MIN_POOL_BYTES, keepMessages * MESSAGE_BYTES));
    const args = ["pool", "create", "messages", "--dir", dir, "--size", size];
    const creation = cleanup.use(new Program(COMMAND, args));
    await creation.nextLine("the creation of a plasmite pool");
    return { address: dir, keepMessages };
  },
  connect: ({ address }) => new PlasmitePeer(["messages", "--dir", address]),
};

class PlasmitePeer implements Peer {
  readonly #pool: string[];
  readonly #encoder = new TextEncoder();
  readonly #programs = new AsyncDisposableStack();
  #feed: Feed | undefined;

  constructor(pool: string[]) {
    this.#pool = pool;
  }

  append(message: unknown): Promise<void> {
    return this.appendMany([message]);
  }

  async appendMany(messages: readonly unknown[]): Promise<void> {
    this.#feed ??= new Feed(this.#start("feed", "--data"));
    const lines = messages.map((message) => JSON.stringify(message) + "\n").join("");
    await this.#feed.send(this.#encoder.encode(lines), messages.length);
  }

  async readAll(): Promise<number> {
    await using follow = new Program(COMMAND, ["follow", ...this.#pool, "--no-follow"]);
    let count = 0;
    for await (const lines of lineBatchesOf(follow.stdout)) {
      for (const line of lines) JSON.parse(line);
      count += lines.length;
    }
    return count;
  }

  async *follow(): AsyncGenerator<Received> {
    for await (const lines of lineBatchesOf(this.#start("follow").stdout)) {
      for (const line of lines) yield new ReceivedEnvelope(line);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#programs.disposeAsync();
  }

  #start(...args: string[]): Program {
    return this.#programs.use(new Program(COMMAND, [...args, ...this.#pool]));
  }
}

/** `plasmite feed`, that answers each line with a line. */
class Feed {
  readonly #program: Program;
  #failure: Error | undefined;
  readonly #waiting: { answer: PromiseWithResolvers<void>; lines: number }[] = [];

  constructor(program: Program) {
    this.#program = program;
    this.#settle();
    program.ended.catch((error) => {
      this.#failure = error;
      for (const { answer } of this.#waiting) answer.reject(error);
    });
  }

  /** Writes so many lines, and waits until all are answered. */
  async send(bytes: Uint8Array, lines: number): Promise<void> {
    if (this.#failure) throw this.#failure;
    const answer = Promise.withResolvers<void>();
    this.#waiting.push({ answer, lines });
    // When it is gone, its end says more than a broken pipe.
    this.#program.write(bytes).catch(() => {});
    await answer.promise;
  }

  /** Each line is an answer to the one that has waited longest. */
  async #settle(): Promise<void> {
    for await (const bytes of this.#program.stdout) {
      for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) {
        if (--this.#waiting[0].lines === 0) this.#waiting.shift()!.answer.resolve();
      }
    }
  }
}

/** A message with its number and time around it. */
class ReceivedEnvelope extends ReceivedText {
  override get data(): unknown {
    return (super.data as Received).data;
  }
}
