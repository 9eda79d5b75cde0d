/**
 * A TCP proxy that breaks connections when it is told to.
 *
 * @module
 */

/** How a proxy treats the connections that come from now on. */
export interface Cut {
  /** Break the connection once so many bytes of answers went through it. */
  afterBytes: number;
  /** Leave it open instead, and let nothing more through. */
  silently?: boolean;
}

/** Passes bytes on to a port of this machine. */
export class CuttingProxy implements AsyncDisposable {
  /** Whether new connections are cut, and where; set it at any time. */
  cut?: Cut;
  /** Break any connection, also one that was there before, instead of passing an answer on. */
  dropsAnswers = false;
  /** How many connections were broken. */
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

  /** Where it answers. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Breaks all connections there are. */
  breakAll(): void {
    for (const connection of this.#open) close(connection);
    this.#open.clear();
  }

  /** Ends the proxy and its connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.breakAll();
    await this.#running;
  }

  async #accept(): Promise<void> {
    const pairs: Promise<void>[] = [];
    try {
      for await (const connection of this.#listener) pairs.push(this.#pass(connection));
    } catch {
      // The listener was closed.
    }
    await Promise.all(pairs);
  }

  async #pass(client: Deno.TcpConn): Promise<void> {
    this.#open.add(client);
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.#toPort });
    } catch {
      close(client);
      return;
    }
    this.#open.add(server);
    await Promise.all([copy(client, server, Infinity), this.#answer(server, client)]);
    for (const one of [client, server]) {
      close(one);
      this.#open.delete(one);
    }
  }

  async #answer(server: Deno.TcpConn, client: Deno.TcpConn): Promise<void> {
    const { afterBytes, silently = false } = this.cut ?? { afterBytes: Infinity };
    const broke = await copy(server, client, afterBytes, () => !this.dropsAnswers);
    if (broke) this.cuts++;
    // Until the client gives up.
    if (broke && silently) await copy(client, server, Infinity);
    close(client);
    close(server);
  }
}

/**
 * Copies bytes until one side ends, or until `limit` of them went through or `mayPass` forbids some;
 * returns whether that was it.
 */
async function copy(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  limit: number,
  mayPass = () => true,
): Promise<boolean> {
  const buffer = new Uint8Array(16 * 1024);
  let left = limit;
  try {
    for (;;) {
      const count = await from.read(buffer.subarray(0, Math.min(buffer.length, left)));
      if (count === null) break;
      if (!mayPass()) return true;
      let written = 0;
      while (written < count) written += await to.write(buffer.subarray(written, count));
      left -= count;
      if (left === 0) return true;
    }
  } catch {
    // One of them was closed.
  }
  return false;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
