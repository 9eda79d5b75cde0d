/**
 * What a tail promises: where it starts, order, filters, gaps, and how it ends. Deno's
 * sanitizers fail a test that leaves a watcher or a timer behind.
 *
 * @module
 */

import { type Gap, NotFoundError, type Pool, UsageError } from "@plasmite/pool";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { filledPool, offsetOf, spoil } from "./damage.ts";
import { collect, fill, overfilledPool, ScratchClient, seqs } from "./scratch.ts";

Deno.test("without a start a tail begins with the oldest retained message", async () => {
  using client = new ScratchClient();
  const pool = overfilledPool(client);
  const { oldest, newest } = pool.info().bounds!;
  const gaps: Gap[] = [];
  const got = await collect(
    pool.tail({ maxMessages: newest - oldest + 1, onGap: (gap) => gaps.push(gap) }),
  );
  assertEquals(seqs(got), Array.from({ length: newest - oldest + 1 }, (_, i) => oldest + i));
  assertEquals(gaps, []);
});

Deno.test("sinceSeq, last and since say where a tail starts", async () => {
  using client = new ScratchClient();
  using pool = client.pool("start");
  fill(pool, 20);
  const rest = async (options: Parameters<Pool["tail"]>[0]) =>
    seqs(await collect(pool.tail({ ...options, timeoutMs: 250 })));
  assertEquals(await rest({ sinceSeq: 18 }), [18, 19, 20]);
  assertEquals(await rest({ sinceSeq: 21 }), []);
  assertEquals(await rest({ last: 2 }), [19, 20]);
  assertEquals(await rest({ last: 0 }), []);
  assertEquals((await rest({ last: 1000 })).length, 20);
  assertEquals(await rest({ since: pool.get(17).time }), [17, 18, 19, 20]);
  assertEquals((await rest({ since: new Date(0) })).length, 20);
  assertEquals((await rest({ since: "1h" })).length, 20);
  assertEquals(await rest({ since: new Date(Date.now() + 60_000) }), []);
});

Deno.test("untilSeq ends a tail once all up to it was delivered or is known to be missing", async () => {
  using client = new ScratchClient();
  const pool = client.pool("until");
  fill(pool, 20);
  const until = async (options: Parameters<Pool["tail"]>[0]) =>
    seqs(await collect(pool.tail(options)));
  assertEquals(await until({ sinceSeq: 18, untilSeq: 19 }), [18, 19]);
  assertEquals(await until({ untilSeq: 2 }), [1, 2]);
  assertEquals(await until({ untilSeq: 0 }), []);
  assertEquals(await until({ last: 3, untilSeq: 20 }), [18, 19, 20]);
  assertEquals(await until({ sinceSeq: 30, untilSeq: 20 }), []);
  assertEquals(await until({ untilSeq: 20, tags: ["none"] }), []);
  assertThrows(() => pool.tail({ untilSeq: -1 }), UsageError);

  // One that is not there yet is waited for.
  const waiting = until({ sinceSeq: 20, untilSeq: 22 });
  fill(pool, 3);
  assertEquals(await waiting, [20, 21, 22]);
});

Deno.test("untilSeq tells of what is missing up to it, and ends", async () => {
  using client = new ScratchClient();
  const pool = overfilledPool(client);
  const { oldest } = pool.info().bounds!;
  const gaps: Gap[] = [];
  const options = { onGap: (gap: Gap) => gaps.push(gap) };
  assertEquals(await collect(pool.tail({ ...options, sinceSeq: 1, untilSeq: 2 })), []);
  assertEquals(gaps, [{ fromSeq: 1, toSeq: 2, count: 2, reason: "retention" }]);
  gaps.length = 0;
  const got = seqs(await collect(pool.tail({ ...options, sinceSeq: 1, untilSeq: oldest })));
  assertEquals(got, [oldest]);
  assertEquals(gaps.map(({ toSeq }) => toSeq), [oldest - 1]);
});

