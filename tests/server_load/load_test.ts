/**
 * A server with many clients, some of which behave badly. How it takes many appends for long
 * is a torture: see load.ts.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import { Client } from "@plasmite/pool";
import { Connection } from "./connection.ts";
import { eventually } from "../server/eventually.ts";
import { Server } from "./server.ts";

const SMALL_BYTES = 1 << 20;
/** Files that are open for a reason of the runtime's. */
const FILES_MORE = 4;
const isLinux = Deno.build.os === "linux";

function fill({ dir }: Server, count: number, fillBytes = 0): void {
  using client = new Client({ dir });
  using pool = client.openPool("load");
  const text = "x".repeat(fillBytes);
  pool.appendMany(Array.from({ length: count }, (_, number) => ({ data: { number, text } })));
}

Deno.test("200 tails at once each get every message, in order", async () => {
  const tails = 200;
  const messages = 100;
  const limits = ["--max-tail-concurrency", `${tails}`, "--max-connections", `${tails + 10}`];
  await using server = await Server.start({ sizeBytes: SMALL_BYTES }, limits);
  const url = new URL(`/v0/pools/load/tail?since_seq=1&max=${messages}`, server.url);
  const answers = await Promise.all(Array.from({ length: tails }, () => fetch(url)));
  assertEquals(new Set(answers.map(({ status }) => status)), new Set([200]));
  assertEquals(await server.metric("plasmite_tails"), tails);
  const refused = await fetch(url);
  assertEquals([refused.status, (await refused.json()).error.kind], [423, "Busy"]);
  for (let number = 0; number < messages; number += 10) fill(server, 10);
  const expected = Array.from({ length: messages }, (_, number) => number + 1);
  for (const answer of answers) {
    const lines = (await answer.text()).trimEnd().split("\n");
    assertEquals(lines.map((line) => JSON.parse(line).seq), expected);
  }
  await eventually("free places", async () => await server.metric("plasmite_tails") === 0);
  assertEquals(server.complaints, "");
});

Deno.test("readers who do not read cost little and hold up nobody", async () => {
  const slowReaders = 40;
  const messages = 16_000;
  const limits = ["--max-tail-concurrency", `${slowReaders + 1}`];
  await using server = await Server.start({ sizeBytes: 32 << 20 }, limits);
  fill(server, messages, 1000);
  const memory = isLinux ? server.residentMiB : 0;
  await using slow = new AsyncDisposableStack();
  for (let i = 0; i < slowReaders; i++) {
    const connection = slow.adopt(await Connection.to(server.url), (it) => it[Symbol.dispose]());
    assertEquals(await connection.tail("?since_seq=1"), 200);
  }
  const url = new URL(`/v0/pools/load/tail?since_seq=1&max=${messages + 1}`, server.url);
  const reading = fetch(url).then((answer) => answer.text());
  using writer = await Connection.to(server.url);
  assertEquals((await writer.append("of another one")).status, 200);
  assertEquals((await reading).trimEnd().split("\n").length, messages + 1);
  await eventually(
    "slow readers",
    async () => await server.metric("plasmite_tails") === slowReaders,
  );
  // Not all that they could have read: 16 MiB each.
  if (isLinux) assertLess(server.residentMiB, memory + slowReaders * 8);
  await slow.disposeAsync();
  await eventually("free places", async () => await server.metric("plasmite_tails") === 0);
  assertEquals(server.complaints, "");
});

Deno.test("clients that vanish in the middle leave nothing behind", async () => {
  const places = 4;
  const limits = ["--max-tail-concurrency", `${places}`, "--max-connections", "32"];
  await using server = await Server.start({ sizeBytes: 32 << 20 }, limits);
  fill(server, 16_000, 1000);
  const vanishing: ((connection: Connection) => Promise<unknown>)[] = [
    (connection) => connection.tail("?last=0"),
    (connection) => connection.tail("?since_seq=1"),
    (connection) => connection.send("GET /v0/pools/load/tail HT"),
    (connection) => connection.send(`${connection.postHead(1000)}{"data":`),
    // Without a look at the answer.
    (connection) => connection.send(`${connection.postHead(10)}{"data":1}`),
  ];
  let filesAtMost: number | undefined;
  for (const vanish of vanishing) {
    // More than there are places: those of the first ones have to be free again.
    for (let i = 0; i < 3 * places; i++) {
      using connection = await Connection.to(server.url);
      await vanish(connection);
    }
    await eventually("free places", async () => await server.metric("plasmite_tails") === 0);
    await eventually(
      "free operations",
      async () => await server.metric("plasmite_operations") === 0,
    );
    using connection = await Connection.to(server.url);
    assertEquals((await connection.append("of one who stays")).status, 200);
    assertEquals(await connection.tail("?last=0"), 200);
    if (!isLinux) continue;
    // By now it has opened what it keeps open.
    const files = filesAtMost ??= server.openFiles + FILES_MORE;
    await eventually("connections that end", () => server.openFiles <= files);
  }
  assertEquals(server.complaints, "");
});
