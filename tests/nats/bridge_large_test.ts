/**
 * What a destination has no room for, or does not take.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { JsonText, type MessageInput } from "@plasmite/pool";
import { Served } from "../remote/served.ts";
import { eventually } from "../server/eventually.ts";
import { allOf, assertCopied, failed, Machine, numbered, numbersOf, upTo } from "./bridge_world.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { Bare, newName } from "./world.ts";

const server = sharedServer();

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