Deno.test("untilSeq ends a tail before damage that no message follows", async () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "damaged", 10);
  spoil(path, [offsetOf(path, '{"i":9') + 3]);
  using pool = client.openPool("damaged");
  const gaps: Gap[] = [];
  const got = await collect(pool.tail({ untilSeq: 10, onGap: (gap) => gaps.push(gap) }));
  assertEquals(seqs(got), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(gaps, [{ fromSeq: 10, toSeq: 10, count: 1, reason: "damage" }]);
});

Deno.test("every time is found, in pools with and without an index", async () => {
  for (const indexCapacity of [0, undefined]) {
    using client = new ScratchClient();
    client.createPool("times", { sizeBytes: 32 * 1024, indexCapacity });
    using pool = client.openPool("times");
    const sent = Array.from(
      { length: 500 },
      (_, i) => pool.append({ i, fill: "t".repeat(i % 90) }),
    );
    const { oldest } = pool.info().bounds!;
    for (let i = oldest - 1; i < 500; i += 7) {
      const [first] = await collect(pool.tail({ since: sent[i].time, maxMessages: 1 }));
      assertEquals(first.seq, sent[i].seq);
    }
  }
});

Deno.test("a sequence number that is not there yet is waited for", async () => {
  using client = new ScratchClient();
  using pool = client.pool("future");
  const waiting = collect(pool.tail({ sinceSeq: 3, maxMessages: 1 }));
  for (let i = 1; i <= 4; i++) pool.append(i);
  assertEquals(seqs(await waiting), [3]);
});

Deno.test("tags must all be there, and filters count towards last and maxMessages", async () => {
  using client = new ScratchClient();
  using pool = client.pool("tags");
  fill(pool, 5000);
  const found = async (options: Parameters<Pool["tail"]>[0]) =>
    seqs(await collect(pool.tail(options)));
  assertEquals(await found({ tags: ["third"], maxMessages: 3 }), [3, 6, 9]);
  assertEquals(await found({ tags: ["third", "n6"], maxMessages: 1 }), [6]);
  assertEquals(await found({ tags: ["third", "n7"], timeoutMs: 20 }), []);
  assertEquals(await found({ tags: ["third"], last: 2, maxMessages: 2 }), [4995, 4998]);
  assertEquals(await found({ tags: ["n3"], last: 5, maxMessages: 1 }), [3]);
  assertEquals(
    await found({ tags: ["third"], last: 1000, maxMessages: 1000 }),
    Array.from({ length: 1000 }, (_, i) => 2001 + 3 * i),
  );
});

Deno.test("where is jq on the envelope, and a missing key is null", async () => {
  using client = new ScratchClient();
  using pool = client.pool("where");
  fill(pool, 12);
  const found = async (...where: string[]) =>
    seqs(await collect(pool.tail({ where, timeoutMs: 100 })));
  assertEquals(await found(".data.i > 10"), [11, 12]);
  assertEquals(await found(".data.i > 3", '.meta.tags | index("third")!=null'), [6, 9, 12]);
  assertEquals((await found(".data.missing == null")).length, 12);
  assertEquals(await found("(.data.i | keys) == []"), []);
  assertEquals((await found('.data | keys == ["fill", "i"]')).length, 12);
  assertEquals(await found("false, .data.i == 4"), [4]);
  assertEquals(await found("empty"), []);
});

Deno.test("a filter that is no predicate is a usage error", async () => {
  using client = new ScratchClient();
  using pool = client.pool("bad");
  fill(pool, 1);
  await assertRejects(
    () => collect(pool.tail({ where: ".data.i" })),
    UsageError,
    "not true or false",
  );
  await assertRejects(
    () => collect(pool.tail({ where: ".data.i ==" })),
    UsageError,
    "not a jq expression",
  );
  await assertRejects(
    () => collect(pool.tail({ where: "nosuch(1)" })),
    UsageError,
    "not a jq expression",
  );
});

