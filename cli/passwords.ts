/**
 * Keeping what stands in URLs in front of the host out of everything that is told.
 *
 * @module
 */

/** Up to the last `@` of a word: a password can hold one, and a slash. */
const CREDENTIALS = /\b(nats|tls|https?):\/\/[^\s"'`]*@/gi;

/**
 * `text` with users and passwords of URLs left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(withoutPasswords("no pool nats://u:s3cret@n1/a"), "no pool nats://n1/a");
 * ```
 */
export function withoutPasswords(text: string): string {
  return text.replace(CREDENTIALS, "$1://");
}
