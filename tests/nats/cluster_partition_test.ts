import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { PATIENCE_MS } from "../../nats/link.ts";
import { Child } from "../process/child.ts";
import { clusterTest, sceneTest } from "./cluster/cluster_tests.ts";
import type { Outcome } from "./cluster/operator.ts";
import { AGREEING_VERSION } from "./cluster/inspector.ts";
import { awaited } from "./cluster/patience.ts";
import { PARTITION } from "./cluster/scenes.ts";
import { Place, POOL } from "./cluster/world.ts";

/** How much longer than the documented patience a call may take here. */
const MARGIN_MS = 10_000;

/** Whose messages the one who is cut off appends. */
const WRITER = 1;

sceneTest(PARTITION);

clusterTest(
  "a client of a server that is cut off is told so in time, and can send again by hand later",
  { isPartitionable: true },
  async () => {
    // Each on a cluster of its own; most of it is waiting.
    await Promise.all([cutOff("leader"), cutOff("follower")]);
  },
);

/** Cuts a server off together with a client of it. */
async function cutOff(role: "leader" | "follower"): Promise<void> {
  await using place = await Place.start({ isPartitionable: true });
  const { cluster, inspector, namespaces } = place;
  const leader = await inspector.leader();
  const index = cluster.nodes.findIndex((node) => (node.name === leader) === (role === "leader"));
  const { name, url } = cluster.nodes[index];
  await using operator = startOperator(namespaces.prefix(index), url);
  await operator.ready();
  assertEquals((await order(operator, ["append 1 1"]))[0].seq, 1);

  namespaces.cut(index);
  const atOnce = order(operator, ["append 1 2", "get 1", "info"]);
  await inspector.misses(`${name}`);
  const later = order(operator, ["append 1 3", "get 2", "info 2"]);
  const outcomes = (await Promise.all([atOnce, later])).flat();
  for (const outcome of outcomes) checkPatience(outcome, role);
  const failed = outcomes.filter(({ order }) => order.startsWith("append"));
  for (const { error } of failed) assertNotEquals(error, undefined, "it can't be appended");

  namespaces.heal(index);
  await inspector.current();
  // What the server still had for the others has come to them before this.
  const [next] = await order(operator, ["append 1 4"]);
  assertNotEquals(next.seq, undefined, next.error?.message);
  for (const { order: again, error } of failed) {
    const count = await countOf(place, again);
    if (error?.kind === "Busy") assertEquals(count, 0, `${again} was told not to be appended`);
    if (count > 0) continue;
    const [{ seq, error: another }] = await order(operator, [`${again} again`]);
    assertNotEquals(seq, undefined, another?.message);
  }
  await inspector.current();
  for (const { order: again } of failed) assertEquals(await countOf(place, again), 1, again);
}

function startOperator(prefix: readonly string[], url: string): Child {
  const script = import.meta.resolve("./cluster/operator.ts");
  const access = ["--allow-net", "--allow-read", "--allow-env"];
  const args = ["run", "--quiet", "--no-prompt", ...access, script, url, POOL];
  const [command, ...before] = [...prefix, Deno.execPath()];
  return new Child(command, { args: [...before, ...args], env: { NO_COLOR: "1" } });
}

/** Has all of it done at once, each for the first time, and waits until it is. */
async function order(operator: Child, orders: readonly string[]): Promise<Outcome[]> {
  await operator.send(orders.join("\n"));
  return await Promise.all(orders.map((wanted) => {
    return awaited(`${wanted} ended`, () => {
      if (!operator.running) throw new Error(operator.stderr.text);
      const outcomes = operator.stdout.lines.slice(1).map((line): Outcome => JSON.parse(line));
      return outcomes.find((outcome) => outcome.order === wanted);
    });
  }));
}

/** A call ends in time: well, or with an error that says that it is the servers' fault. */
function checkPatience({ order, ms, error }: Outcome, role: string): void {
  const what = `${order} at the ${role}`;
  assert(ms <= PATIENCE_MS + MARGIN_MS, `${what} took ${ms} ms: ${error?.message}`);
  // A leader does not know yet that it is none, and has no message 2.
  if (error === undefined || order === "get 2" && error.kind === "NotFound") return;
  assert(["Busy", "Io"].includes(error.kind), `${what}: ${error.kind}: ${error.message}`);
  assertNotEquals(error.hint, undefined, `${what}: no hint beside ${error.message}`);
}

/** How often the message that `append WRITER COUNTER` appends is stored, which all agree on. */
async function countOf({ inspector }: Place, append: string): Promise<number> {
  const counter = Number(append.split(" ")[2]);
  const counts = new Map<string, number>();
  for (const [node, messages] of await inspector.replicas()) {
    const found = messages.map(({ text }) => JSON.parse(text));
    const own = found.filter((one) => one.writer === WRITER && one.counter === counter);
    counts.set(node, own.length);
  }
  const leader = counts.get(await inspector.leader()) ?? NaN;
  if (inspector.isAtLeast(AGREEING_VERSION)) {
    assertEquals([...counts.values()], [leader, leader, leader], `the servers disagree: ${append}`);
  }
  return leader;
}
