/**
 * References to served pools: `http://HOST[:PORT]/POOL`, and the addresses of servers.
 *
 * A name is percent-decoded once, here, and encoded once, when a request is made. So a
 * name may hold blanks, per cent signs and letters of any alphabet.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";

/** A served pool. */
export interface RemoteReference {
  /** Where its server answers, such as `https://build.example:9700`. */
  server: string;
  /** The name of the pool, decoded. */
  pool: string;
}

/**
 * Understands the URL of a served pool.
 *
 * @throws {UsageError} when it is anything but a scheme, a host and the name of a pool.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseRemoteReference } from "@plasmite/pool/remote";
 *
 * assertEquals(parseRemoteReference("https://build.example:9700/night%20jobs"), {
 *   server: "https://build.example:9700",
 *   pool: "night jobs",
 * });
 * ```
 */
export function parseRemoteReference(text: string): RemoteReference {
  const url = parseUrl(text, "pool");
  const segments = url.pathname.slice(1).split("/");
  // "pool" is what a route begins with, so it is rather a mistake than a name.
  if (segments.length !== 1 || segments[0] === "" || segments[0] === "pool") {
    throw notA("pool", text, "it needs exactly one name behind the host");
  }
  return { server: url.origin, pool: checkPoolName(decodeName(segments[0], text)) };
}

/**
 * Understands the URL of a server and returns it without a slash at the end.
 *
 * @throws {UsageError} when it is anything but a scheme and a host.
 */
export function parseServerUrl(text: string): string {
  const url = parseUrl(text, "server");
  if (url.pathname === "/") return url.origin;
  throw notA("server", text, "it has a path; pools are opened by name afterwards");
}

/**
 * Returns `name` if a served pool can have it.
 *
 * @throws {UsageError} when it is empty, `.` or `..`, or has a `/` in it.
 */
export function checkPoolName(name: string): string {
  if (name === "") throw new UsageError("the name of the pool is empty");
  // A URL can't say these two: they stand for directories in it.
  if (!name.includes("/") && name !== "." && name !== "..") return name;
  throw new UsageError(`not the name of a served pool: ${JSON.stringify(name)}`, {
    hint: "Give the name alone: paths only lead to pools on this machine.",
  });
}

function parseUrl(text: string, what: "pool" | "server"): URL {
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (url === null) throw notA(what, text, "it is no http or https URL");
  // What the parser made of it hides an empty query, and turns `\` into `/`.
  if (/[?#]/.test(text)) throw notA(what, text, "a query or fragment means nothing here");
  if (url.username !== "" || url.password !== "") {
    throw new UsageError(`the URL of a ${what} holds no user and no password`, {
      hint: "A token goes in --token-file, or in the option token.",
    });
  }
  if (/%2f/i.test(url.pathname)) throw notA(what, text, "the name of a pool has no / in it");
  return url;
}

function decodeName(segment: string, text: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw notA("pool", text, "a per cent sign is written %25");
  }
}

function notA(what: "pool" | "server", text: string, why: string): UsageError {
  const example = `https://build.example:9700${what === "pool" ? "/jobs" : ""}`;
  return new UsageError(`not the URL of a ${what}: ${JSON.stringify(text)}: ${why}`, {
    hint: `Write for example ${example}.`,
  });
}
