/**
 * Requests to one server: address, token, TLS, limits in time, and what a failure to
 * get an answer means.
 *
 * The token leaves this module in the header it belongs in, and nowhere else.
 *
 * @module
 */

import { IoError, PermissionError, UsageError } from "../pool/mod.ts";
import { type Refusal, refusal, type RequestSubject } from "./failure.ts";
import type { ConnectOptions } from "./options.ts";
import { parseServerUrl } from "./reference.ts";
import { UnverifiedFetch } from "./unverified_fetch.ts";

/** How long the answer to a request, or the beginning of a stream, may take. */
const ANSWER_LIMIT_MS = 30_000;

/** A request. */
export interface RequestOptions extends RequestSubject {
  /** JSON text, or JSON Lines. */
  body?: string;
  /** What the body is. Default JSON. */
  contentType?: string;
  /** It changes something, and must not be sent again when nobody knows whether it arrived. */
  isChange?: boolean;
  /** Gives the request up. */
  signal?: AbortSignal;
}

/** No answer came. */
export class ConnectionError extends IoError {
  /** The server may have got the request: there was a connection. */
  readonly mayHaveArrived: boolean;

  /** A failure of the connection to `server`. */
  constructor(server: string, cause: unknown) {
    const reason = deepestMessage(cause);
    const mayHaveArrived = !NOT_CONNECTED.test(reason);
    const what = mayHaveArrived ? "lost the connection to" : "can't connect to";
    super(`${what} ${server}`, { path: server, cause: new Error(reason), hint: hintFor(reason) });
    this.name = "IoError";
    this.mayHaveArrived = mayHaveArrived;
  }
}

/** How the runtime says that there was no connection to send anything over. */
const NOT_CONNECTED =
  /client error \(Connect\)|ECONNREFUSED|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN/;

function hintFor(reason: string): string {
  if (/certificate|UnknownIssuer|CaUsedAsEndEntity/i.test(reason)) {
    return "Give the server's certificate, or that of its authority, with --tls-ca (option " +
      "tlsCa). `pls serve init` writes both; the name in the URL has to be one of its names.";
  }
  return "Is `pls serve` running there? Check scheme, host and port.";
}

function deepestMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? deepestMessage(error.cause) : error.message;
}

/** A stream, or why there is none. */
export type Opened =
  | { readonly stream: { body: ReadableStream<Uint8Array>; headers: Headers } }
  | { readonly refusal: Refusal };

/** The way to one server. */
export class Transport {
  /** Its address, without a slash at the end. */
  readonly server: string;
  readonly #headers: Record<string, string> = { accept: "application/json" };
  readonly #fetch: typeof fetch;
  readonly #closing = new AbortController();
  readonly #release: () => void;

  /**
   * Prepares for requests to `url`; sends none.
   *
   * @throws {UsageError} when an option can't be.
   */
  constructor(url: string, options: ConnectOptions) {
    this.server = parseServerUrl(url);
    const { token } = options;
    if (token !== undefined) this.#headers.authorization = `Bearer ${checkToken(token)}`;
    const { fetch, release } = fetcher(this.server, options);
    this.#fetch = fetch;
    this.#release = release;
  }

  /** Aborted when the transport is closed. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Sends a request and reads the answer.
   *
   * @throws what the server refuses with, and {@linkcode ConnectionError}.
   */
  async exchange(method: string, path: string, options: RequestOptions): Promise<string> {
    using limit = new TimeLimit(ANSWER_LIMIT_MS);
    const response = await this.#send(method, path, options, limit);
    const text = await this.#within(options, () => response.text());
    if (response.ok) return text;
    throw refusal(response.status, text, options).error;
  }

  /**
   * Sends a request for a stream, and returns the answer before its body has come; or what
   * the server refuses with, which has come whole.
   *
   * @throws {ConnectionError} when there is no answer.
   */
  async open(path: string, options: RequestOptions): Promise<Opened> {
    using limit = new TimeLimit(ANSWER_LIMIT_MS);
    const response = await this.#send("GET", path, options, limit);
    const { body, ok, status, headers } = response;
    if (ok && body !== null) return { stream: { body, headers } };
    // A server that is dying may break off even now, or never end.
    const text = await this.#within(options, () => response.text());
    return { refusal: refusal(status, text, options) };
  }

