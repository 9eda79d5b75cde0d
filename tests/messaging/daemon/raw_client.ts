/**
 * A client of the daemon that sends exactly the bytes it is told, and shows exactly the lines that
 * come back.
 *
 * @module
 */

import { within } from "../../cli/pls.ts";

/** A connection. */
export class RawClient implements Disposable {
  readonly #connection: Deno.UnixConn;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #text = "";
  #isClosed = false;

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
  }

  /** Connects to the socket at `path`. */
  static async connect(path: string): Promise<RawClient> {
    return new RawClient(await Deno.connect({ transport: "unix", path }));
  }

  /** Sends text, or bytes, as they are. */
  async send(content: string | Uint8Array): Promise<void> {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    for (let at = 0; at < bytes.length;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** Sends a request, with its line end. */
  async ask(method: string, params?: unknown): Promise<void> {
    await this.send(JSON.stringify({ method, params }) + "\n");
  }

  /** The next line that comes; undefined when the daemon closes instead. */
  async line(): Promise<string | undefined> {
    while (!this.#text.includes("\n")) {
      const buffer = new Uint8Array(64 * 1024);
      const count = await within("bytes", this.#read(buffer));
      if (count === null) return undefined;
      this.#text += this.#decoder.decode(buffer.subarray(0, count), { stream: true });
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  /** All lines until the daemon closes. */
  async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const line = await this.line();
      if (line === undefined) return lines;
      lines.push(line);
    }
  }

  /** The one line that is all of the reply. */
  async reply(): Promise<string> {
    const lines = await this.lines();
    if (lines.length !== 1 || this.#text !== "") {
      throw new Error(`one line expected: ${JSON.stringify([...lines, this.#text])}`);
    }
    return lines[0];
  }

  /** Says that nothing more will be sent, and goes on to listen. */
  closeWrite(): Promise<void> {
    return this.#connection.closeWrite();
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }

  /** A connection that is closed while it has bytes that were not read is reset. */
  async #read(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#connection.read(buffer);
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionReset) return null;
      throw error;
    }
  }
}
