/**
 * Subscriptions.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { jsonLines } from "../../cli/pls.ts";
import { testEveryWay } from "./mesh_place.ts";

testEveryWay("a session is subscribed to its inbox and to what it adds", async (place) => {
  await place.does(["subs"], {});
  await place.done("source", "create", "nina");
  await place.done("pipe", "create", "lobby");
  await place.done("pipe", "create", "nina.log");
  await place.does(["subs", "add", "lobby", "n%.log", "x*"], {
    out: "lobby\nn%.log\nnina.inbox\nx*\n",
  });
  await place.pls("send", "lobby", "hi there");
  const table = [
    "PIPE                UNREAD  BUFFERED  LAST",
    "lobby               1       1         AGO hi there  ravi",
    "n%.log              -       -         -",
    "└─ nina.log         0       0         -",
    "nina.inbox          0       0         -",
    "x*                  -       -         -",
    "└─ (no matches)     -       -         -",
  ].map((line) => line.replace(/^(\S+(?: nina\.log| \(no matches\))?) +/, "$1  "));
  const { stdout } = await place.pls("subs");
  const words = (text: string) => text.trim().split(/ {2,}/).slice(0, 3);
  assertEquals(stdout.trimEnd().split("\n").map(words), table.map(words));
  assertEquals(await place.done("subs", "ls"), stdout);
  const rows = jsonLines(await place.done("subs", "ls", "--json"));
  assertEquals(rows.map(({ handle, pipe }) => `${handle}.${pipe}`), [
    ...["nina.inbox", "nina.log", ".lobby"],
  ]);
});

testEveryWay("subscriptions end, the own inbox only by force", async (place) => {
  await place.done("source", "create", "nina");
  await place.done("pipe", "create", "lobby");
  await place.done("subs", "add", "lobby", "lob*");
  await place.fails(["subs", "rm", "inbox"], "E_OWN_INBOX", 1);
  await place.does(["subs", "rm", "lobby", "mae.log"], {
    out: "lob*\nnina.inbox\n",
    err: "warning: lobby is still covered by lob*\nwarning: mae.log was not subscribed\n",
  });
  await place.does(["subs", "rm", "--force", "inbox"], { out: "lob*\n" });
  await place.fails(["subs", "add", "a.[b"], "E_INVALID_PIPE", 20);
  await place.refuses(["subs", "remove", "x"]);
});

testEveryWay("subs read reads all that is unread, in any namespace", async (place) => {
  await place.done("source", "create", "nina");
  await place.done("set", "namespace", "ops");
  await place.done("pipe", "create", "lobby");
  await place.done("subs", "add", "lobby");
  await place.pls("send", "lobby", "for all");
  await place.done("unset", "namespace");
  await place.pls("send", "nina", "for nina");
  await place.does(["subs", "read"], {
    out: "=== nina.inbox ===\nHH:MM:SS  nina          for nina\n" +
      "=== ops.lobby ===\nHH:MM:SS  nina          for all\n",
  });
  await place.does(["subs", "read"], {});
  await place.pls("send", "nina", "more");
  assertEquals(jsonLines(await place.done("subs", "read", "--json")).length, 1);
});
