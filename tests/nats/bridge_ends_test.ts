/**
 * What ends a bridge that runs: pools that are replaced, and credentials that are refused.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Served } from "../remote/served.ts";
import { eventually } from "../server/eventually.ts";
import { allOf, failed, failureOf, Machine, numbered, numbersOf, upTo } from "./bridge_world.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { newName } from "./world.ts";

const server = sharedServer();

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
