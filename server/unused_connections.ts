/**
 * Connections that no request has come on yet, as clients make them to have one at hand.
 *
 * @module
 */

import type { IncomingMessage, Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";

/** Knows the unused connections of one server. */
export class UnusedConnections {
  readonly #sockets = new Set<Socket>();

  /** Those of `server`, from now on. */
  constructor(server: Server | TlsServer) {
    const event = "setSecureContext" in server ? "secureConnection" : "connection";
    server.on(event, (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("request", ({ socket }: IncomingMessage) => this.#sockets.delete(socket));
  }

  /** Closes them. `node:http` counts them among those in use, and waits for a request. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
