/**
 * An HTTP connection that can be treated badly: requests are sent byte by byte if need be,
 * answers are read or left where they are, and it ends when it is told to.
 *
 * @module
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEAD_END = "\r\n\r\n";

/** An answer. */
export interface Answer {
  status: number;
  body: string;
}

/** One TCP connection to a server. */
export class Connection implements Disposable {
  readonly #host: string;
  readonly #socket: Deno.TcpConn;
  readonly #buffer = new Uint8Array(1 << 16);

  private constructor(host: string, socket: Deno.TcpConn) {
    this.#host = host;
    this.#socket = socket;
  }

  /** Connects. */
  static async to({ host, hostname, port }: URL): Promise<Connection> {
    return new Connection(host, await Deno.connect({ hostname, port: Number(port) }));
  }

  /** Sends a message to append, and reads the answer. */
  async append(data: unknown): Promise<Answer> {
    const body = JSON.stringify({ data });
    await this.send(`${this.postHead(body.length)}${body}`);
    return await this.#readAnswer();
  }

  /** What comes before a body of an append. */
  postHead(length: number): string {
    return `POST /v0/pools/load/append HTTP/1.1\r\nhost: ${this.#host}\r\n` +
      `content-type: application/json\r\ncontent-length: ${length}${HEAD_END}`;
  }

  /** Asks for a tail, and reads the status. More of the answer may have come with it. */
  async tail(query = ""): Promise<number> {
    await this.send(`GET /v0/pools/load/tail${query} HTTP/1.1\r\nhost: ${this.#host}${HEAD_END}`);
    return statusOf(await this.#readText());
  }

  /** Sends text of ASCII characters. */
  async send(text: string): Promise<void> {
    const bytes = encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
  }

  /** Ends it, whatever is under way. */
  [Symbol.dispose](): void {
    this.#socket.close();
  }

  async #readAnswer(): Promise<Answer> {
    let text = await this.#readText();
    while (!text.includes(HEAD_END)) text += await this.#readText();
    const bodyStart = text.indexOf(HEAD_END) + HEAD_END.length;
    const length = Number(/^content-length: (\d+)$/im.exec(text)![1]);
    while (text.length < bodyStart + length) text += await this.#readText();
    return { status: statusOf(text), body: text.slice(bodyStart) };
  }

  async #readText(): Promise<string> {
    const count = await this.#socket.read(this.#buffer);
    if (count === null) throw new Error("the server ended the connection");
    return decoder.decode(this.#buffer.subarray(0, count));
  }
}

function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)![1]);
}
