/**
 * What others do while a command waits, and what they write: it misses nothing that is created
 * later, and nothing that anybody sent steers its terminal.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { printableLines } from "../../../cli/messaging/message_output.ts";
import { NatsServer, natsTest, NO_NATS } from "../../nats/nats_server.ts";
import { MeshPlace, testEveryWay } from "./mesh_place.ts";

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

testEveryWay("of two sources of one handle, await gets what came to each", async (place) => {
  await place.done("set", "namespace", "ops");
  await place.done("source", "create", "otto");
  await place.done("get", "namespace");
  await place.done("unset", "namespace");
  await place.pls("send", "otto", "to ops");
  await place.done("source", "create", "otto");
  await place.pls("send", "otto", "to the root");
  const texts: string[] = [];
  for (let i = 0; i < 2; i++) texts.push((await place.pls("await", "--bare")).stdout.trimEnd());
  assertEquals(texts.sort(), ["to ops", "to the root"]);
});

testEveryWay("what was given up before it was read is told", async (place) => {
  await place.done("pipe", "create", "lobby", "--max-msgs", "2");
  await place.pls("send", "lobby", "1");
  await place.does(["read", "lobby", "--bare"], { out: "1\n" });
  for (const text of ["2", "3", "4", "5"]) await place.pls("send", "lobby", text);
  const { stdout, stderr } = await place.pls("read", "lobby", "--bare");
  assertEquals(stdout, "4\n5\n");
  assertEquals(stderr, "warning: 2 messages of lobby were given up or are damaged\n");
});

Deno.test({
  name: "a daemon keeps nothing open of whoever starts it",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using place = await MeshPlace.open({});
    const script = `${place.dir}/pls`;
    Deno.writeTextFileSync(script, place.script(), { mode: 0o700 });
    const lock = `${place.dir}/lock`;
    const line =
      `exec 9>${lock}; flock 9; x=$( { ${script} daemon start 3>&1 >&2; } ); exec 9>&-; ` +
      `flock -n ${lock} echo free`;
    try {
      const { code, stdout } = await new Deno.Command("sh", { args: ["-c", line] }).output();
      assertEquals([code, new TextDecoder().decode(stdout)], [0, "free\n"]);
    } finally {
      await place.done("daemon", "stop");
    }
  },
});

Deno.test({
  name: "what could not be printed stays unread, with a daemon as without",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    for (const daemon of [false, true]) {
      await using place = await MeshPlace.open({ daemon });
      const script = `${place.dir}/pls`;
      Deno.writeTextFileSync(script, place.script(), { mode: 0o700 });
      await place.done("pipe", "create", "lobby");
      await place.pls("send", "lobby", "hello");
      const args = ["-c", `${script} read lobby --bare > /dev/full`];
      assertEquals((await new Deno.Command("sh", { args, stderr: "null" }).output()).code, 8);
      await place.does(["read", "lobby", "--bare"], { out: "hello\n" });
    }
  },
});

Deno.test("a pipe whose pool is damaged keeps nobody from the others", async () => {
  await using place = await MeshPlace.open({});
  await place.done("pipe", "create", "bad");
  await place.done("pipe", "create", "good");
  const [pool] = Array.from(Deno.readDirSync(`${place.pools}/mesh`), ({ name }) => name)
    .filter((name) => name.startsWith("bad@"));
  Deno.writeTextFileSync(`${place.pools}/mesh/${pool}`, "no pool ".repeat(4096));
  const { code, stdout, stderr } = await place.pls("ls", "--json");
  assertEquals([code, stdout.trim().split("\n").length], [0, 2]);
  assertMatch(stderr, /^warning: bad can't be read: .*bad@/);
});

Deno.test({
  name: "a daemon serves callers with its own credentials alone",
  ignore: NO_NATS !== undefined || Deno.build.os === "windows",
  fn: async () => {
    const account = (user: string) =>
      `${user}: { jetstream: enabled, users: [{ user: ${user}, password: s3cret }] }`;
    const config = `accounts: { ${account("alice")}, ${account("bob")} }`;
    await using nats = await NatsServer.start({ config });
    await using place = await MeshPlace.open({ nats });
    const as = (user: string, password = "s3cret") => ({
      env: { PLS_MESH: nats.url.replace("://", `://${user}:${password}@`) },
    });
    assertEquals((await place.call(["daemon", "start"], as("alice"))).code, 0);
    try {
      assertEquals((await place.call(["source", "create", "nina"], as("alice"))).code, 0);
      assertEquals((await place.call(["ls"], as("alice"))).stdout.split("\n").length, 3);
      assertEquals((await place.call(["ls"], as("bob"))).stdout, "");
      const refused = await place.call(["ls"], as("alice", "wrong"));
      assertEquals(refused.code, 19);
      assertMatch(refused.stderr, /^error: E_NATS_UNREACHABLE: /);
    } finally {
      await place.call(["daemon", "stop"], as("alice"));
    }
  },
});

natsTest(
  "what a server refuses is told as it says it, and not as a server that is away",
  async () => {
    const servers = [
      {
        jetstream: "max_file_store: 100MB",
        message: /insufficient storage/,
        hint: /max_file_store/,
      },
      { jetstream: false, message: /JetStream is not enabled/, hint: /nats-server -js/ },
    ] as const;
    for (const { jetstream, message, hint } of servers) {
      await using nats = await NatsServer.start({ jetstream });
      await using place = await MeshPlace.open({ nats });
      const codes: number[] = [];
      let told = "";
      for (let i = 0; told === "" && i < 10; i++) {
        const { code, stderr } = await place.pls("source", "create", `source-${i}`);
        codes.push(code);
        told = stderr;
      }
      assertEquals(codes.at(-1), 1);
      assertMatch(told, /^error: E_INTERNAL: .+\nhint: .+\n$/);
      assertMatch(told, message);
      assertMatch(told, hint);
      // What could not be made is not there.
      const { stdout } = await place.pls("ls", "--json");
      assertEquals(stdout.split("\n").length, jetstream === false ? 1 : codes.length);
    }
  },
);
