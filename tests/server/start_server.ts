/**
 * A server on a port that the system picks, with a directory of pools of its own; both are
 * gone when its block is left.
 *
 * @module
 */

import { Client, type Envelope } from "@plasmite/pool";
import {
  DEFAULT_LIMITS,
  type RunningServer,
  type ServerConfig,
  type ServerLimits,
  startServer,
} from "../../server/mod.ts";
import { PATIENCE_MS } from "./eventually.ts";

/** What differs from an open server with the usual limits. */
export type ServerChanges = Partial<Omit<ServerConfig, "limits">> & {
  limits?: Partial<ServerLimits>;
};

/** How long writers wait for others: long enough, as nobody else writes to these pools. */
const LOCK_TIMEOUT_MS = 1000;

/** What the error envelope says. */
export interface Failure {
  kind: string;
  message: string;
  hint?: string;
  path?: string;
  seq?: number;
}

/** The body of an answer with a message. */
export interface MessageBody {
  message: Envelope;
}

/** The body of an answer with messages. */
export interface PageBody {
  messages: Envelope[];
  next_seq: number;
}

/** What a listing says of a pool: facts, or the error that keeps it from being read. */
export interface PoolEntry {
  name: string;
  path: string;
  error?: Failure;
}

/** The body of an answer with pools. */
export interface ListBody {
  pools: PoolEntry[];
}

/** What a request is sent with. */
export type RequestOptions = RequestInit & { client?: Deno.HttpClient };

/** An answer that was read to its end. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** A server that runs, the client behind it, and requests to it. */
export class TestServer implements AsyncDisposable {
  /** What it serves. */
  readonly client: Client;
  /** The server. */
  readonly running: RunningServer;
  /** Where it is, without a slash at the end. */
  readonly url: string;
  readonly #token: string | undefined;

  /** @see startTestServer */
  constructor(client: Client, running: RunningServer, changes: ServerChanges) {
    this.client = client;
    this.running = running;
    this.url = `${changes.tls === undefined ? "http" : "https"}://127.0.0.1:${running.port}`;
    this.#token = changes.token;
  }

  /** The port it listens on. */
  get port(): number {
    return this.running.port;
  }

  /** Sends a request with the server's token. The body is the caller's to read. */
  request(path: string, init: RequestOptions = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#token !== undefined && !headers.has("authorization")) {
      headers.set("authorization", `Bearer ${this.#token}`);
    }
    return fetch(this.url + path, { ...init, headers });
  }

  /** Sends a request and reads all of the answer. */
  async call(path: string, init: RequestOptions = {}): Promise<Answer> {
    const response = await this.request(path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** Sends a body; as JSON unless it says otherwise. */
  post(path: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Answer> {
    const all = { "content-type": "application/json", ...headers };
    return this.call(path, { method: "POST", body, headers: all });
  }

  /** The body of a request that succeeds; what is said to be in it is for the test to look at. */
  async json<Body = unknown>(path: string, init: RequestOptions = {}): Promise<Body> {
    const { status, text } = await this.call(path, init);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
    return JSON.parse(text);
  }

  /** A number that `/metrics` gives: `name` with its labels, as it is written there. */
  async metric(name: string): Promise<number> {
    const { text } = await this.call("/metrics");
    const line = text.split("\n").find((line) => line.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? NaN);
  }

  /** Names and contents of all files, to see that nothing has changed. */
  async snapshot(): Promise<Record<string, string>> {
    const files: Record<string, string> = {};
    for (const { name } of [...Deno.readDirSync(this.client.dir)]) {
      const bytes = Deno.readFileSync(`${this.client.dir}/${name}`);
      files[name] = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    }
    return files;
  }

  /** Ends the server and removes its pools. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.shutdown(PATIENCE_MS);
    this.client.close();
    Deno.removeSync(this.client.dir, { recursive: true });
  }
}

/** Starts a server with an empty pool called `work`. */
export async function startTestServer(changes: ServerChanges = {}): Promise<TestServer> {
  const dir = Deno.makeTempDirSync({ prefix: "pls-server-" });
  const client = new Client({ dir, lockTimeoutMs: LOCK_TIMEOUT_MS });
  client.createPool("work");
  const running = await startServer(client, {
    hostname: "127.0.0.1",
    port: 0,
    access: "read-write",
    corsOrigins: [],
    ...changes,
    limits: { ...DEFAULT_LIMITS, ...changes.limits },
  });
  return new TestServer(client, running, changes);
}

/** What the body of a refusal says. */
export function failureOf({ text }: Answer): Failure {
  return JSON.parse(text).error;
}
