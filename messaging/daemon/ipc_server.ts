/**
 * The socket of the daemon: a Unix stream socket that its owner alone may use, and a connection for
 * every request.
 *
 * @module
 */

import { pause } from "../../pool/internal_mod.ts";
import { newError } from "../contracts/mod.ts";
import type { Messaging } from "../service/mod.ts";
import { closeQuietly } from "./connection_io.ts";
import { IpcConnection } from "./ipc_connection.ts";
import { within } from "./timing.ts";

/** Its owner may read and write. */
const SOCKET_MODE = 0o600;

/** How long it is until a connection is taken again when the system had no room for one. */
const NO_ROOM_PAUSE_MS = 50;

/** When nobody connected for so long, in milliseconds, nobody else has done before the end. */
const ON_THEIR_WAY_MS = 20;

/** How long clients that are connected get to say what they want, once it ends, in milliseconds. */
const REQUEST_LIMIT_MS = 100;

/** What serves at a socket. */
export interface IpcServerOptions {
  /** Where the socket is to be. Its directory has to be there. */
  readonly path: string;
  /** Whoever answers. It is not closed with the server. */
  readonly messaging: Messaging;
}

/** Serves at a socket. */
export class IpcServer {
  readonly #path: string;
  readonly #socket: Deno.FileInfo;
  readonly #listener: Deno.UnixListener;
  readonly #messaging: Messaging;
  readonly #connections = new Set<IpcConnection>();
  readonly #accepting: Promise<void>;
  #acceptedCount = 0;
  #isStopping = false;

  private constructor(listener: Deno.UnixListener, { path, messaging }: IpcServerOptions) {
    this.#path = path;
    this.#socket = Deno.lstatSync(path);
    this.#listener = listener;
    this.#messaging = messaging;
    this.#accepting = this.#accept();
  }

  /**
   * Begins to serve. A socket that nobody answers at any more is replaced.
   *
   * @throws {MessagingError} `E_INTERNAL` when somebody answers there, or the path can't be used.
   */
  static async listen(options: IpcServerOptions): Promise<IpcServer> {
    await removeStale(options.path);
    return new IpcServer(listenAt(options.path), options);
  }

  /** How many clients there are at the moment. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Whose socket is at its place. */
  get place(): "ours" | "empty" | "taken" {
    try {
      const { dev, ino } = Deno.lstatSync(this.#path);
      return dev === this.#socket.dev && ino === this.#socket.ino ? "ours" : "taken";
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "empty";
      throw error;
    }
  }

  /**
   * Removes the socket, takes the requests that are on their way, and then no more. What waits is
   * ended with `E_DAEMON_NOT_RUNNING`; what is at work gets `graceMs` milliseconds to answer.
   */
  async shutdown(graceMs: number): Promise<void> {
    await this.#stopAccepting();
    const connections = [...this.#connections];
    await within(REQUEST_LIMIT_MS, Promise.all(connections.map(({ received }) => received)));
    for (const connection of connections) connection.stop();
    await within(graceMs, Promise.all(connections.map(({ finished }) => finished)));
    // What is at work still is given up: nobody hears of it.
    for (const connection of this.#connections) connection.close();
  }

  async #stopAccepting(): Promise<void> {
    const { place } = this;
    if (place === "ours") {
      removeIfThere(this.#path);
      for (let count = -1; count < this.#acceptedCount;) {
        count = this.#acceptedCount;
        await pause(ON_THEIR_WAY_MS);
      }
    }
    this.#isStopping = true;
    // To close it would remove what is there now.
    if (place === "taken") return this.#listener.unref();
    closeQuietly(this.#listener);
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    while (!this.#isStopping) {
      let connection: Deno.UnixConn;
      try {
        connection = await this.#listener.accept();
      } catch {
        if (this.#isStopping) return;
        // There are too many open files: some are closed soon.
        await pause(NO_ROOM_PAUSE_MS);
        continue;
      }
      this.#acceptedCount++;
      const client = new IpcConnection(connection, this.#messaging);
      this.#connections.add(client);
      client.finished.then(() => this.#connections.delete(client));
    }
  }
}

function listenAt(path: string): Deno.UnixListener {
  let listener: Deno.UnixListener;
  try {
    listener = Deno.listen({ transport: "unix", path });
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw newError("E_INTERNAL", `can't listen at ${path}: ${text}`, {
      cause,
      hint: "PLS_IPC_SOCKET can name another place; its path may have about 100 bytes.",
    });
  }
  // Until here only the directory keeps others out, and the mask of the process.
  Deno.chmodSync(path, SOCKET_MODE);
  return listener;
}

async function removeStale(path: string): Promise<void> {
  let found: Deno.FileInfo;
  try {
    found = Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (!found.isSocket) {
    throw newError("E_INTERNAL", `there is a file at ${path} that is no socket`, {
      hint: "Move it away, or name another place in PLS_IPC_SOCKET.",
    });
  }
  if (await isAnswered(path)) {
    throw newError("E_INTERNAL", `another program answers at ${path}`, {
      hint: "End it, or name another place in PLS_IPC_SOCKET.",
    });
  }
  removeIfThere(path);
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Anything but a refusal is taken for an answer: nobody's socket is removed for a doubt. */
async function isAnswered(path: string): Promise<boolean> {
  try {
    closeQuietly(await Deno.connect({ transport: "unix", path }));
    return true;
  } catch (error) {
    const { ConnectionRefused, NotFound } = Deno.errors;
    return !(error instanceof ConnectionRefused || error instanceof NotFound);
  }
}
