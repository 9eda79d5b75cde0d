/**
 * Taking this system for another one, for as long as a test runs.
 *
 * @module
 */

import { platform, platformOf, pretendPlatform } from "../../pool/platform.ts";

/** Has this process run what it would run on `os`, until it is disposed. */
export function pretending(os: typeof Deno.build.os): Disposable {
  const before = platform();
  pretendPlatform(platformOf(os));
  return {
    [Symbol.dispose]() {
      pretendPlatform(before);
    },
  };
}
