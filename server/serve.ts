/**
 * Starting a server and ending it.
 *
 * It runs on `node:http`, which can limit how many connections there are and how long a
 * client may take to send its request; `Deno.serve` can't.
 *
 * @module
 */

import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { getRequestListener } from "@hono/node-server";
import { IoError, type PoolClient } from "../pool/mod.ts";
import { createApp } from "./app.ts";
import { DEFAULT_TIMEOUTS, type ServerConfig } from "./config.ts";
import { Guard } from "./guard.ts";
import { refuseUnparsed } from "./unparsed_request.ts";
import { Serving } from "./serving.ts";
import { UnusedConnections } from "./unused_connections.ts";

/** The largest headers of a request, in bytes. */
const HEADERS_BYTES_MAX = 16 * 1024;
/** How often connections without a request are closed while the server stops, in milliseconds. */
const SWEEP_EVERY_MS = 50;

/** What holds for TLS beside the certificate. */
const TLS_OPTIONS = { minVersion: "TLSv1.2" } as const;

/** A server that runs. */
export interface RunningServer {
  /** The address it listens on. */
  readonly hostname: string;
  /** The port it listens on. */
  readonly port: number;
  /** Resolved once it has ended. */
  readonly finished: Promise<void>;
  /**
   * Takes no more connections, ends tails, and waits for requests under way.
   *
   * @param graceMs How long to wait before connections are cut.
   * @returns whether nothing had to be cut.
   */
  shutdown(graceMs: number): Promise<boolean>;
}

/**
 * Serves the pools of `client`, which stays the caller's to close.
 *
 * @throws {IoError} when the address can't be listened on.
 */
export async function startServer(
  client: PoolClient,
  config: ServerConfig,
): Promise<RunningServer> {
  const serving = new Serving(client, config);
  const app = createApp(serving, new Guard(config));
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const { headersMs, requestMs, idleMs, checkMs } = { ...DEFAULT_TIMEOUTS, ...config.timeouts };
  const options = {
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: checkMs,
    maxHeaderSize: HEADERS_BYTES_MAX,
  };
  const server = config.tls === undefined ? createServer(options, listener) : createTlsServer(
    { ...options, ...config.tls, ...TLS_OPTIONS, handshakeTimeout: headersMs },
    listener,
  );
  server.on("clientError", refuseUnparsed);
  server.maxConnections = config.limits.maxConnections;
  const unused = new UnusedConnections(server);
  const finished = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const port = await listen(server, config);
  return {
    hostname: config.hostname,
    port,
    finished,
    shutdown: (graceMs) => shutDown(server, serving, { unused, finished, graceMs }),
  };
}

async function listen(server: Server, { hostname, port }: ServerConfig): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, hostname, () => resolve());
    });
  } catch (cause) {
    throw new IoError(`can't listen on ${hostname} port ${port}`, {
      cause,
      hint: "Another program may have the port, or the machine may not have the address: " +
        "choose others with --bind.",
    });
  }
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

async function shutDown(
  server: Server,
  serving: Serving,
  { unused, finished, graceMs }: {
    unused: UnusedConnections;
    finished: Promise<void>;
    graceMs: number;
  },
): Promise<boolean> {
  server.close();
  serving.close();
  server.closeIdleConnections();
  unused.close();
  // A connection whose answer was under way is kept for another request when it is done.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_EVERY_MS);
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(true), graceMs);
  const isLate = await Promise.race([finished.then(() => false), late.promise]);
  clearTimeout(timer);
  clearInterval(sweep);
  if (!isLate) return true;
  server.closeAllConnections();
  await finished;
  return false;
}
