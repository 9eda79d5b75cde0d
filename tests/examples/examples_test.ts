/**
 * Every example does what its header says, run as a user would run it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Child } from "../process/child.ts";
import { Stage } from "../process/stage.ts";

const EXAMPLES = `${import.meta.dirname}/../../examples`;

/** Starts an example with the permissions its header gives it. */
function start(stage: Stage, name: string, ...args: string[]): Child {
  const path = `${EXAMPLES}/${name}`;
  if (name.endsWith(".sh")) return stage.start(path, args);
  const permissions = Deno.readTextFileSync(path).match(/deno run (.*) examples\//)![1].split(" ");
  return stage.start(Deno.execPath(), [
    "run",
    "--quiet",
    "--no-prompt",
    ...permissions,
    path,
    ...args,
  ]);
}

async function run(stage: Stage, name: string, ...args: string[]): Promise<string> {
  const child = start(stage, name, ...args);
  assertEquals(await child.exit(), 0, child.stderr.text);
  return child.stdout.text;
}

function untilLines(child: Child, count: number): Promise<string> {
  return child.stdout.until(() => child.stdout.lines.length >= count, `${count} lines`);
}

Deno.test("produce and consume: work sent before and after is consumed in order", async () => {
  await using stage = await Stage.open();
  assertMatch(await run(stage, "produce.ts", "cat.png"), /^sent 1 at \d{4}-/);
  const consumer = start(stage, "consume.ts");
  await untilLines(consumer, 1);
  assertMatch(await run(stage, "produce.ts", "dog.png"), /^sent 2 at /);
  assertEquals(
    await untilLines(consumer, 2),
    '1 [ "image" ] { task: "thumbnail", file: "cat.png" }\n' +
      '2 [ "image" ] { task: "thumbnail", file: "dog.png" }\n',
  );
});

Deno.test("consume: says what to do when there is no work yet", async () => {
  await using stage = await Stage.open();
  const consumer = start(stage, "consume.ts");
  assertEquals(await consumer.exit(), 1);
  assertStringIncludes(consumer.stderr.text, "run produce.ts first");
});

Deno.test("CI gate in TypeScript: a verdict counts whether it comes before or after", async () => {
  await using stage = await Stage.open();
  const waiting = start(stage, "ci_gate.ts", "wait", "a1b2c3d");
  await run(stage, "ci_gate.ts", "tell", "0000000", "red");
  await run(stage, "ci_gate.ts", "tell", "a1b2c3d", "green");
  assertEquals(await waiting.exit(), 0, waiting.stderr.text);
  assertEquals(waiting.stdout.text, "a1b2c3d is green\n");
  const failed = start(stage, "ci_gate.ts", "wait", "0000000");
  assertEquals(await failed.exit(), 1);
  assertEquals(failed.stdout.text, "0000000 is red\n");
});

Deno.test("build progress: a watcher shows its own build from start to end, whenever it starts", async () => {
  await using stage = await Stage.open();
  const early = start(stage, "build_watch.ts", "mine");
  await run(stage, "build_progress.ts", "other");
  await run(stage, "build_progress.ts", "mine");
  assertEquals(await early.exit(), 0, early.stderr.text);
  const steps = ["compile", "test", "package"].flatMap((
    step,
  ) => [`${step}: 0 %`, `${step}: 100 %`]);
  assertEquals(early.stdout.lines, [...steps, "done"]);
  assertEquals(await run(stage, "build_watch.ts", "mine"), early.stdout.text);
});

Deno.test("event bus: a watcher shows the events of all writers that carry its tags", async () => {
  await using stage = await Stage.open();
  const services = ["api", "db", "web"];
  const watcher = start(stage, "event_watch.ts", "alert", "latency");
  await Promise.all(services.map((service) => run(stage, "event_publish.ts", service)));
  await untilLines(watcher, services.length);
  const events = watcher.stdout.lines.map((line) => line.match(/^(\d+) (\S+) (.*)$/)!.slice(1));
  const seqs = events.map(([seq]) => Number(seq));
  assertEquals(seqs, [...seqs].sort((a, b) => a - b));
  assert(events.every(([, tags]) => tags === "alert,latency"));
  const alerts = events.map(([, , data]) => JSON.parse(data));
  assertEquals(alerts.map(({ message }) => message), services.map(() => "slow answers"));
  assertEquals(alerts.map(({ service }) => service).sort(), services);
  assertEquals(stage.client().poolInfo("events").bounds, { oldest: 1, newest: 9 });
  assertEquals(watcher.stderr.text, "");
});

Deno.test("messaging agents: each task is read, done and answered, also the next time", async () => {
  await using stage = await Stage.open();
  for (const _ of ["first", "next"]) {
    const lines = (await run(stage, "messaging_agents.ts")).trim().split("\n");
    const said = (who: string) => lines.filter((line) => line.startsWith(`${who}: `));
    assertEquals(said("builder"), ["builder: resize cat.png", "builder: resize dog.png"]);
    const answers = said("planner").filter((line) => !line.endsWith(" was read"));
    assertEquals(answers, ["planner: done: resize cat.png", "planner: done: resize dog.png"]);
  }
});

Deno.test("messaging agents in shell: the planner gets the builder's answer", async () => {
  await using stage = await Stage.open();
  const output = await run(stage, "messaging_agents.sh", "resize cat.png");
  assertEquals(output.split("\n").slice(-2), ["done by the builder", ""]);
});

Deno.test("no example goes untested", () => {
  const tests = Deno.readTextFileSync(import.meta.filename!);
  // Those in folders have tests of their own: examples/ci in tests/release.
  const untested = [...Deno.readDirSync(EXAMPLES)].filter(({ isFile }) => isFile)
    .map(({ name }) => name)
    .filter((name) => !tests.includes(`(stage, "${name}"`));
  assertEquals(untested, []);
});
