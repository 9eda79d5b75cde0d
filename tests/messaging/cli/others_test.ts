/**
 * What others do while a command waits, and what they write: it misses nothing that is created
 * later, and nothing that anybody sent steers its terminal.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { printableLines } from "../../../cli/messaging/message_output.ts";
import { testEveryWay } from "./mesh_place.ts";

testEveryWay("await sees a pipe that is created while it waits", async (place) => {
  await place.done("source", "create", "otto");
  await place.done("source", "create", "nina");
  await place.pls("send", "otto", "unread, and not for nina");
  const waiting = place.start("await", "--bare");
  await place.done("ls");
  await place.done("pipe", "create", "later");
  await place.pls("send", "later", "hello");
  assertEquals(await waiting.stdout.next(), "hello");
  assertEquals((await waiting.status()).code, 0);
});

testEveryWay("cells of who are printable, whatever was sent", async (place) => {
  await place.done("source", "create", "nina");
  await place.done("pipe", "create", "nina.heartbeat");
  const beat = { harness: "\x1b[2Je", model: "a\notto  online", interval_sec: 60 };
  await place.pls("send", "nina.heartbeat", JSON.stringify(beat));
  const { stdout } = await place.pls("who");
  assertEquals(stdout.trimEnd().split("\n").length, 2, stdout);
  assertMatch(stdout, /\\u001b\[2Je/);
  assertMatch(stdout, /a\\u000aotto/);
});

Deno.test("text of several lines keeps line feeds and tabs, and no other controls", () => {
  assertEquals(printableLines("a\tb\n\x1b]0;x\x07\x9b"), "a\tb\n\\u001b]0;x\\u0007\\u009b");
});
