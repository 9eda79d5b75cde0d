/**
 * Targets as people type them.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import {
  message,
  MessagingError,
  parseReadTarget,
  parseSendTarget,
  parseTarget,
} from "../../../messaging/contracts/mod.ts";

Deno.test("a target with dots is split at the last one", () => {
  assertEquals(parseTarget("nina.log"), { kind: "collared", handle: "nina", name: "log" });
  assertEquals(parseTarget("ops.nina.log"), { kind: "collared", handle: "ops.nina", name: "log" });
});

Deno.test("send prefers an uncollared pipe, and falls back to an inbox", () => {
  assertEquals(parseSendTarget("nina"), { handle: "nina", channel: "inbox", bare_target: "nina" });
  assertEquals(parseSendTarget("nina.log"), { handle: "nina", channel: "log" });
});

Deno.test("read takes the word inbox for the own one", () => {
  assertEquals(parseReadTarget("inbox"), { kind: "own-inbox" });
  assertEquals(parseReadTarget("lobby"), { kind: "leaf", name: "lobby" });
  assertEquals(parseReadTarget("nina.inbox"), { kind: "collared", handle: "nina", name: "inbox" });
});

for (const text of ["", ".", ".log", "nina.", "..", "nina.log."]) {
  Deno.test(`no target: ${JSON.stringify(text)}`, () => {
    for (const parse of [parseTarget, parseReadTarget, parseSendTarget]) {
      const error = assertThrows(() => parse(text), MessagingError);
      assertEquals([error.code, error.message], ["E_INVALID_PIPE", message("E_INVALID_PIPE")]);
    }
  });
}
