/**
 * What the check of a token compares.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { timingSafeEqual } from "node:crypto";
import { TokenCheck } from "../../server/token_check.ts";

Deno.test("tokens are compared by all bytes of digests of one length", () => {
  const compared: [number, number][] = [];
  const check = new TokenCheck("secret", (a, b) => {
    compared.push([a.length, b.length]);
    return timingSafeEqual(a, b);
  });
  const given = [
    null,
    "",
    "Bearer s",
    "Bearer secreT",
    "Bearer xecret",
    `Bearer ${"s".repeat(9000)}`,
  ];
  for (const header of given) assertEquals(check.accepts(header), false, String(header));
  assertEquals(check.accepts("Bearer secret"), true);
  // Once for every header, also for one that could be refused at a glance.
  assertEquals(compared, Array(given.length + 1).fill([32, 32]));
});
