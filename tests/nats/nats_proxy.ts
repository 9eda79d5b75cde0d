/**
 * What can go wrong between a client and a NATS server: a proxy that looks at what goes through
 * it, and drops it, holds it back or cuts the connection.
 *
 * @module
 */

/** Which way bytes go. */
export type Way = "to server" | "to client";

/** What becomes of some bytes: they pass, or are dropped, and the connection with them or not. */
export type Verdict = "pass" | "drop" | "cut";

const decoder = new TextDecoder("latin1");

/** Passes bytes on to a NATS server, as it is told to. */
export class NatsProxy implements AsyncDisposable {
  /** Asked for each piece of bytes that comes, as text of one character per byte. */
  judge: (text: string, way: Way) => Verdict = () => "pass";
  /** How many connections were cut by a verdict. */
  cuts = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #toPort: number;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #running: Promise<void>;

  /** Listens on a port that the system picks. */
  constructor(toPort: number) {
    this.#toPort = toPort;
    this.#running = this.#accept();
  }

  /** `HOST:PORT` for clients. */
  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Where clients connect. */
  get url(): string {
    return `nats://${this.address}`;
  }

  /** Cuts all connections there are. */
  cutAll(): void {
    for (const connection of [...this.#open]) this.#close(connection);
  }

  /** Ends the proxy and its connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cutAll();
    await this.#running;
  }

  async #accept(): Promise<void> {
    const pairs: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) pairs.push(this.#pair(connection));
    } catch {
      // The listener was closed.
    }
    await Promise.all(pairs);
  }

  async #pair(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#toPort });
    } catch {
      return this.#close(client);
    }
    this.#open.add(server);
    const close = () => {
      this.#close(client);
      this.#close(server);
    };
    await Promise.all([
      this.#pass(client, server, "to server").finally(close),
      this.#pass(server, client, "to client").finally(close),
    ]);
  }

  /** Passes bytes on until the connection ends, or is cut. */
  async #pass(from: Deno.TcpConn, to: Deno.TcpConn, way: Way): Promise<void> {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) return;
        const verdict = this.judge(decoder.decode(buffer.subarray(0, count)), way);
        if (verdict === "cut") {
          this.cuts++;
          return;
        }
        if (verdict === "drop") continue;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
    } catch {
      // One of them was closed.
    }
  }

  #close(connection: Deno.TcpConn): void {
    if (!this.#open.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // It is closed already.
    }
  }
}