  /** Gives up all connections and what goes on over them. */
  close(): void {
    if (this.closed.aborted) return;
    this.#closing.abort();
    this.#release();
  }

  #send(
    method: string,
    path: string,
    { body: text, contentType = "application/json", isChange = false, ...options }: RequestOptions,
    limit: TimeLimit,
  ): Promise<Response> {
    if (this.closed.aborted) throw closedError(options);
    const headers = text === undefined
      ? this.#headers
      : { ...this.#headers, "content-type": contentType };
    const signals = [this.closed, limit.signal, options.signal].filter((one) => one !== undefined);
    const signal = AbortSignal.any(signals);
    const body = isChange && text !== undefined ? sentOnce(text) : text;
    // Following would take the token somewhere else.
    const request = { method, headers, body, signal, redirect: "manual" } as const;
    const ask = () => this.#fetch(this.server + path, request);
    return this.#within(options, async () => {
      try {
        return await ask();
      } catch (error) {
        // A connection that was kept may have broken since.
        if (isChange || signal.aborted || error instanceof Deno.errors.NotCapable) throw error;
        return await ask();
      }
    });
  }

  /** Runs a step of a request; its failures are told as what they mean. */
  async #within<T>(options: RequestOptions, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (cause) {
      if (this.closed.aborted) throw closedError(options);
      if (cause instanceof Deno.errors.NotCapable) {
        throw new PermissionError("Deno was not given access to the network", {
          path: this.server,
          cause,
          hint: `Run with --allow-net=${new URL(this.server).host}.`,
        });
      }
      throw new ConnectionError(this.server, cause);
    }
  }
}

/**
 * A body that can be sent once. What can be sent again the runtime, 2.9.6, does send again,
 * whatever the method, when a connection that it had kept breaks before an answer: then what was
 * appended already would be appended twice.
 */
function sentOnce(text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from([new TextEncoder().encode(text)]);
}

function closedError({ pool: path }: RequestSubject): UsageError {
  return new UsageError("the client is closed", { path, hint: "Connect again." });
}

/** The complaint does not repeat the token. */
function checkToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError("the token is empty or holds blanks, line ends or other than ASCII", {
    hint: "Give the token alone, as `pls serve init` wrote it to its file.",
  });
}

function fetcher(
  server: string,
  { tlsCa, tlsSkipVerify }: ConnectOptions,
): { fetch: typeof fetch; release: () => void } {
  if (tlsSkipVerify && server.startsWith("https:")) {
    const unverified = new UnverifiedFetch();
    return { fetch: unverified.fetch, release: () => unverified.close() };
  }
  const client = httpClient(tlsCa);
  return {
    fetch: (input, { body, ...init } = {}) => {
      return fetch(input, {
        ...init,
        body: typeof body === "string" ? sentOnce(body) : body,
        client,
      });
    },
    release: () => client.close(),
  };
}

function httpClient(tlsCa: string | undefined): Deno.HttpClient {
  if (tlsCa !== undefined && !tlsCa.includes("-----BEGIN CERTIFICATE-----")) {
    throw new UsageError("tlsCa holds no certificate", {
      hint: "It has to be the text of a PEM file.",
    });
  }
  try {
    return Deno.createHttpClient(tlsCa === undefined ? {} : { caCerts: [tlsCa] });
  } catch (cause) {
    throw new UsageError("the certificates of tlsCa can't be used", { cause });
  }
}

/** Aborts when something takes too long, unless that ended. */
class TimeLimit implements Disposable {
  readonly #abort = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number) {
    this.#timer = setTimeout(() => {
      this.#abort.abort(new Error(`no answer within ${ms / 1000} s`));
    }, ms);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
