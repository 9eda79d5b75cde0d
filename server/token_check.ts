/**
 * Whether a request brings the server's token.
 *
 * What is compared are SHA-256 digests, of the same length whatever was sent, and all of both:
 * how long that takes tells neither where a wrong token differs nor how long the right one is.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";

/** Compares two digests. */
export type DigestComparison = (a: Uint8Array, b: Uint8Array) => boolean;

/** Checks requests for one token. */
export class TokenCheck {
  readonly #digest: Uint8Array;
  readonly #isEqual: DigestComparison;

  /**
   * @param token The right one, which is not kept.
   * @param isEqual Takes the same time wherever the digests differ.
   */
  constructor(token: string, isEqual: DigestComparison = timingSafeEqual) {
    this.#digest = digestOf(token);
    this.#isEqual = isEqual;
  }

  /** Whether the value of an `Authorization` header is `Bearer` and the token. */
  accepts(authorization: string | null): boolean {
    const given = /^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "";
    return this.#isEqual(digestOf(given), this.#digest);
  }
}

function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
