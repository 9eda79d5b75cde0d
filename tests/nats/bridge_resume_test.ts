/**
 * Where a bridge goes on: by the record, by the copies, and when one of them is gone or wrong.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { MessagePool } from "@plasmite/pool";
import { errorOf } from "../cli/pls.ts";
import { allOf, assertCopied, Machine, numbered, numbersOf, upTo } from "./bridge_world.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { Bare, newName } from "./world.ts";

const server = sharedServer();

natsTest("a stream that has given up all copies does not get them again", async () => {
  await using machine = new Machine();
  const source = machine.filePool("source");
  const name = newName();
  const { reference: to, pool } = await machine.natsPool(server(), name);
  await source.pool.appendMany(numbered(300));
  await machine.copy("source", to);
  await using bare = await Bare.connect(server(), name);
  await bare.manager.streams.purge(bare.stream);
  assertEquals((await machine.copy("source", to)).copied, 0);
  await source.pool.appendMany(numbered(2, 300));
  const { copied, resumed_at: resumedAt } = await machine.copy("source", to);
  assertEquals([copied, resumedAt], [2, 301]);
  assertEquals(numbersOf(await allOf(pool)), [300, 301]);
});

Deno.test("a file that has given up all copies does not get them again", async () => {
  await using machine = new Machine();
  const source = machine.filePool("source");
  const destination = machine.client.pool("destination", { sizeBytes: 65_536 });
  await source.pool.appendMany(numbered(20));
  assertEquals((await machine.copy("source", "destination")).dropped, 0);
  overwrite(destination);
  assertEquals((await machine.copy("source", "destination")).copied, 0);
  await source.pool.appendMany(numbered(1, 20));
  assertEquals((await machine.copy("source", "destination")).copied, 1);
});

/** Appends until nothing is left of what there was. */
function overwrite(pool: ReturnType<Machine["client"]["pool"]>): void {
  const { nextSeq } = pool.info();
  while (pool.info().bounds!.oldest < nextSeq) pool.append("o".repeat(1000));
}

Deno.test("without record and copies, all that is retained is copied", async () => {
  await using machine = new Machine();
  const source = machine.filePool("source");
  const destination = machine.client.pool("destination", { sizeBytes: 65_536 });
  await source.pool.appendMany(numbered(20));
  await machine.copy("source", "destination");
  overwrite(destination);
  Deno.removeSync(machine.records, { recursive: true });
  const { copied, resumed_at: resumedAt } = await machine.copy("source", "destination");
  assertEquals([copied, resumedAt], [20, null]);
});

Deno.test("copies among many other messages are found", async () => {
  await using machine = new Machine();
  const source = machine.filePool("source");
  const destination = await machine.servedPool("destination");
  const others = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ data: i, tags: ["origin:elsewhere#9"] }));
  await source.pool.appendMany(numbered(30));
  await machine.copy("source", destination.reference);
  // More than are looked at in the first steps back.
  for (let i = 0; i < 3; i++) await destination.pool.appendMany(others(1000));
  await source.pool.appendMany(numbered(3, 30));
  Deno.removeSync(machine.records, { recursive: true });
  const { copied, resumed_at: resumedAt } = await machine.copy("source", destination.reference);
  assertEquals([copied, resumedAt], [3, 31]);
});

Deno.test("a copy that is missing among the newest is made", async () => {
  await using machine = new Machine();
  const source = machine.filePool("source");
  const destination = machine.filePool("destination");
  await source.pool.appendMany(numbered(600));
  const { id } = await source.pool.info();
  // As a change of leader on NATS leaves it.
  const copies = numbered(600).map((input, i) => ({
    ...input,
    tags: [...input.tags ?? [], `origin:${id}#${i + 1}`],
  }));
  await destination.pool.appendMany(copies.filter((_, i) => i !== 250));
  assertEquals((await machine.copy("source", "destination")).copied, 1);
  const numbers = numbersOf(await allOf(destination.pool));
  assertEquals(numbers.at(-1), 250);
  assertEquals(numbers.toSorted((a, b) => a - b), upTo(600));
});

