/**
 * The grammar of names, the reserved ones, and the paths that people see.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import {
  AUTO_PIPES,
  AUTO_PIPES_LISTED,
  checkHandle,
  checkManifold,
  checkNewPipeName,
  formatPipePath,
  isHandle,
  isManifold,
  isNewPipeName,
  isSegment,
  isTabularReadPipe,
  MessagingError,
  PROTECTED_PIPES,
} from "../../../messaging/contracts/mod.ts";

Deno.test("a segment is 1 to 32 of a-z, 0-9 and '-', with no '-' at its ends", () => {
  const good = ["a", "0", "nina", "a-b", "a--b", "9-9", "a".repeat(32), "a" + "-".repeat(30) + "z"];
  assertEquals(good.filter((text) => !isSegment(text)), []);
  const bad = ["", "-", "-a", "a-", "A", "a_b", "a.b", "a b", "ä", "a\n", "\na", "a".repeat(33)];
  assertEquals(bad.filter(isSegment), []);
});

Deno.test("a handle is a segment that is not reserved", () => {
  const reserved = ["broadcast", "inbox", "stdin", "stdout", "stdctrl", "system", "db"];
  assertEquals(reserved.filter(isHandle), []);
  assertEquals(["heartbeat", "nina", "inbox2"].filter(isHandle), ["heartbeat", "nina", "inbox2"]);
});

Deno.test("a namespace is empty, or handles joined by dots, of any length", () => {
  const long = Array.from({ length: 20 }, () => "a".repeat(32)).join(".");
  const good = ["", "ops", "ops.east", long];
  assertEquals(good.filter((text) => !isManifold(text)), []);
  assertEquals(["ops.", ".ops", "ops..east", "ops.inbox", "Ops", "."].filter(isManifold), []);
});

Deno.test("a pipe can be created by any segment but three", () => {
  assertEquals(["system", "db", "inbox", "Log", ""].filter(isNewPipeName), []);
  const allowed = ["stdin", "stdout", "stdctrl", "broadcast", "heartbeat", "log"];
  assertEquals(allowed.filter(isNewPipeName), allowed);
});

Deno.test("what is refused is named, with its code", () => {
  const said = (check: () => void) => String(assertThrows(check, MessagingError)).split(": a ")[0];
  assertEquals(said(() => checkHandle("db")), "E_INVALID_HANDLE: invalid handle 'db'");
  assertEquals(
    said(() => checkManifold("ops.No.east")),
    "E_INVALID_MANIFOLD: invalid namespace segment 'No'",
  );
  assertEquals(said(() => checkNewPipeName("db")), "E_INVALID_PIPE: pipe name 'db' is reserved");
  assertEquals(said(() => checkNewPipeName("No")), "E_INVALID_PIPE: invalid pipe name 'No'");
  checkHandle("nina");
  checkManifold("ops.east");
  checkNewPipeName("log");
});

Deno.test("a path is what is not empty, joined by dots, and the name in any case", () => {
  const paths: [string, string, string, string][] = [
    ["", "nina", "inbox", "nina.inbox"],
    ["ops.east", "nina", "inbox", "ops.east.nina.inbox"],
    ["", "", "lobby", "lobby"],
    ["ops", "", "lobby", "ops.lobby"],
    ["ops", "nina", "log", "ops.nina.log"],
    ["ops", "nina", "", "ops.nina."],
    ["", "", "", ""],
  ];
  for (const [manifold, source, name, path] of paths) {
    assertEquals(formatPipePath(manifold, source, name), path);
  }
});

Deno.test("sources come with pipes, which are created and listed in two orders", () => {
  assertEquals(AUTO_PIPES.message, ["inbox"]);
  assertEquals(AUTO_PIPES.pty, ["stdin", "stdout", "stdctrl", "inbox", "heartbeat"]);
  assertEquals(AUTO_PIPES_LISTED.message, ["inbox"]);
  assertEquals(AUTO_PIPES_LISTED.pty, [...AUTO_PIPES.pty].sort());
  assertEquals([...PROTECTED_PIPES], ["broadcast", "inbox", "stdin", "stdout", "stdctrl"]);
});

Deno.test("inbox and broadcast are read as rows, and nothing else is", () => {
  const pipes = ["inbox", "broadcast", "stdout", "heartbeat", "log", "", "INBOX"];
  assertEquals(pipes.filter(isTabularReadPipe), ["inbox", "broadcast"]);
});
