/**
 * The least of an HTTP client: what a server can do when its clients cost next to nothing.
 *
 * A connection of its own for each client, one request at a time, answers not parsed beyond
 * their length. It knows `pls serve` and no other server.
 *
 * @module
 */

import type { Peer } from "./peers/peer.ts";

const LINE_END = 0x0a;
const HEAD_END = "\r\n\r\n";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A pool that is reached by plain requests. */
export class HttpPeer implements Peer {
  readonly #url: URL;
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(1 << 18);

  private constructor(url: URL, connection: Deno.TcpConn) {
    this.#url = url;
    this.#connection = connection;
  }

  /** Connects to the pool at `url`, as `pls` spells it. */
  static async connect(url: string): Promise<HttpPeer> {
    const parsed = new URL(url);
    return new HttpPeer(parsed, await connectTo(parsed));
  }

  async append(message: unknown): Promise<void> {
    await this.#post("append", "application/json", JSON.stringify({ data: message }));
  }

  async appendMany(messages: readonly unknown[]): Promise<void> {
    const lines = messages.map((data) => JSON.stringify({ data })).join("\n");
    await this.#post("messages", "application/jsonl", lines);
  }

  /** Counts the messages and does not parse them. */
  async readAll(): Promise<number> {
    const info = await fetch(this.#routeUrl("info"));
    const { oldest, newest } = (await info.json()).pool.bounds;
    using connection = await connectTo(this.#url);
    // By this version of HTTP the body comes as it is, until the connection ends.
    const range = `since_seq=${oldest}&max=${newest - oldest + 1}`;
    await writeAll(connection, `GET ${this.#route("tail")}?${range} HTTP/1.0\r\n${this.#host}\r\n`);
    return await countLines(connection, this.#buffer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  get #host(): string {
    return `host: ${this.#url.host}\r\n`;
  }

  #route(what: string): string {
    return `/v0/pools${this.#url.pathname}/${what}`;
  }

  #routeUrl(what: string): string {
    return `${this.#url.origin}${this.#route(what)}`;
  }

  async #post(what: string, type: string, body: string): Promise<void> {
    const headers = `${this.#host}content-type: ${type}\r\ncontent-length: ${body.length}`;
    const head = `POST ${this.#route(what)} HTTP/1.1\r\n${headers}${HEAD_END}`;
    await writeAll(this.#connection, head + body);
    await this.#readAnswer();
  }

  async #readAnswer(): Promise<void> {
    let text = "";
    for (let end = -1; end < 0; end = text.indexOf(HEAD_END)) {
      text += decoder.decode(await this.#read());
    }
    const head = text.slice(0, text.indexOf(HEAD_END));
    if (!head.startsWith("HTTP/1.1 200 ")) throw new Error(`refused: ${text}`);
    const length = Number(/^content-length: (\d+)$/im.exec(head)![1]);
    // Messages of this benchmark are ASCII, and so are their answers.
    let missing = length - (text.length - head.length - HEAD_END.length);
    while (missing > 0) missing -= (await this.#read()).length;
  }

  async #read(): Promise<Uint8Array> {
    const count = await this.#connection.read(this.#buffer);
    if (count === null) throw new Error("the server ended the connection");
    return this.#buffer.subarray(0, count);
  }
}

function connectTo({ hostname, port }: URL): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname, port: Number(port) });
}

async function writeAll(connection: Deno.TcpConn, text: string): Promise<void> {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function countLines(connection: Deno.TcpConn, buffer: Uint8Array): Promise<number> {
  let lines = 0;
  let head = "";
  for (let isBody = false;;) {
    const count = await connection.read(buffer);
    if (count === null) return lines;
    let at = 0;
    if (!isBody) {
      const before = head.length;
      head += decoder.decode(buffer.subarray(0, count));
      const end = head.indexOf(HEAD_END);
      if (end < 0) continue;
      if (!/^HTTP\/1\.\d 200 /.test(head)) throw new Error(`refused: ${head}`);
      isBody = true;
      at = end + HEAD_END.length - before;
    }
    const bytes = buffer.subarray(0, count);
    for (let end = bytes.indexOf(LINE_END, at); end >= 0; end = bytes.indexOf(LINE_END, end + 1)) {
      lines++;
    }
  }
}