Deno.test("messages that the source has given up are told of", async () => {
  await using machine = new Machine();
  const source = machine.client.pool("source", { sizeBytes: 65_536 });
  const destination = machine.filePool("destination");
  source.appendMany(numbered(5));
  await machine.copy("source", "destination");
  source.appendMany(numbered(1000, 5));
  const oldest = source.info().bounds!.oldest;
  assert(oldest > 6);
  const { summary, notices } = await machine.copyNoticing("source", "destination");
  const missing = oldest - 6;
  assertEquals(summary.missing, missing);
  assertEquals([summary.copied, summary.first_seq], [1000 - missing, oldest]);
  assertEquals(notices.map(({ kind, pool }) => [kind, pool]), [["drop", "source"]]);
  const { last_seen_seq, next_seen_seq, dropped_count } = notices[0].details;
  assertEquals([last_seen_seq, next_seen_seq, dropped_count], [5, oldest, missing]);
  assertEquals(numbersOf(await allOf(destination.pool)).slice(0, 6), [0, 1, 2, 3, 4, oldest - 1]);
  // What was told once, or was copied, is not told of again.
  source.appendMany(numbered(1000, 1005));
  const next = await machine.copyNoticing("source", "destination");
  assertEquals(next.notices[0].details.last_seen_seq, 1005);
});

Deno.test("a damaged record is told of, and the copies tell", async () => {
  for (const text of ["", "{", "[]", '{"seq":"9"}', '{"seq":9,"copied_seq":1}']) {
    await using machine = new Machine();
    const source = machine.filePool("source");
    const destination = machine.filePool("destination");
    await source.pool.appendMany(numbered(10));
    await machine.copy("source", "destination");
    const path = machine.record;
    Deno.writeTextFileSync(path, text);
    await source.pool.appendMany(numbered(5, 10));
    const { summary, notices } = await machine.copyNoticing("source", "destination");
    assertEquals([summary.copied, summary.resumed_at], [5, 11]);
    assertEquals(notices.map(({ kind, details }) => [kind, details]), [
      ["record", { path, copied_seq: 10 }],
    ]);
    await assertCopied(source.pool, destination.pool);
    assertEquals((await machine.copy("source", "destination")).copied, 0);
  }
});

Deno.test("with a damaged record and no copies, nothing is copied that may have been before", async () => {
  await using machine = new Machine();
  const source = machine.filePool("source");
  const destination = machine.client.pool("destination", { sizeBytes: 65_536 });
  await source.pool.appendMany(numbered(20));
  await machine.copy("source", "destination");
  overwrite(destination);
  const path = machine.record;
  Deno.writeTextFileSync(path, "{");
  const { code, stderr } = await machine.pls("bridge", "source", "destination", "--once");
  const { kind, path: shownPath, hint } = errorOf(stderr);
  assertEquals([code, kind, shownPath], [7, "Corrupt", path]);
  assertStringIncludes(hint, "Remove the file");
  Deno.removeSync(path);
  assertEquals((await machine.copy("source", "destination")).copied, 20);
});

Deno.test("where no record can be kept, that is told before anything is copied", async () => {
  await using machine = new Machine();
  await machine.filePool("source").pool.appendMany(numbered(20));
  const destination = machine.filePool("destination");
  Deno.mkdirSync(`${machine.dir}/.plasmite`);
  Deno.writeTextFileSync(machine.records, "");
  const { code, stderr } = await machine.pls("bridge", "source", "destination", "--once");
  assertEquals(code, 8, stderr);
  assertStringIncludes(errorOf(stderr).path ?? "", machine.records);
  assertEquals((await destination.pool.info()).nextSeq, 1);
});

Deno.test("a record is for its owner alone", async () => {
  await using machine = new Machine();
  machine.filePool("source");
  machine.filePool("destination");
  await machine.copy("source", "destination");
  assertEquals(Deno.statSync(machine.records).mode! & 0o777, 0o700);
  assertEquals(Deno.statSync(machine.record).mode! & 0o777, 0o600);
});

