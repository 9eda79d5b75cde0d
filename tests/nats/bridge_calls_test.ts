/**
 * Calls of `pls bridge`: what its flags do, what it refuses, and what ends it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { JsonText, type MessageInput, UsageError } from "@plasmite/pool";
import { placeFlags } from "../../cli/bridge/place_flags.ts";
import type { FailureFields } from "../../cli/failure.ts";
import type { RemoteFlags } from "../../cli/remote_flags.ts";
import { noTerminal } from "../cli/on_terminal.ts";
import { denoArguments, errorOf, type Running } from "../cli/pls.ts";
import { Child } from "../process/child.ts";
import { Served } from "../remote/served.ts";
import { eventually } from "../server/eventually.ts";
import {
  allOf,
  assertCopied,
  Machine,
  numbered,
  numbersOf,
  summaryOf,
  upTo,
} from "./bridge_world.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { Bare, newName } from "./world.ts";

const server = sharedServer();

/** Calls `pls bridge`, which must fail with `code`, and returns what it says. */
async function failed(machine: Machine, code: number, ...args: string[]): Promise<FailureFields> {
  const outcome = await machine.pls("bridge", ...args);
  assertEquals([outcome.code, outcome.stdout], [code, ""], outcome.stderr);
  return errorOf(outcome.stderr);
}

/** The end of a bridge that fails by itself. */
async function failureOf(running: Running, code: number): Promise<FailureFields> {
  assertEquals((await running.status()).code, code);
  return errorOf(`${await running.stderr.next()}\n`);
}

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

Deno.test("copies that a move has no room for are told of", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  await pool.appendMany(numbered(2000));
  const flags = ["--create", "--create-size", "64K"];
  const { summary, notices } = await machine.copyNoticing("source", "small", ...flags);
  const { bounds } = machine.client.poolInfo("small");
  assertEquals([summary.copied, summary.dropped], [2000, bounds!.oldest - 1]);
  assertEquals(notices.map(({ kind, details }) => [kind, details]), [
    ["dropped", { dropped_count: bounds!.oldest - 1 }],
  ]);
});

function large(bytes: number): MessageInput {
  return { data: { i: -1, fill: "f".repeat(bytes) } };
}

/** A message that is too large ends a bridge, which goes on without it when it is told to. */
async function endsAtLarge(
  machine: Machine,
  to: string,
  { bytes, hint }: { bytes: number; hint: RegExp },
): Promise<void> {
  const { pool } = machine.filePool("source");
  await pool.appendMany(numbered(30));
  await pool.appendMany([large(bytes)]);
  await pool.appendMany(numbered(30, 30));
  for (let i = 0; i < 2; i++) {
    const failure = await failed(machine, 2, "source", to, "--once");
    assertEquals([failure.kind, failure.seq], ["Usage", 31]);
    assertMatch(failure.message, /^message 31 can't be copied: /);
    assertMatch(failure.hint, hint);
    assertStringIncludes(failure.hint, "--where '.seq != 31' --from-seq 31");
  }
  const flags = ["--where", ".seq != 31", "--from-seq", "31"];
  const { copied, first_seq: firstSeq } = await machine.copy("source", to, ...flags);
  assertEquals([copied, firstSeq], [30, 32]);
}

Deno.test("a message that is too large for a file ends the bridge, and is named", async () => {
  await using machine = new Machine();
  const small = machine.client.pool("small", { sizeBytes: 65_536 });
  await endsAtLarge(machine, "small", { bytes: 100_000, hint: /larger/ });
  assertEquals(numbersOf(await allOf(small)), upTo(60));
});

natsTest(
  "a message that is too large for a server of NATS ends the bridge, and is named",
  async () => {
    await using smallServer = await NatsServer.start({ config: "max_payload: 64KB" });
    await using machine = new Machine();
    const { reference, pool } = await machine.natsPool(smallServer, "small");
    await endsAtLarge(machine, reference, { bytes: 100_000, hint: /max_payload/ });
    assertEquals(numbersOf(await allOf(pool)), upTo(60));
  },
);

natsTest(
  "a message that is refused amid others ends the bridge, and is not passed over",
  async () => {
    await using machine = new Machine();
    const name = newName();
    const { reference, pool } = await machine.natsPool(server(), name);
    const source = machine.filePool("source");
    await source.pool.appendMany(numbered(30));
    const running = await machine.mirror("source", reference);
    await eventually("it runs", async () => (await pool.info()).nextSeq > 30);
    await using bare = await Bare.connect(server(), name);
    const { config } = await bare.manager.streams.info(bare.stream);
    await bare.manager.streams.update(bare.stream, { ...config, max_msg_size: 50_000 });
    // The bridge does not know of it: what is behind the message is under way together with it.
    await source.pool.appendMany([...numbered(5, 30), large(100_000), ...numbered(30, 35)]);
    assertEquals((await running.status()).code, 2);
    const told = [await running.stderr.next(), await running.stderr.next()];
    const [{ notice }, { error }] = told.map((line) => JSON.parse(line ?? ""));
    assertEquals([notice.kind, error.kind, error.seq], ["reconnect", "Usage", 36]);
    assertEquals(numbersOf(await allOf(pool)), upTo(65));
    const { code } = await machine.pls("bridge", "source", reference, "--once");
    assertEquals(code, 2);
    await bare.manager.streams.update(bare.stream, { ...config, max_msg_size: -1 });
    assertEquals((await machine.copy("source", reference)).copied, 1);
    assertEquals(numbersOf(await allOf(pool)), [...upTo(65), -1]);
  },
);

Deno.test("a message that is too large for a `pls serve` ends the bridge, and is named", async () => {
  await using machine = new Machine();
  await using served = await Served.start();
  const small = served.local.pool("small", { sizeBytes: 8 * 1024 * 1024 });
  await endsAtLarge(machine, `${served.url}/small`, {
    bytes: 1_100_000,
    hint: /--max-body-bytes/,
  });
  assertEquals(numbersOf(await allOf(small)), upTo(60));
});

Deno.test("a server that takes little at once gets little at once", async () => {
  await using machine = new Machine();
  await using served = await Served.start({ limits: { maxBodyBytes: 2000 } });
  const { pool } = machine.filePool("source");
  const destination = served.local.pool("destination");
  await pool.appendMany(numbered(300));
  assertEquals((await machine.copy("source", `${served.url}/destination`)).copied, 300);
  await assertCopied(pool, destination, { keepsTimes: false });
});

natsTest(
  "a message as large as the destination takes, with all that a copy has beside it",
  async () => {
    await using machine = new Machine();
    const { pool } = machine.filePool("source");
    const { reference, pool: destination } = await machine.natsPool(server(), newName());
    const tags = Array.from({ length: 50 }, (_, i) => `ü${i}`);
    await pool.appendMany([{ json: JsonText.stringify("x".repeat(1_046_000)), tags }]);
    await machine.copy("source", reference);
    await assertCopied(pool, destination);
  },
);

Deno.test("a source that is replaced or deleted ends the bridge", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  const destination = machine.filePool("destination");
  await pool.appendMany(numbered(3));
  const running = await machine.mirror("source", "destination");
  machine.client.deletePool("source");
  assertEquals((await failureOf(running, 3)).kind, "NotFound");
  await machine.filePool("source").pool.appendMany(numbered(2, 3));
  // The new pool is another one: all of it is copied.
  assertEquals((await machine.copy("source", "destination")).copied, 2);
  assertEquals(numbersOf(await allOf(destination.pool)), upTo(5));
});

