/**
 * Calls of `pls bridge`: what its flags do, and what it refuses.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "@plasmite/pool";
import { placeFlags } from "../../cli/bridge/place_flags.ts";
import type { RemoteFlags } from "../../cli/remote_flags.ts";
import { noTerminal } from "../cli/on_terminal.ts";
import { denoArguments } from "../cli/pls.ts";
import { Child } from "../process/child.ts";
import { Served } from "../remote/served.ts";
import { eventually } from "../server/eventually.ts";
import { allOf, failed, Machine, numbered, numbersOf, summaryOf } from "./bridge_world.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { newName } from "./world.ts";

const server = sharedServer();

Deno.test("--tag and --where select what is copied", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  await pool.appendMany(numbered(20));
  await pool.append({ i: 20 }, ["even", "last"]);
  const selected = async (...flags: string[]) => {
    const name = `copy-${flags.join("").replaceAll(/\W/g, "")}`;
    await machine.copy("source", name, "--create", ...flags);
    return numbersOf(await allOf(machine.client.openPool(name)));
  };
  assertEquals(await selected("--tag", "even", "--tag", "last"), [20]);
  assertEquals(await selected("--where", ".data.i < 2"), [0, 1]);
  assertEquals(await selected("--tag", "even", "--where", ".seq > 17"), [18, 20]);
  assertEquals(await selected("--where", ".data.i > 3", "--where", ".data.i < 6"), [4, 5]);
});

Deno.test("a filter that is none is told of before a pool is made", async () => {
  await using machine = new Machine();
  machine.filePool("source");
  const flags = ["--create", "--once", "--where"];
  assertEquals((await failed(machine, 2, "source", "new", ...flags, ".a ==")).kind, "Usage");
  assertEquals((await machine.pls("pool", "info", "new")).code, 3);
  // What gives no boolean shows with the first message.
  await machine.client.openPool("source").appendMany(numbered(1));
  assertEquals((await failed(machine, 2, "source", "new", ...flags, ".data.i")).kind, "Usage");
});

Deno.test("--from-now and --from-seq say where to begin the first time", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  for (const name of ["a", "b"]) machine.filePool(name);
  await pool.appendMany(numbered(10));
  assertEquals((await machine.copy("source", "a", "--from-seq", "8")).first_seq, 8);
  const again = await machine.copy("source", "a", "--from-seq", "2");
  assertEquals([again.copied, again.resumed_at], [0, 11]);
  const beyond = await failed(machine, 2, "source", "b", "--from-seq", "12");
  assertStringIncludes(beyond.hint, "Give 11 at most");
  assertEquals((await machine.copy("source", "b", "--from-seq", "11")).copied, 0);
  for (const flags of [["--from-now", "--from-seq", "1"], ["--from-now", "--once"]]) {
    assertEquals((await failed(machine, 2, "source", "b", ...flags)).kind, "Usage");
  }
});

Deno.test("two references to one pool are refused", async () => {
  await using machine = new Machine();
  const served = await machine.servedPool("work");
  for (const other of ["work", `${machine.pools}/work.plasmite`, served.reference]) {
    const { kind, message } = await failed(machine, 2, "work", other, "--once");
    assertEquals(kind, "Usage");
    assertMatch(message, /^both references lead to the same pool, /);
  }
});

natsTest("two references to one stream are refused", async () => {
  await using machine = new Machine();
  const { reference } = await machine.natsPool(server(), newName());
  const localhost = reference.replace("127.0.0.1", "localhost");
  assertEquals((await failed(machine, 2, reference, localhost, "--once")).kind, "Usage");
});

natsTest("a missing pool is told of, and --create makes the one that copies go to", async () => {
  await using machine = new Machine();
  const to = server().pool(newName());
  const missing = await failed(machine, 3, "none", "copy", "--create");
  assertEquals(missing.kind, "NotFound");
  assertStringIncludes(missing.hint, "pls pool create none");
  machine.filePool("source");
  assertStringIncludes((await failed(machine, 3, "source", "copy")).hint, "--create");
  assertStringIncludes((await failed(machine, 3, "source", to)).hint, "pls pool create nats://");
  await machine.copy("source", to, "--create");
  await machine.copy("source", "small", "--create", "--create-size", "64K");
  assertEquals(machine.client.poolInfo("small").sizeBytes, 65_536);
});

Deno.test("a pool of a `pls serve` is not made in passing", async () => {
  await using machine = new Machine();
  await using served = await Served.start();
  machine.filePool("source");
  const { kind, hint } = await failed(machine, 2, "source", `${served.url}/new`, "--create");
  assertEquals(kind, "Usage");
  assertStringIncludes(hint, "Create it server-side first");
});

natsTest("what --create makes holds all that the source can hold", async () => {
  await using machine = new Machine();
  const source = machine.client.pool("source", { sizeBytes: 4 * 1024 * 1024 });
  // Small messages, which grow most.
  while ((source.info().bounds?.oldest ?? 1) === 1) {
    source.appendMany(Array.from({ length: 1000 }, (_, data) => ({ data })));
  }
  const { oldest, newest } = source.info().bounds!;
  for (const to of ["copy", server().pool(newName())]) {
    const { copied, dropped } = await machine.copy("source", to, "--create");
    assertEquals([copied, dropped], [newest - oldest + 1, 0]);
  }
});

Deno.test("flags go to the pool that they can be meant for", () => {
  const http = { url: "https://build.example:9700/work" };
  const nats = { url: "nats://n1.example/work" };
  const known = { url: "https://build.example:9700", pool: "work", remote: http };
  const all: RemoteFlags = { "token-file": "t", "nats-creds": "c" };
  assertEquals(placeFlags({ from: undefined, to: nats }, all), { from: {}, to: all });
  assertEquals(placeFlags({ from: nats, to: http }, all), {
    from: { "nats-creds": "c" },
    to: { "token-file": "t" },
  });
  assertEquals(placeFlags({ from: http, to: known }, { token: "t" }).from, { token: "t" });
  assertEquals(placeFlags({ from: known, to: nats }, { "tls-ca": "p" }).to, { "tls-ca": "p" });
  // Without a pool on a server, the first one refuses them.
  assertEquals(placeFlags({ from: undefined, to: undefined }, all).from, all);
  for (
    const [from, flags] of [
      [nats, { "nats-creds": "c" }],
      [nats, { token: "t" }],
      [http, { "tls-ca": "p" }],
      [http, { "tls-skip-verify": true }],
    ] as const
  ) assertThrows(() => placeFlags({ from, to: nats }, flags), UsageError, "both pools");
});

natsTest(
  "two servers with tokens of their own: one of the configuration, one of a flag",
  async () => {
    await using machine = new Machine();
    await using from = await Served.start({ token: "one" });
    await using to = await Served.start({ token: "two" });
    from.local.pool("work").append({ i: 0 });
    to.local.pool("work");
    Deno.writeTextFileSync(`${machine.dir}/token`, "two\n");
    const remotes = { there: { url: to.url, token_file: `${machine.dir}/token` } };
    Deno.writeTextFileSync(`${machine.dir}/config.jsonc`, JSON.stringify({ remotes }));
    const { copied, to: shown } = await machine.copy(
      ...[`${from.url}/work`, "there:work"] as const,
      ...["--token", "one"],
    );
    assertEquals([copied, shown], [1, "there:work"]);
  },
);

Deno.test({
  name: "a person gets sentences, and sees how far it is",
  ignore: noTerminal,
  fn: async () => {
    await using machine = new Machine();
    const { pool } = machine.filePool("source");
    machine.filePool("destination");
    await pool.appendMany(numbered(1234));
    const words = [Deno.execPath(), ...denoArguments(["bridge", "source", "destination"])];
    const command = `stty -onlcr; exec ${words.map((word) => `'${word}'`).join(" ")}`;
    await using terminal = new Child("script", {
      args: ["--quiet", "--return", "--command", command, "/dev/null"],
      env: machine.environment,
    });
    await eventually("it shows how far it is", async () => {
      await pool.append({ i: 0 });
      return /bridging source: 1,\d+ copied, at 1,\d+/.test(terminal.stdout.text);
    });
    await terminal.send("\x03");
    assertEquals(await terminal.exit(), 0);
    const { nextSeq } = await machine.client.openPool("destination").info();
    const count = nextSeq - 1;
    assertStringIncludes(
      terminal.stdout.text,
      `\r\x1b[KCopied ${count.toLocaleString("en-US")} messages (seq 1 to ${count}) from source ` +
        "to destination.\n",
    );
  },
});

Deno.test("what was printed is JSON with --json", async () => {
  await using machine = new Machine();
  machine.filePool("a");
  machine.filePool("b");
  const outcome = await machine.pls("--color", "always", "bridge", "a", "b", "--once", "--json");
  assertStringIncludes(outcome.stdout, "bridged");
  assertEquals(summaryOf((await machine.pls("bridge", "a", "b", "--once")).stdout), {
    ...{ from: "a", to: "b", copied: 0, skipped: 0, missing: 0, first_seq: null, last_seq: null },
    ...{ resumed_at: 1, next_seq: 1, dropped: 0 },
  });
});
