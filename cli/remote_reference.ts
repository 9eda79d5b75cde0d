/**
 * Telling references to pools of servers, `pls serve` or NATS, from those to pools on this
 * machine: URLs, and `NAME:POOL` with a name from the configuration.
 *
 * @module
 */

import type { Remote } from "./config_file.ts";
import { withoutPasswords } from "./passwords.ts";
import type { Session } from "./session.ts";

/** A server that a reference leads to. */
export interface RemoteServer {
  /** Its URL, as it was given. */
  readonly url: string;
  /** What the configuration says of it. */
  readonly remote?: Remote;
}

/** A pool of a server that a reference leads to. */
export interface RemoteTarget extends RemoteServer {
  /** The name of the pool; undefined when it is part of the URL. */
  readonly pool?: string;
}

const URL_START = /^(https?|nats|tls):\/\//i;
const NATS_START = /^(nats|tls):\/\//i;

/** Whether a server is one of NATS. */
export function isNats({ url }: RemoteServer): boolean {
  return NATS_START.test(url);
}

/** A reference as it may be shown and logged: without the user and password of a URL. */
export function shownReference(reference: string): string {
  return withoutPasswords(reference);
}

/**
 * The pool of a server that `reference` names; undefined when it names one on this machine. A
 * pool file of the very name that a remote would be meant by is what is meant.
 */
export function remoteTarget(session: Session, reference: string): RemoteTarget | undefined {
  if (URL_START.test(reference)) return { url: reference };
  const colon = reference.indexOf(":");
  if (colon < 1) return undefined;
  const remote = namedRemote(session, reference.slice(0, colon));
  if (remote === undefined || isThere(session.client.path(reference))) return undefined;
  return { url: remote.url, remote, pool: reference.slice(colon + 1) };
}

/** The server that `text` names: a URL, or `NAME` or `NAME:` of the configuration. */
export function remoteServer(session: Session, text: string): RemoteServer | undefined {
  if (URL_START.test(text)) return { url: text };
  const remote = namedRemote(session, text.replace(/:$/, ""));
  return remote === undefined ? undefined : { url: remote.url, remote };
}

function namedRemote({ settings: { remotes } }: Session, name: string): Remote | undefined {
  return Object.hasOwn(remotes, name) ? remotes[name].value : undefined;
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