natsTest("a stream that is replaced while messages come from it ends the bridge", async () => {
  await using machine = new Machine();
  const name = newName();
  const { reference, pool } = await machine.natsPool(server(), name);
  const file = machine.filePool("file");
  await pool.appendMany(numbered(3));
  const running = machine.start("bridge", reference, "file");
  await eventually("it runs", async () => (await file.pool.info()).nextSeq > 3);
  const client = machine.natsClient(server());
  await client.deletePool(name);
  await client.createPool(name);
  const { kind, hint } = await failureOf(running, 3);
  assertEquals(kind, "NotFound");
  assertStringIncludes(hint, "bridge it again");
});

natsTest("a stream that is replaced while messages go to it ends the bridge", async () => {
  await using machine = new Machine();
  const name = newName();
  const { reference, pool } = await machine.natsPool(server(), name);
  const file = machine.filePool("file");
  await file.pool.appendMany(numbered(3));
  const running = machine.start("bridge", "file", reference);
  await eventually("it runs", async () => (await pool.info()).nextSeq > 3);
  const client = machine.natsClient(server());
  await client.deletePool(name);
  await client.createPool(name);
  // The numbers that messages get there show it.
  const failure = failureOf(running, 3);
  let hasEnded = false;
  failure.finally(() => hasEnded = true).catch(() => {});
  await eventually("it ends", async () => {
    await file.pool.appendMany(numbered(1, 3));
    return hasEnded;
  });
  const { kind, hint } = await failure;
  assertEquals(kind, "NotFound");
  assertStringIncludes(hint, "bridge to it again");
  // The new pool is another one: it gets all, with what went there before it was noticed.
  await machine.copy("file", reference);
  const { id, nextSeq } = await file.pool.info();
  const origins = (await allOf(await client.openPool(name))).map(({ tags }) => tags.at(-1));
  const expected = upTo(nextSeq - 1).map((i) => `origin:${id}#${i + 1}`);
  assertEquals(origins.toSorted(), expected.toSorted());
});

Deno.test("a token that is refused ends the bridge", async () => {
  await using machine = new Machine();
  await using served = await Served.start({ token: "right" });
  served.local.pool("work");
  machine.filePool("file");
  const reference = `${served.url}/work`;
  for (const ends of [[reference, "file"], ["file", reference]]) {
    assertEquals((await failed(machine, 6, ...ends, "--token", "wrong")).kind, "Permission");
    const outcome = await machine.pls("bridge", ...ends, "--once", "--token", "right");
    assertEquals(outcome.code, 0, outcome.stderr);
  }
});

natsTest("neither record, summary nor errors show a password", async () => {
  const config = 'authorization { user: "ana", password: "sesame" }';
  await using locked = await NatsServer.start({ config });
  await using machine = new Machine();
  await machine.filePool("file").pool.appendMany(numbered(3));
  const withPassword = (word: string) => `nats://ana:${word}@${locked.address}/work`;
  const { summary } = await machine.copyNoticing("file", withPassword("sesame"), "--create");
  assertEquals(summary.to, `nats://${locked.address}/work`);
  assert(!Deno.readTextFileSync(machine.record).includes("sesame"));
  const { kind, ...told } = await failed(machine, 6, "file", withPassword("esame"));
  assertEquals(kind, "Permission");
  assert(!JSON.stringify(told).includes("esame"));
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