Deno.test("options that make no sense are refused at once", () => {
  using client = new ScratchClient();
  using pool = client.pool("odd");
  for (
    const options of [
      { sinceSeq: 1, last: 1 },
      { sinceSeq: -1 },
      { last: 1.5 },
      { maxMessages: NaN },
      { timeoutMs: -1 },
      { since: "soon" },
      { since: new Date(NaN) },
      { gapPolicy: "ignore" as "error" },
    ]
  ) assertThrows(() => pool.tail(options), UsageError);
});

Deno.test("cancelling is immediate, by return, by signal and by closing the pool", async () => {
  using client = new ScratchClient();
  const pool = client.pool("stop");
  const byReturn = pool.tail();
  const pending = byReturn.next();
  await byReturn.return!();
  assertEquals((await pending).done, true);

  const controller = new AbortController();
  const bySignal = pool.tail({ signal: controller.signal }).next();
  controller.abort();
  assertEquals((await bySignal).done, true);
  assertEquals((await pool.tail({ signal: AbortSignal.abort() }).next()).done, true);

  const byClose = pool.tail().next();
  // Let it get as far as waiting.
  await pool.tail({ timeoutMs: 20 }).next();
  pool.close();
  assertEquals((await byClose).done, true);
});

Deno.test("leaving a loop ends the tail", async () => {
  using client = new ScratchClient();
  using pool = client.pool("leave");
  fill(pool, 3);
  for await (const message of pool.tail()) {
    if (message.seq === 2) break;
  }
});

Deno.test("calls of next made at the same time are answered in order", async () => {
  using client = new ScratchClient();
  using pool = client.pool("ahead");
  const tail = pool.tail();
  const three = [tail.next(), tail.next(), tail.next()];
  fill(pool, 3);
  assertEquals((await Promise.all(three)).map((result) => result.value.seq), [1, 2, 3]);
  await tail.return!();
});

Deno.test("maxMessages 0 and timeoutMs 0 end at once", async () => {
  using client = new ScratchClient();
  using pool = client.pool("none");
  fill(pool, 3);
  assertEquals(await collect(pool.tail({ maxMessages: 0 })), []);
  assertEquals(await collect(pool.tail({ timeoutMs: 0 })), []);
});

Deno.test("a waiting tail sees what another handle appends, also through a link", async () => {
  using client = new ScratchClient();
  using writer = client.pool("wake");
  Deno.symlinkSync(writer.path, `${client.dir}/link.plasmite`);
  using reader = client.openPool("link");
  const tail = reader.tail();
  for (let i = 1; i <= 20; i++) {
    const next = tail.next();
    writer.append({ i });
    assertEquals((await next).value.seq, i);
  }
  await tail.return!();
});

Deno.test("a tail delivers everything when the system has no watcher to give", async () => {
  using client = new ScratchClient();
  using pool = client.pool("blind");
  const watchFs = Deno.watchFs;
  Deno.watchFs = () => {
    throw new Error("no watcher left");
  };
  try {
    const tail = pool.tail();
    for (let i = 1; i <= 3; i++) {
      const next = tail.next();
      setTimeout(() => pool.append({ i }), 1);
      assertEquals((await next).value.seq, i);
    }
    await tail.return!();
  } finally {
    Deno.watchFs = watchFs;
  }
});

Deno.test("all tails of a directory share one watcher", async () => {
  using client = new ScratchClient();
  const watchFs = Deno.watchFs;
  let watchers = 0;
  Deno.watchFs = (...args) => {
    watchers++;
    return watchFs(...args);
  };
  try {
    const pools = ["a", "b", "c"].map((name) => client.pool(name));
    const tails = pools.flatMap((pool) => [pool.tail(), pool.tail()]);
    const waiting = tails.map((tail) => tail.next());
    await pools[0].tail({ timeoutMs: 20 }).next();
    assertEquals(watchers, 1);
    for (const pool of pools) pool.append(1);
    assertEquals((await Promise.all(waiting)).map((result) => result.value.seq), [
      1,
      1,
      1,
      1,
      1,
      1,
    ]);
    await Promise.all(tails.map((tail) => tail.return!()));
  } finally {
    Deno.watchFs = watchFs;
  }
});