/** Calls `work`, after which the file of the pool `name` is as it was before. */
async function putBack(machine: Machine, name: string, work: () => Promise<unknown>) {
  const path = `${machine.pools}/${name}.plasmite`;
  const copy = `${machine.dir}/${name}.backup`;
  Deno.copyFileSync(path, copy);
  await work();
  Deno.copyFileSync(copy, path);
}

Deno.test("a destination that was put back gets what it lacks, and that is told", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  machine.filePool("destination");
  await pool.appendMany(numbered(10));
  await machine.copy("source", "destination");
  await putBack(machine, "destination", async () => {
    await pool.appendMany(numbered(10, 10));
    await machine.copy("source", "destination");
  });
  const { summary, notices } = await machine.copyNoticing("source", "destination");
  assertEquals([summary.copied, summary.resumed_at], [10, 11]);
  assertEquals(notices.map(({ kind, pool }) => [kind, pool]), [["loss", "destination"]]);
  assertMatch(notices[0].message, /^message 20 was copied to it as 20, and is not there/);
  await assertCopied(pool, reopened(machine, "destination"));
});

Deno.test("of a source that was put back, what comes is copied, and that is told", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  machine.filePool("destination");
  await pool.appendMany(numbered(10));
  await putBack(machine, "source", async () => {
    await pool.appendMany(numbered(10, 10));
    await machine.copy("source", "destination");
  });
  const { summary, notices } = await machine.copyNoticing("source", "destination");
  assertEquals(summary.copied, 0);
  assertEquals(notices.map(({ kind, pool }) => [kind, pool]), [["loss", "source"]]);
  await reopened(machine, "source").appendMany(numbered(5, 100));
  assertEquals((await machine.copy("source", "destination")).copied, 5);
  const expected = [...upTo(20), 100, 101, 102, 103, 104];
  assertEquals(numbersOf(await allOf(reopened(machine, "destination"))), expected);
});

/** The pool as a program that starts now sees it. */
function reopened(machine: Machine, name: string): MessagePool {
  return machine.client.openPool(name);
}

Deno.test("bridges that select otherwise don't disturb one another", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  const destination = machine.filePool("destination");
  const odd = [".data.i % 2 == 1"].flatMap((text) => ["--where", text]);
  await pool.appendMany(numbered(10));
  assertEquals((await machine.copy("source", "destination", "--tag", "even")).copied, 5);
  // Where this one is to begin can't be told from the copies of the other.
  const { code, stderr } = await machine.pls("bridge", "source", "destination", ...odd);
  const { kind, hint } = errorOf(stderr);
  assertEquals([code, kind], [2, "Usage"]);
  assertStringIncludes(hint, "--from-seq 10,");
  const first = await machine.copy("source", "destination", ...odd, "--from-seq", "3");
  assertEquals([first.copied, first.first_seq, first.resumed_at], [4, 4, null]);
  await pool.appendMany(numbered(10, 10));
  assertEquals((await machine.copy("source", "destination", ...odd)).first_seq, 12);
  await pool.appendMany(numbered(2, 20));
  Deno.removeSync(machine.records, { recursive: true });
  const even = await machine.copy("source", "destination", "--tag", "even");
  assertEquals([even.first_seq, even.copied], [11, 6]);
  assertEquals((await machine.copy("source", "destination", ...odd)).copied, 1);
  const numbers = numbersOf(await allOf(destination.pool)).toSorted((a, b) => a - b);
  assertEquals(numbers, upTo(22).filter((n) => n !== 1));
});

Deno.test("with --from-now, what comes from the first start on is copied, whatever ends it", async () => {
  await using machine = new Machine();
  const { pool } = machine.filePool("source");
  const destination = machine.filePool("destination");
  await pool.appendMany(numbered(10));
  const running = await machine.mirror("source", "destination", "--from-now");
  running.signal("SIGKILL");
  await running.status();
  await pool.appendMany(numbered(5, 10));
  const { copied, resumed_at: resumedAt } = await machine.copy("source", "destination");
  assertEquals([copied, resumedAt], [5, 11]);
  assertEquals(numbersOf(await allOf(destination.pool)), [10, 11, 12, 13, 14]);
});
