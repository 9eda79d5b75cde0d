/**
 * References to pools on NATS: `nats://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]…]/POOL`, and the
 * addresses of clusters, which are the same without `/POOL`.
 *
 * `tls://` insists on TLS; `nats://` has it where the server asks for it. A user alone is a token,
 * as in the URLs of NATS's own tools. Names are percent-decoded once.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";

/** The port of a NATS server whose URL has none. */
const DEFAULT_PORT = "4222";

/** Where a NATS server, or a cluster of them, answers, and who asks. */
export interface NatsAddress {
  /** The URL without user and password, for people and for errors. */
  url: string;
  /** Each server, as `HOST:PORT`. */
  servers: string[];
  /** Only over TLS. */
  tls: boolean;
  /** The user. */
  user?: string;
  /** The user's password. */
  password?: string;
  /** A token. */
  token?: string;
}

/** A pool on NATS. */
export interface NatsReference {
  /** Where it is. */
  address: NatsAddress;
  /** The name of the pool, decoded. */
  pool: string;
}

/** Whether `text` begins as the URL of NATS does. */
export function isNatsUrl(text: string): boolean {
  return /^(nats|tls):\/\//i.test(text);
}

/**
 * Understands the URL of a pool on NATS.
 *
 * @throws {UsageError} when it is anything but a scheme, hosts and the name of a pool.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const { address, pool } = parseNatsReference("nats://n1,n2:4223/night%20jobs");
 * assertEquals(pool, "night jobs");
 * assertEquals(address.servers, ["n1:4222", "n2:4223"]);
 * ```
 */
export function parseNatsReference(text: string): NatsReference {
  const { address, path } = parseUrl(text, "pool");
  if (path === "" || path.includes("/")) {
    throw notA("pool", text, "it needs exactly one name behind the hosts");
  }
  return { address, pool: decode(path, text, "pool") };
}

/**
 * Understands the URL of a NATS server or cluster.
 *
 * @throws {UsageError} when it is anything but a scheme and hosts.
 */
export function parseNatsUrl(text: string): NatsAddress {
  const { address, path } = parseUrl(text, "server");
  if (path === "") return address;
  throw notA("server", text, "it has a path; pools are opened by name afterwards");
}

const URL_PARTS = /^(nats|tls):\/\/(?:([^/]*)@)?([^/@]*)(?:\/(.*))?$/is;

function parseUrl(text: string, what: "pool" | "server"): { address: NatsAddress; path: string } {
  const parts = URL_PARTS.exec(text);
  if (parts === null) throw notA(what, text, "it is no nats or tls URL");
  if (/[?#\s]/.test(text)) throw notA(what, text, "a query, fragment or blank means nothing here");
  const [, scheme, credentials, hosts, path = ""] = parts;
  const servers = hosts.split(",").map((host) => readHost(host, text, what));
  const address: NatsAddress = {
    url: `${scheme.toLowerCase()}://${servers.join(",")}`,
    servers,
    tls: scheme.toLowerCase() === "tls",
    ...(credentials !== undefined && readCredentials(credentials, text, what)),
  };
  return { address, path };
}

function readHost(text: string, url: string, what: "pool" | "server"): string {
  const host = URL.parse(`nats://${text}`);
  if (host === null || host.hostname === "" || host.port === "0") {
    // What stands there can be the beginning of a password with a slash in it.
    const isCut = url.lastIndexOf("@") > url.indexOf("/", "nats://".length);
    const why = isCut
      ? "a slash in a password is written %2F"
      : "what should be a host and a port is none";
    throw notA(what, url, why);
  }
  return `${host.hostname}:${host.port || DEFAULT_PORT}`;
}

function readCredentials(
  text: string,
  url: string,
  what: "pool" | "server",
): Pick<NatsAddress, "user" | "password" | "token"> {
  const colon = text.indexOf(":");
  if (colon < 0) return { token: decode(text, url, what) };
  const user = decode(text.slice(0, colon), url, what);
  return { user, password: decode(text.slice(colon + 1), url, what) };
}

function decode(text: string, url: string, what: "pool" | "server"): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw notA(what, url, "a per cent sign is written %25");
  }
}

/** `text` with what is in front of the hosts left out: it can be a password. */
export function withoutCredentials(text: string): string {
  return text.replace(/^(\w+:\/\/).*@/s, "$1");
}

function notA(what: "pool" | "server", text: string, why: string): UsageError {
  const shown = JSON.stringify(withoutCredentials(text));
  const example = `nats://n1.example:4222,n2.example:4222${what === "pool" ? "/jobs" : ""}`;
  return new UsageError(
    what === "pool"
      ? `not the URL of a pool on NATS: ${shown}: ${why}`
      : `not the URL of a NATS server: ${shown}: ${why}`,
    { hint: `Write for example ${example}.` },
  );
}