Deno.test("deleting or replacing a followed pool ends the tail with an error that says so", async () => {
  using client = new ScratchClient();
  const ways: [string, (path: string) => void][] = [
    ["deleted", () => client.deletePool("deleted")],
    ["removed", (path) => Deno.removeSync(path)],
    ["replaced", (path) => {
      client.createPool("other");
      Deno.renameSync(client.path("other"), path);
    }],
  ];
  for (const [name, goAway] of ways) {
    using pool = client.pool(name);
    const waiting = pool.tail().next();
    await pool.tail({ timeoutMs: 20 }).next();
    goAway(pool.path);
    const error = await assertRejects(() => waiting, NotFoundError, "deleted or replaced");
    assertEquals(error.path, pool.path);
  }
});

Deno.test("batches give the same messages, and their lines are the envelopes", async () => {
  using client = new ScratchClient();
  using pool = client.pool("lines");
  const sent = pool.appendMany([
    { data: { a: [1, "é"] }, tags: ["x", 'quo"te'] },
    { data: null },
    { data: "y".repeat(5000), tags: [] },
  ]);
  const decoder = new TextDecoder();
  for await (const batch of pool.tailBatches({ maxMessages: 3 })) {
    assertEquals(batch.length, 3);
    assertEquals(batch.messages().map((m) => m.envelope), sent.map((m) => m.envelope));
    assertEquals(decoder.decode(batch.jsonLines()), sent.map((m) => m.envelope + "\n").join(""));
    assertEquals(
      decoder.decode(batch.jsonLines({ dataOnly: true })),
      sent.map((m) => m.json + "\n").join(""),
    );
  }
});

Deno.test("a tail that always finds messages still lets timers run", async () => {
  using client = new ScratchClient();
  using pool = client.pool("busy");
  fill(pool, 2);
  let fired = false;
  setTimeout(() => fired = true, 1);
  for await (const _ of pool.tail()) {
    if (fired) break;
    pool.append("again");
  }
  assert(fired);
});

Deno.test("after an abort, a timeout or a close nothing more is delivered", async () => {
  using client = new ScratchClient();
  const pool = client.pool("over");
  fill(pool, 100);
  const controller = new AbortController();
  let seen = 0;
  for await (const _ of pool.tail({ signal: controller.signal })) {
    seen++;
    controller.abort();
  }
  assertEquals(seen, 1);
  seen = 0;
  for await (const _ of pool.tail()) {
    seen++;
    pool.close();
  }
  assertEquals(seen, 1);
});

Deno.test("a tail ended while it gives way leaves nothing behind", async () => {
  using client = new ScratchClient();
  for (const how of ["return", "close"]) {
    const pool = client.pool("way");
    const tail = pool.tailBatches();
    // Long enough for the tail to give way before it looks.
    const start = performance.now();
    while (performance.now() - start < 60);
    const pending = tail.next();
    for (let i = 0; i < 3; i++) await null;
    if (how === "return") await tail.return!();
    else pool.close();
    assertEquals((await pending).done, true);
    pool.close();
  }
});

Deno.test("closing a pool while a filter compiles ends the tail", async () => {
  using client = new ScratchClient();
  const pool = client.pool("compiling");
  fill(pool, 1);
  const pending = pool.tail({ last: 1, where: ".data.i == 1" }).next();
  pool.close();
  assertEquals((await pending).done, true);
});

Deno.test("messages that passed before a filter failed are delivered first", async () => {
  using client = new ScratchClient();
  using pool = client.pool("half");
  pool.appendMany([{ data: { ok: true } }, { data: { ok: true } }, { data: { ok: "yes" } }]);
  const tail = pool.tail({ where: ".data.ok" });
  assertEquals([(await tail.next()).value.seq, (await tail.next()).value.seq], [1, 2]);
  await assertRejects(() => tail.next(), UsageError);
});
