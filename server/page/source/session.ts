/**
 * The token, and requests that carry it. It is kept in the tab's session storage and sent
 * as a header; it is in no address.
 *
 * @module
 */

import { ServerError } from "./server_error.ts";
import { askForToken } from "./token_dialog.ts";

const TOKEN = "plasmite.token";
const SESSION_PATH = "/v0/ui/session";

/** What the server lets this page do. */
export interface Session {
  /** Which operations are allowed. */
  access: "read-only" | "write-only" | "read-write";
  /** Longest life of a stream in milliseconds. */
  max_tail_timeout_ms: number;
  /** The server's version. */
  version: string;
}

/** Whether a token is kept. */
export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN) !== null;
}

/** Forgets the token. */
export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN);
}

/** Asks the server what this page may do. */
export async function loadSession(): Promise<Session> {
  return await (await request(SESSION_PATH)).json();
}

/**
 * Sends a request with the token, asking for one when the server wants it.
 *
 * @returns the response, which is a success.
 * @throws {ServerError} for every refusal.
 * @throws {TypeError} when the server can't be reached.
 */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  for (;;) {
    const token = sessionStorage.getItem(TOKEN);
    const response = await send(path, init, token);
    if (response.ok) return response;
    const refusal = await ServerError.from(response);
    if (refusal.status !== 401 || await isTaken(path, token)) throw refusal;
    // Another request may have asked while this one was on its way.
    if (sessionStorage.getItem(TOKEN) === token) await obtainToken(token !== null, refusal);
    init.signal?.throwIfAborted();
  }
}

function send(path: string, init: RequestInit, token: string | null): Promise<Response> {
  const headers = new Headers(init.headers);
  if (token !== null) headers.set("authorization", `Bearer ${token}`);
  return fetch(path, {
    ...init,
    headers,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
  });
}

/** A pool file the server may not read is a 401 as well: then it is not about the token. */
async function isTaken(path: string, token: string | null): Promise<boolean> {
  if (path === SESSION_PATH) return false;
  const response = await send(SESSION_PATH, {}, token);
  await response.body?.cancel();
  return response.ok;
}

let asking: Promise<string | undefined> | undefined;

async function obtainToken(wasRefused: boolean, refusal: ServerError): Promise<void> {
  asking ??= askForToken(wasRefused).finally(() => asking = undefined);
  const token = await asking;
  if (token === undefined) throw refusal;
  sessionStorage.setItem(TOKEN, token);
}
