/**
 * How much memory a reader takes that is slower than what it reads from: in a process of its own,
 * as its memory counts.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";
import { assert, assertEquals } from "@std/assert";
import { Child } from "../process/child.ts";
import { natsTest, sharedServer } from "./nats_server.ts";

const server = sharedServer();

const MIB = 2 ** 20;

/** What the reader says at its end, in bytes where it is not messages. */
interface Report {
  messages: number;
  bytes: number;
  /** By how much its resident memory grew while it waited, and in all. */
  waitingGrowth: number;
  residentGrowth: number;
  /** What it held towards the end beside garbage. */
  retained: number;
}

/** Has a process of its own read the pool `name` slowly, and fails if that takes much memory. */
async function readSlowly(name: string, untilSeq: number, how: string): Promise<Report> {
  const script = import.meta.dirname + "/slow_reader.ts";
  const args = [server().url, name, String(untilSeq), how];
  await using reader = Child.deno(script, ["--allow-all"], args);
  const code = await reader.exit();
  assertEquals([code, reader.stderr.text], [0, ""]);
  const report: Report = JSON.parse(reader.stdout.text);
  const [waiting, retained, resident] = [
    report.waitingGrowth,
    report.retained,
    report.residentGrowth,
  ].map((bytes) => Math.round(bytes / MIB));
  const found = `${name}, ${how}: ${waiting} MiB while waiting, ${retained} MiB held, ` +
    `${resident} MiB resident`;
  console.log(found);
  assertEquals(report.messages, untilSeq);
  assert(waiting < 80 && retained < 100 && resident < 350, found);
  return report;
}

natsTest("a slow reader of 300 MiB holds a fraction of that", async () => {
  await using client = connect(server().url);
  const pool = await client.pool("large", { sizeBytes: 2 ** 29 });
  const data = "x".repeat(100 * 1024);
  const [count, at] = [3072, 256];
  for (let i = 0; i < count; i += at) await pool.appendMany(Array(at).fill({ data }));
  for (const how of ["messages", "lines"]) {
    const { bytes } = await readSlowly("large", count, how);
    assert(bytes > 300 * MIB);
  }
});

natsTest("a slow reader of many small messages holds no more", async () => {
  await using client = connect(server().url);
  const pool = await client.pool("small", { sizeBytes: 2 ** 28 });
  const [count, at] = [80_000, 10_000];
  for (let i = 0; i < count; i += at) await pool.appendMany(Array(at).fill({ data: i }));
  await readSlowly("small", count, "messages");
});
