/**
 * What `pls --help` and the help of every command print is what people see and copy:
 * it fits their terminal, and its examples run as they stand there, in that order.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { completionTable } from "../../cli/completion/table.ts";
import { NatsServer, NO_NATS } from "../nats/nats_server.ts";
import { type Child, PATIENCE_MS } from "../process/child.ts";
import { isMessaging, Mesh, runMessaging } from "./messaging_examples.ts";
import { Stage } from "../process/stage.ts";
import { contentOf } from "./serving.ts";

/** The pools there are, and what the examples of a command make themselves. */
const POOLS = ["chat", "jobs", "results", "logs", "build", "events"];
const MADE_BY_EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  "": ["chat"],
  feed: ["chat", "events"],
  follow: ["chat"],
  duplex: ["chat"],
  tap: ["build"],
  pool: ["jobs"],
  "pool create": ["chat", "jobs", "results"],
  "pool import": ["chat"],
};

/** Programs that stand for those of a reader. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "my-agent": `echo '{"from":"agent","msg":"here I am"}'`,
  make: `echo "making $*"`,
  uptime: "echo up 3 days",
};

/** Programs that an example may need and that not every machine has. */
const OPTIONAL = ["jq", "fish"];

/** What those who follow or wait are sent, as often as it takes. */
const NEWS = '{"from":"bob","msg":"hi","level":"error"}';

for (const { name } of await completionTable()) {
  const words = name.split(" ").filter((word) => word !== "");
  Deno.test(`the help of pls ${name} fits 80 columns, and its examples run`, async () => {
    await using stage = await Stage.open();
    prepare(stage, name);
    const help = await run(stage, ["pls", ...words, "--help"].join(" "), 0);
    for (const line of help.split("\n")) assert(line.length <= 80, line);
    const examples = Array.from(help.matchAll(/^ {2}# .*\n {2}(.*)$/gm), ([, line]) => line);
    assert(examples.length > 0, help);
    if (!isMessaging(name)) {
      for (const line of examples) await runExample(stage, line);
      return;
    }
    await using mesh = await Mesh.open(stage, name);
    for (const line of examples) await runMessaging(mesh, line);
  });
}

/** What stands for a NATS server in examples. */
const NATS_URL = "nats://n1.example";

/** Runs an example; one that calls a NATS server with a server of its own. */
async function runExample(stage: Stage, line: string): Promise<void> {
  if (!line.includes(NATS_URL)) return await runLine(stage, line);
  if (NO_NATS !== undefined) return console.log(`not run, ${NO_NATS}: ${line}`);
  await using server = await NatsServer.start();
  await runLine(stage, line.replaceAll(NATS_URL, server.url));
}

function prepare(stage: Stage, command: string): void {
  using client = stage.client();
  for (const name of POOLS) {
    if (!MADE_BY_EXAMPLES[command]?.includes(name)) client.pool(name).append({ msg: "first" });
  }
  Deno.writeTextFileSync(`${stage.directory}/events.jsonl`, '{"n":1}\n{"n":2}\n');
  const envelope = { seq: 7, time: "2026-01-01T00:00:00Z", meta: { tags: [] }, data: 1 };
  Deno.writeTextFileSync(`${stage.directory}/chat.jsonl`, JSON.stringify(envelope) + "\n");
  for (const [name, script] of Object.entries(PROGRAMS)) stage.addProgram(name, script);
}

async function runLine(stage: Stage, line: string): Promise<void> {
  const missing = OPTIONAL.find((name) => line.includes(`| ${name}`) && !isThere(name));
  const needsFish = line.endsWith("| source");
  if (missing !== undefined || needsFish && !isThere("fish")) {
    console.log(`not run, as ${missing ?? "fish"} is missing: ${line}`);
  } else if (needsFish) {
    await run(stage, `fish --no-config -c '${line}'`, 0);
  } else if (line.startsWith("pls mcp")) {
    // It goes on until its input ends.
    await run(stage, `${line} < /dev/null`, 0);
  } else if (/^pls serve(?! (init|check)\b)(?!.* check\b)/.test(line)) {
    await runUntilListening(stage, line);
  } else if (/^pls (follow|duplex) /.test(line) && !/ --(timeout|replay) /.test(line)) {
    await runUntilAnswered(stage, line);
  } else {
    await run(stage, line, / --timeout /.test(line) ? 124 : 0);
  }
}

/** Runs a server, on a port that nobody has, until it listens, and interrupts it. */
async function runUntilListening(stage: Stage, line: string): Promise<void> {
  const free = line.includes(" --bind ") ? line.replace(/:\d+/, ":0") : `${line} --bind [::1]:0`;
  const ready = `${stage.directory}/ready`;
  const child = start(stage, `export PLASMITE_SERVE_READY_FILE='${ready}'\n${free}`);
  const ended = child.exit().then(() => Promise.reject(new Error(child.stderr.text)));
  await Promise.race([contentOf(ready), ended]);
  child.signal("SIGINT");
  assertEquals([await child.exit(), child.stderr.text], [0, ""], free);
  Deno.removeSync(ready);
}

/** Runs a line to its end. */
async function run(stage: Stage, line: string, code: number): Promise<string> {
  const child = start(stage, line);
  assertEquals([await child.exit(), child.stderr.text], [code, ""], line);
  return child.stdout.text;
}

/**
 * Runs a line that waits for messages. Whether it is up yet can't be seen from outside:
 * messages are sent until it has shown one of them.
 */
async function runUntilAnswered(stage: Stage, line: string): Promise<void> {
  const ends = / --one\b/.test(line);
  const child = start(stage, line);
  const pool = line.split(" ")[2];
  const deadline = performance.now() + PATIENCE_MS;
  while (ends ? child.running : !child.stdout.text.includes("bob")) {
    assert(performance.now() < deadline, `no answer from ${line}: ${child.stderr.text}`);
    assert(ends || child.running, `ended: ${line}: ${child.stderr.text}`);
    await run(stage, `pls feed ${pool} --create '${NEWS}'`, 0);
  }
  if (ends) assertEquals(await child.exit(), 0, line);
  child.kill();
  assertEquals(child.stderr.text, "", line);
  assert(child.stdout.text.includes("bob"), line);
}

function start(stage: Stage, line: string): Child {
  return stage.startScript(`PATH="$PWD:$PATH"\n${line}`);
}

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}
