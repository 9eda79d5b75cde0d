/**
 * Reading: rows, texts, JSON, screens; once, again, and as it comes.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { jsonLines } from "../../cli/pls.ts";
import { type MeshPlace, normal, testEveryWay } from "./mesh_place.ts";

async function withMessages(place: MeshPlace): Promise<void> {
  await place.done("source", "create", "nina");
  await place.done("pipe", "create", "nina.log");
  await place.call(["send", "nina", "-"], { stdin: "one\ntwo\nthree\n" });
}

const ROWS = ["one", "two", "three"].map((text) => `HH:MM:SS  nina          ${text}\n`);

testEveryWay("what is read is not read again, but reread any time", async (place) => {
  await withMessages(place);
  await place.does(["reread", "inbox"], { out: ROWS.join("") });
  await place.does(["read", "inbox"], { out: ROWS.join("") });
  await place.does(["read", "nina.inbox"], {});
  await place.does(["reread", "inbox", "-l", "1"], { out: ROWS[2] });
  await place.does(["reread", "inbox", "--skip", "1", "--limit", "1"], { out: ROWS[2] });
  await place.does(["reread", "inbox", "--skip", "9"], {});
  await place.does(["reread", "inbox", "--since", "1h"], { out: ROWS.join("") });
  await place.does(["read", "nina.inbox"], { out: ROWS.join("") }, {
    env: { PLS_SESSION: "another" },
  });
});

testEveryWay("rows have subjects, receipts and further lines", async (place) => {
  await place.done("source", "create", "nina");
  await place.pls("send", "nina", "step one\nstep two", "--subject", "release", "--request-ack");
  await place.does(["read", "inbox"], {
    out: "HH:MM:SS  nina          [release] step one\n                        step two\n",
  });
  // The receipt went to the sender, which is nina as well.
  await place.does(["await", "inbox"], {
    out: "HH:MM:SS  nina          ack:read → ID8\n",
    err: "messages arrived on nina.inbox\n",
  });
});

testEveryWay("times are those of the own zone", async (place) => {
  await withMessages(place);
  const first = async (TZ: string) => {
    const { stdout } = await place.call(["reread", "inbox", "-l", "1"], { env: { TZ } });
    return Number(stdout.slice(0, 2));
  };
  const [{ created_at }] = jsonLines(await place.done("reread", "inbox", "--json", "-l", "1"));
  const hour = Number(created_at.slice(11, 13));
  assertEquals(await first("UTC"), hour);
  assertEquals(await first("Asia/Tokyo"), (hour + 9) % 24);
});

testEveryWay("messages are printed as they are asked for", async (place) => {
  await withMessages(place);
  await place.does(["reread", "inbox", "--bare"], { out: "one\ntwo\nthree\n" });
  await place.does(["reread", "inbox", "--raw"], { out: "onetwothree" });
  await place.pls("send", "nina.log", "<text> & more");
  await place.does(["reread", "nina.log"], { out: "<text> & more\n" });
  const { stdout } = await place.pls("reread", "nina.log", "--json");
  assertMatch(stdout, /^\{"id":"[\da-f-]{36}","sender":"nina","subject":"","payload":/);
  assertMatch(stdout, /"payload":"\\u003ctext\\u003e \\u0026 more","created_at":"[^"]{20}",/);
  assertMatch(stdout, /,"in_reply_to":"","ack_requested":false\}\n$/);
});

testEveryWay("a pipe stdout is shown as the screen that it makes", async (place) => {
  await place.done("source", "create", "nina");
  await place.done("pipe", "create", "nina.stdout");
  await place.pls("send", "nina.stdout", "hello\r\nwor");
  await place.pls("send", "nina.stdout", "ld\x1b[1;1HJ");
  await place.does(["reread", "nina.stdout"], { out: "Jello\nworld\n" });
  await place.does(["reread", "nina.stdout", "--bare"], {
    out: "hello\r\nwor\nld\x1b[1;1HJ\n",
  });
  await place.does(["read", "nina.stdout", "--tty"], { out: "Jello\nworld\n" });
});

testEveryWay("modes that exclude each other are refused, by name", async (place) => {
  const pairs = [
    ...[["tty", "tail"], ["tty", "json"], ["raw", "json"], ["tty", "raw"]],
    ...[["bare", "json"], ["bare", "tty"], ["bare", "raw"]],
  ];
  for (const [one, other] of pairs) {
    const message = await place.refuses(["read", "inbox", `--${one}`, `--${other}`]);
    assertEquals([message.includes(`--${one}`), message.includes(`--${other}`)], [true, true]);
  }
  for (const flag of ["--limit=1", "-l=1", "--skip=1", "--since=1s"]) {
    await place.refuses(["read", "inbox", flag]);
  }
  await place.refuses(["reread", "inbox", "--tail"]);
  await place.refuses(["reread", "inbox", "--since", "-1s"]);
});

testEveryWay("what can't be read says why", async (place) => {
  await place.fails(["read", "inbox"], "E_NO_CURRENT_SOURCE", 16);
  await place.done("source", "create", "nina");
  await place.fails(["read", "lobby"], "E_PIPE_NOT_FOUND", 22);
  await place.fails(["read", "nina"], "E_PIPE_NOT_FOUND", 22);
  await place.fails(["read", "nina.log"], "E_PIPE_NOT_FOUND", 22);
  await place.fails(["read", "mae.inbox"], "E_SOURCE_NOT_FOUND", 14);
  await place.fails(["read", "nina."], "E_INVALID_PIPE", 20);
  await place.fails(["read", "Nina.inbox"], "E_INVALID_HANDLE", 15);
});

testEveryWay("read --tail goes on with what comes, until interrupted", async (place) => {
  await withMessages(place);
  const tail = place.start("read", "inbox", "--tail");
  for (const row of ROWS) assertEquals(normal(`${await tail.stdout.next()}\n`), row);
  await place.pls("send", "nina", "four");
  assertMatch(`${await tail.stdout.next()}`, /^[\d:]{8} {2}nina {10}four$/);
  tail.signal("SIGINT");
  assertEquals([(await tail.status()).code, await tail.stderr.next()], [0, undefined]);
  await place.does(["read", "inbox"], {});
});
