/**
 * Origins that pages may call the server from.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";

/** A scheme, and a host with a port: no user, no path but `/`, nothing behind it. */
const ORIGIN = /^https?:\/\/[^/?#@\\\s]+\/?$/i;

/**
 * Reads origins and spells them as browsers do, each once, in the order given.
 *
 * @throws {UsageError} when one is not an exact `http` or `https` origin.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseCorsOrigins(["HTTPS://App.Example:443/"]), ["https://app.example"]);
 * ```
 */
export function parseCorsOrigins(texts: readonly string[]): string[] {
  return [...new Set(texts.map(parseCorsOrigin))];
}

function parseCorsOrigin(text: string): string {
  const trimmed = text.trim();
  if (trimmed.includes("*")) {
    throw new UsageError(`--cors-origin: wildcard origins are refused: ${JSON.stringify(text)}`, {
      hint: "Name every origin, each with a --cors-origin of its own: https://app.example.",
    });
  }
  const url = ORIGIN.test(trimmed) ? URL.parse(trimmed) : null;
  if (url === null) {
    throw new UsageError(`--cors-origin: not an origin: ${JSON.stringify(text)}`, {
      hint: "Use a scheme and a host, and a port if it is not the usual one: " +
        "https://app.example, http://localhost:5173.",
    });
  }
  return url.origin;
}
