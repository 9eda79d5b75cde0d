/**
 * Moving a pool to a cluster, and mirroring one from there, while its leader is killed.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { connect } from "@plasmite/pool/nats";
import { eventually } from "../server/eventually.ts";
import { allOf, Machine, numbered, numbersOf, summaryOf, upTo } from "./bridge_world.ts";
import { Cluster } from "./cluster/cluster.ts";
import { natsTest } from "./nats_server.ts";
import { Bare } from "./world.ts";

const MESSAGES = 20_000;

natsTest("a bridge to a cluster, and one from there, outlive its leader", async () => {
  await using cluster = await Cluster.start();
  await using machine = new Machine();
  const source = machine.filePool("source");
  const copies = machine.filePool("copies");
  for (let i = 0; i < MESSAGES; i += 2000) await source.pool.appendMany(numbered(2000, i));
  await using client = connect(cluster.url);
  await client.createPool("work", { sizeBytes: 64 * 1024 * 1024, replicas: 3 });
  const pool = await client.openPool("work");
  const reference = `${cluster.url}/work`;
  const there = machine.start("bridge", "source", reference, "--once");
  const back = machine.start("bridge", reference, "copies");
  await eventually("it copies", async () => (await pool.info()).nextSeq > 1000);
  const leader = cluster.node(await leaderOf(cluster));
  await leader.kill();
  await leader.startAgain();
  assertEquals((await there.status()).code, 0, await there.stderr.next());
  assertEquals(summaryOf(await there.stdout.next()).next_seq, MESSAGES + 1);
  await eventually("all are back", async () => (await copies.pool.info()).nextSeq > MESSAGES);
  back.signal("SIGINT");
  assertEquals((await back.status()).code, 0);
  // A change of leader may cost the order of what was under way, and nothing else.
  for (const end of [pool, copies.pool]) {
    const numbers = numbersOf(await allOf(end));
    assertEquals(numbers.length, MESSAGES);
    assertEquals(numbers.toSorted((a, b) => a - b), upTo(MESSAGES));
  }
});

async function leaderOf(cluster: Cluster): Promise<string> {
  await using bare = await Bare.connect(cluster.nodes[0], "work");
  const { cluster: state } = await bare.manager.streams.info(bare.stream);
  if (state?.leader === undefined) throw new Error("the stream has no leader");
  return state.leader;
}
