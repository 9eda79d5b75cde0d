/**
 * HTTP by hand, for what `fetch` would never send.
 *
 * @module
 */

import { PATIENCE_MS } from "./eventually.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A response as it came. */
export interface RawAnswer {
  status: number;
  headers: Map<string, string>;
  body: string;
}

/** A TCP connection that bytes are written to and responses are read from. */
export class RawConnection implements Disposable {
  readonly #connection: Deno.Conn;
  #received = "";

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects to a port of this machine. */
  static async open(port: number): Promise<RawConnection> {
    return new RawConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Everything that was received. */
  get received(): string {
    return this.#received;
  }

  /** Sends text, or bytes as they are. */
  async send(content: string | Uint8Array): Promise<void> {
    let bytes = typeof content === "string" ? encoder.encode(content) : content;
    while (bytes.length > 0) bytes = bytes.subarray(await this.#connection.write(bytes));
  }

  /** Reads until `isEnough`, or until the server closes the connection: then true. */
  async readUntil(isEnough: (received: string) => boolean): Promise<boolean> {
    const buffer = new Uint8Array(65_536);
    const timer = setTimeout(() => this.close(), PATIENCE_MS);
    try {
      while (!isEnough(this.#received)) {
        const count = await this.#connection.read(buffer);
        if (count === null) return true;
        this.#received += decoder.decode(buffer.subarray(0, count));
      }
      return false;
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionReset) return true;
      throw new Error(`no answer in time, but ${JSON.stringify(this.#received)}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads until the server closes the connection. */
  async readAll(): Promise<string> {
    await this.readUntil(() => false);
    return this.#received;
  }

  /** Says that nothing more is sent. */
  async endSending(): Promise<void> {
    await this.#connection.closeWrite();
  }

  /** Closes the connection. */
  close(): void {
    try {
      this.#connection.close();
    } catch {
      // It was closed already.
    }
  }

  /** Closes the connection when a `using` block ends. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Sends bytes on a connection of their own and reads all that comes back. */
export async function exchange(port: number, content: string | Uint8Array): Promise<RawAnswer> {
  using connection = await RawConnection.open(port);
  try {
    await connection.send(content);
  } catch {
    // The server need not take all of it: what it answered counts.
  }
  return parseAnswer(await connection.readAll());
}

/** Reads one response; status 0 when there is none. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine, ...lines] = text.slice(0, Math.max(end, 0)).split("\r\n");
  const headers = new Map(lines.map((line) => {
    const at = line.indexOf(":");
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  }));
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(statusLine)?.[1] ?? 0);
  const body = text.slice(end + 4);
  return { status, headers, body: headers.has("transfer-encoding") ? unchunk(body) : body };
}

/** The content of a chunked body, as far as it came. */
function unchunk(body: string): string {
  let content = "";
  let rest = encoder.encode(body);
  for (;;) {
    const lineEnd = rest.indexOf(0x0a);
    const size = parseInt(decoder.decode(rest.subarray(0, Math.max(lineEnd, 0))), 16);
    if (!(size > 0)) return content;
    content += decoder.decode(rest.subarray(lineEnd + 1, lineEnd + 1 + size));
    rest = rest.subarray(lineEnd + 1 + size + 2);
  }
}

/** A request as bytes. A `host` header is added unless there is one, and nothing else. */
export function requestText(
  line: string,
  headers: readonly string[] = [],
  body = "",
): string {
  const host = headers.some((header) => /^host:/i.test(header)) ? [] : ["host: 127.0.0.1"];
  return [`${line} HTTP/1.1`, ...host, "connection: close", ...headers, "", body].join("\r\n");
}

/** The bytes of text whose characters are bytes. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
