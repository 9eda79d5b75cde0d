/**
 * The recipes of the cookbook that need more than pools around them: people at
 * terminals, the log of a system, a server, another language.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Child, PATIENCE_MS } from "../process/child.ts";
import { Stage } from "../process/stage.ts";
import { isReplay, scriptsOf } from "./recipe.ts";

const PROJECT = `${import.meta.dirname}/../..`;
const COOKBOOK = Deno.readTextFileSync(`${PROJECT}/docs/cookbook.md`);

/** How often something that grows is looked at. */
const LOOK_AGAIN_MS = 20;

/** Does `again`, and looks whether `isSo`, until it is. */
async function repeatUntil(
  isSo: () => boolean,
  what: () => string,
  again: () => unknown = () => {},
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    assert(performance.now() < deadline, what());
    await again();
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

/** Starts a shell block; programs in the working directory are found first. */
function startBlock(stage: Stage, text: string): Child {
  return stage.startScript(`PATH="$PWD:$PATH"\n${text}`);
}

async function runBlock(stage: Stage, text: string): Promise<string> {
  const child = startBlock(stage, text);
  assertEquals([await child.exit(), child.stderr.text], [0, ""], text);
  return child.stdout.text;
}

/** The data of every message in a pool; none while there is no pool. */
function dataIn(stage: Stage, name: string): unknown[] {
  using client = stage.client();
  if (!client.listPools().some((pool) => pool.name === name)) return [];
  using pool = client.openPool(name);
  const { oldest, newest } = pool.info().bounds ?? { oldest: 1, newest: 0 };
  return Array.from({ length: newest - oldest + 1 }, (_, i) => pool.get(oldest + i).data);
}

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

const terminals = Deno.build.os === "linux" && isThere("script");
if (!terminals) console.log("nobody chats: there is no script of util-linux to make terminals");

Deno.test({
  name: "Duplex Chat: two people at terminals read each other, and not themselves",
  ignore: !terminals,
  fn: async () => {
    await using stage = await Stage.open();
    const scripts = scriptsOf(COOKBOOK, "Duplex Chat").map(({ text }) => text.trim());
    const [alice, bob] = scripts.slice(0, 2).map((line) => {
      const noEcho = `stty -echo; echo no echo; exec ${line}`;
      return stage.start("script", ["--quiet", "--return", "--command", noEcho, "/dev/null"]);
    });
    // What is typed before would be shown by the terminal itself.
    const isSilent = ({ stdout }: Child) => stdout.text.includes("no echo");
    await repeatUntil(() => isSilent(alice) && isSilent(bob), () => "the terminals echo");
    const talk = (from: Child, to: Child, text: string) => {
      const what = () => `not heard: ${text}; alice: ${alice.stdout.text}, bob: ${bob.stdout.text}`;
      return repeatUntil(() => to.stdout.text.includes(text), what, () => from.send(text));
    };
    await talk(alice, bob, "hello bob");
    await talk(bob, alice, "hello alice");
    assertEquals(alice.stdout.text.includes("hello bob"), false);
    assertEquals(bob.stdout.text.includes("hello alice"), false);
    assertEquals(dataIn(stage, "chat")[0], { from: "alice", msg: "hello bob" });
  },
});

Deno.test("Duplex Chat: a program takes part through a pipe", async () => {
  await using stage = await Stage.open();
  using client = stage.client();
  client.createPool("chat");
  const [block] = scriptsOf(COOKBOOK, "Duplex Chat").slice(2);
  assertEquals(await runBlock(stage, block.text), "");
  assertEquals(dataIn(stage, "chat"), [
    { from: "ci", msg: "build started" },
    { from: "ci", msg: "build green" },
  ]);
});

/** Three entries, then silence for as long as somebody listens, as with -f. */
const JOURNAL = String.raw`for number in 1 2 3; do
  printf '\036{"MESSAGE":"entry %s","PRIORITY":"6","_PID":"42"}\n' "$number"
done
exec cat`;

/** The same for macOS, with a line of prose first. */
const UNIFIED_LOG = String.raw`echo 'Filtering the log data using "nothing"'
for number in 1 2 3; do
  printf '{"eventMessage":"entry %s","processID":42}\n' "$number"
done
exec cat`;

Deno.test("System Log Intake: each entry of journald is a message", async () => {
  await using stage = await Stage.open();
  stage.addProgram("journalctl", JOURNAL);
  const [block] = scriptsOf(COOKBOOK, "System Log Intake");
  const child = startBlock(stage, block.text);
  const what = () => `no entries: ${child.stdout.text}${child.stderr.text}`;
  await repeatUntil(() => dataIn(stage, "syslog").length === 3, what);
  assert(child.running, child.stderr.text);
  child.kill();
  assertEquals(dataIn(stage, "syslog")[0], { MESSAGE: "entry 1", PRIORITY: "6", _PID: "42" });
  const replay = scriptsOf(COOKBOOK, "System Log Intake").find(({ text }) => isReplay(text))!;
  assertEquals((await runBlock(stage, replay.text)).match(/"MESSAGE"/g)?.length, 3);
});

Deno.test("System Log Intake: each line of the unified log is a message", async () => {
  await using stage = await Stage.open();
  stage.addProgram("log", UNIFIED_LOG);
  const block = scriptsOf(COOKBOOK, "System Log Intake")[1];
  const child = startBlock(stage, block.text);
  const what = () => `no entries: ${child.stdout.text}${child.stderr.text}`;
  await repeatUntil(() => dataIn(stage, "syslog").length === 3, what);
  await child.stderr.until((text) => text.includes("ingest_skip"), "notice of the line of prose");
  child.kill();
});

Deno.test("Polyglot Service Stitching: TypeScript and the shell share a pool", async () => {
  await using stage = await Stage.open();
  const [producer] = scriptsOf(COOKBOOK, "Polyglot Service Stitching");
  await runBlock(stage, producer.text);
  const section = COOKBOOK.split("## Polyglot Service Stitching")[1].split("\n## ")[0];
  const script = `${stage.directory}/jobs.ts`;
  Deno.writeTextFileSync(script, section.match(/```ts ignore\n(.*?)```/s)![1]);
  const config = `--config=${PROJECT}/deno.json`;
  const access = ["--allow-read", "--allow-write", "--allow-env"];
  const child = stage.start(Deno.execPath(), ["run", "--quiet", config, ...access, script]);
  assertEquals(await child.exit(), 0, child.stderr.text);
  const received = child.stdout.lines.slice(5);
  assertEquals(received.length, 10, child.stdout.text);
  assert(received[0].includes("id: 1 ") && received[9].includes("id: 10 "), child.stdout.text);
});

/** A server of events, which sends the next one to all who listen when it is told to. */
class EventServer implements AsyncDisposable {
  readonly #listeners = new Set<ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>>();
  readonly #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
    let mine: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => void this.#listeners.add(mine = controller),
      cancel: () => void this.#listeners.delete(mine),
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  readonly url = `http://127.0.0.1:${this.#server.addr.port}/events`;

  send(event: unknown): void {
    const text = `: keep-alive\nevent: payment\ndata: ${JSON.stringify(event)}\n\n`;
    for (const listener of this.#listeners) listener.enqueue(new TextEncoder().encode(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    await this.#server.shutdown();
  }
}

const curl = isThere("curl");
if (!curl) console.log("no event stream is fed: there is no curl");

Deno.test({
  name: "Ingest an API Event Stream: each event of a server is a message, at once",
  ignore: !curl,
  fn: async () => {
    await using server = new EventServer();
    await using stage = await Stage.open();
    // The address is another one; all else is as it is written.
    const path = Deno.env.get("PATH");
    stage.addProgram("curl", `PATH='${path}' exec curl -sN '${server.url}'`);
    const [intake, all, completed] = scriptsOf(COOKBOOK, "Ingest an API Event Stream");
    const producer = startBlock(stage, intake.text);
    const send = () => {
      server.send({ type: "payment.started", id: 1 });
      server.send({ type: "payment.completed", id: 2 });
    };
    const complaint = () => `no events: ${producer.stdout.text}${producer.stderr.text}`;
    await repeatUntil(() => dataIn(stage, "api-events").length >= 2, complaint, send);
    const [everybody, accountant] = [all, completed].map(({ text }) => startBlock(stage, text));
    const seen = (child: Child) => child.stdout.text.match(/payment\.\w+/g) ?? [];
    await repeatUntil(
      () => new Set(seen(everybody)).size === 2 && seen(accountant).length > 0,
      () => `not seen: ${everybody.stderr.text}${accountant.stderr.text}${complaint()}`,
      send,
    );
    assertEquals([...new Set(seen(accountant))], ["payment.completed"]);
    assertEquals(producer.stderr.text, "");
  },
});
