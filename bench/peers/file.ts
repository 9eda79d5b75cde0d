/**
 * A plain file of JSON lines, as programs write logs: one write a message at the file's
 * end, `tail -f` to follow.
 *
 * Nothing is synced, so that the death of a process loses nothing and a power cut may.
 * It has no limit, no order of writers beyond what the system gives, and no way to tell
 * a torn line: it is what a pool costs more than.
 *
 * @module
 */

import { lineBatchesOf } from "../programs/lines.ts";
import { Program } from "../programs/program.ts";
import { type Peer, type PeerKind, type Received, ReceivedText } from "./peer.ts";

/** A file of lines. */
export const FILE: PeerKind = {
  who: "file",
  start(dir, keepMessages) {
    const address = `${dir}/messages.jsonl`;
    Deno.createSync(address).close();
    return { address, keepMessages };
  },
  connect: ({ address }) => new FilePeer(address),
};

class FilePeer implements Peer {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();
  readonly #followers = new AsyncDisposableStack();

  constructor(path: string) {
    this.#path = path;
    this.#file = Deno.openSync(path, { append: true });
  }

  append(message: unknown): void {
    this.#write(JSON.stringify(message) + "\n");
  }

  appendMany(messages: readonly unknown[]): void {
    this.#write(messages.map((message) => JSON.stringify(message) + "\n").join(""));
  }

  async readAll(): Promise<number> {
    const file = await Deno.open(this.#path);
    let count = 0;
    for await (const lines of lineBatchesOf(file.readable)) {
      for (const line of lines) JSON.parse(line);
      count += lines.length;
    }
    return count;
  }

  async *follow(): AsyncGenerator<Received> {
    const tail = this.#followers.use(new Program("tail", ["-n", "0", "-f", this.#path]));
    for await (const lines of lineBatchesOf(tail.stdout)) {
      for (const line of lines) yield new ReceivedText(line);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.close();
    await this.#followers.disposeAsync();
  }

  #write(text: string): void {
    const bytes = this.#encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }
}
