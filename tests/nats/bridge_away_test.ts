/**
 * A bridge waits while one of its pools is away, and then loses and doubles nothing.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { MessagePool } from "@plasmite/pool";
import type { Running } from "../cli/pls.ts";
import { CuttingProxy } from "../remote/proxy.ts";
import { Served } from "../remote/served.ts";
import { eventually } from "../server/eventually.ts";
import {
  assertCopied,
  Machine,
  numbered,
  stopped,
  summaryOf,
  type ToldNotice,
} from "./bridge_world.ts";
import { freePort, NatsServer, natsTest } from "./nats_server.ts";

const MESSAGES = 30_000;

async function fill(pool: MessagePool): Promise<void> {
  for (let i = 0; i < MESSAGES; i += 2000) await pool.appendMany(numbered(2000, i));
}

/** Waits until there are `count` messages. */
function arrival(pool: MessagePool, count: number): Promise<void> {
  return eventually(`${count} messages are there`, async () => {
    return (await pool.info()).nextSeq > count;
  });
}

async function nextNotice(running: Running): Promise<ToldNotice> {
  return JSON.parse(await running.stderr.next() ?? "").notice;
}

/** Waits for the end of a bridge that copies once. */
async function copiedCount(running: Running): Promise<number> {
  const { code } = await running.status();
  assertEquals(code, 0, await running.stderr.next());
  return summaryOf(await running.stdout.next()).copied;
}

for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  natsTest(
    `a server that copies go to may end by ${signal} in the middle, and come back`,
    async () => {
      await using server = await NatsServer.start();
      await using machine = new Machine();
      const source = machine.filePool("source");
      const destination = await machine.natsPool(server, "destination");
      await fill(source.pool);
      const running = machine.start("bridge", "source", destination.reference, "--once");
      for (const count of [1, 8000, 16_000]) {
        await arrival(destination.pool, count);
        await server.kill(signal);
        await server.startAgain();
      }
      await copiedCount(running);
      await assertCopied(source.pool, destination.pool);
    },
  );

  natsTest(
    `a server that messages come from may end by ${signal} in the middle, and come back`,
    async () => {
      await using server = await NatsServer.start();
      await using machine = new Machine();
      const source = await machine.natsPool(server, "source");
      const destination = machine.filePool("destination");
      await fill(source.pool);
      const running = machine.start("bridge", source.reference, "destination", "--once");
      for (const count of [1, 8000]) {
        await arrival(destination.pool, count);
        await server.kill(signal);
        await server.startAgain();
      }
      assertEquals(await copiedCount(running), MESSAGES);
      await assertCopied(source.pool, destination.pool);
    },
  );
}

/** A real `pls serve` at a port that it keeps, in the pool directory of a machine. */
class ServingAgain implements AsyncDisposable {
  readonly url: string;
  readonly #machine: Machine;
  readonly #address: string;
  #running: Running | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#address = `127.0.0.1:${freePort()}`;
    this.url = `http://${this.#address}`;
  }

  async start(): Promise<void> {
    this.#running = this.#machine.start("serve", "--bind", this.#address);
    await eventually("the server answers", () => this.#answers());
  }

  async kill(): Promise<void> {
    await this.#running?.end();
    this.#running = undefined;
  }

  async #answers(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/healthz`);
      await response.body?.cancel();
      return response.ok;
    } catch {
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

Deno.test("a `pls serve` that copies go to may be killed in the middle, and come back", async () => {
  await using machine = new Machine();
  await using serving = new ServingAgain(machine);
  const source = machine.filePool("source");
  const destination = machine.filePool("destination");
  await fill(source.pool);
  await serving.start();
  const running = machine.start("bridge", "source", `${serving.url}/destination`, "--once");
  for (const count of [1, 15_000]) {
    await arrival(destination.pool, count);
    await serving.kill();
    const { kind, cmd, pool, details } = await nextNotice(running);
    assertEquals([kind, cmd, pool], ["reconnect", "bridge", `${serving.url}/destination`]);
    assertEquals(details.error_kind, "Io");
    if (count === 1) assertEquals(details.attempt, 1);
    await serving.start();
  }
  await copiedCount(running);
  await assertCopied(source.pool, destination.pool, { keepsTimes: false });
});

Deno.test("a `pls serve` that messages come from may be killed in the middle, and come back", async () => {
  await using machine = new Machine();
  await using serving = new ServingAgain(machine);
  const source = machine.filePool("source");
  const destination = machine.filePool("destination");
  await fill(source.pool);
  await serving.start();
  const running = machine.start("bridge", `${serving.url}/source`, "destination", "--once");
  await arrival(destination.pool, 1);
  await serving.kill();
  await serving.start();
  assertEquals(await copiedCount(running), MESSAGES);
  await assertCopied(source.pool, destination.pool);
});

Deno.test("an append whose answer was lost is looked for before it is made again", async () => {
  await using served = await Served.start();
  await using proxy = new CuttingProxy(served.port);
  await using machine = new Machine();
  const source = machine.filePool("source");
  const destination = served.local.pool("destination", { sizeBytes: 8 * 1024 * 1024 });
  await source.pool.appendMany(numbered(10));
  const running = await machine.mirror("source", `${proxy.url}/destination`);
  await arrival(destination, 10);
  for (let round = 1; round <= 5; round++) {
    const cuts = proxy.cuts;
    proxy.cut = { afterBytes: 1 };
    proxy.breakAll();
    await source.pool.appendMany(numbered(100, round * 100));
    await eventually("an answer is lost", () => proxy.cuts > cuts);
    const { kind, message } = await nextNotice(running);
    assertEquals(kind, "reconnect");
    assertMatch(
      message,
      /^(the answer of .* to an append was lost|lost the connection to .*|can't connect to .*); trying again in \d\.\d s$/,
    );
    proxy.cut = undefined;
    await source.pool.appendMany(numbered(10, round * 100));
    await arrival(destination, 10 + round * 110);
  }
  running.signal("SIGINT");
  await running.status();
  await assertCopied(source.pool, destination, { keepsTimes: false });
});

Deno.test("a bridge that waits ends when it is interrupted, and goes on the next time", async () => {
  await using machine = new Machine();
  await using served = await Served.start();
  const source = machine.filePool("source");
  const away = served.local.pool("away");
  await source.pool.appendMany(numbered(10));
  const running = await machine.mirror("source", `${served.url}/away`);
  await arrival(away, 10);
  await served.stop();
  await source.pool.appendMany(numbered(5, 10));
  assertEquals((await nextNotice(running)).kind, "reconnect");
  const { copied, next_seq: nextSeq } = await stopped(running, "SIGTERM");
  assertEquals([copied, nextSeq], [10, 11]);
  await served.startAgain();
  const { copied: later } = await machine.copy("source", `${served.url}/away`);
  assertEquals(later, 5);
});

Deno.test("what waits until a pool is back does not count as copied, should the bridge be killed", async () => {
  await using machine = new Machine();
  await using served = await Served.start();
  const source = machine.filePool("source");
  const away = served.local.pool("away");
  await source.pool.appendMany(numbered(10));
  const running = await machine.mirror("source", `${served.url}/away`);
  await arrival(away, 10);
  await served.stop();
  await source.pool.appendMany(numbered(5, 10));
  // By then it has written down how far it is, more than once.
  while ((await nextNotice(running)).details.attempt !== 5);
  running.signal("SIGKILL");
  await running.status();
  await served.startAgain();
  assertEquals((await machine.copy("source", `${served.url}/away`)).copied, 5);
  await assertCopied(source.pool, away, { keepsTimes: false });
});

Deno.test("a move that is interrupted is not taken for one that is done", async () => {
  await using machine = new Machine();
  await using served = await Served.start();
  const source = machine.filePool("source");
  const away = served.local.pool("away", { sizeBytes: 64 * 1024 * 1024 });
  await fill(source.pool);
  const running = machine.start("bridge", "source", `${served.url}/away`, "--once");
  await arrival(away, 1);
  await served.stop();
  assertEquals((await nextNotice(running)).kind, "reconnect");
  running.signal("SIGINT");
  assertEquals((await running.status()).code, 130);
});

Deno.test("a server that is away at the start is told of at once", async () => {
  await using machine = new Machine();
  machine.filePool("source");
  const gone = `nats://127.0.0.1:${freePort()}/work`;
  for (const [from, to] of [["source", gone], [gone, "source"]]) {
    const { code, stderr } = await machine.pls("bridge", from, to);
    assertEquals(code, 8);
    assertMatch(JSON.parse(stderr).error.message, /^can't connect to nats:/);
  }
});
