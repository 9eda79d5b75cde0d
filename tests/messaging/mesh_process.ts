/**
 * A process that uses a mesh. It says `ready`, and then does what each line of its standard input
 * asks, a JSON array of a name and arguments, and answers with a line. Arguments: where the mesh
 * is, the prefix of its pools, and who this is.
 *
 * @module
 */

import {
  MessagingError,
  newEnvelope,
  newError,
  type SourceKind,
} from "../../messaging/contracts/mod.ts";
import { Home } from "../../messaging/home/mod.ts";
import type { PipeAddress } from "../../messaging/registry/mod.ts";
import { DEFAULT_RETENTION } from "../../messaging/registry/mod.ts";
import { MeshStore } from "../../messaging/store/mod.ts";
import { clientOf, stateText } from "./world.ts";

/** What a process is asked. */
export type Task =
  /** Creates one after the other; answers with the codes, `""` for what was created. */
  | ["create", Creation[]]
  /** Tells the state: {@linkcode stateText}. */
  | ["state"]
  /** Creates and removes what has one of these names at random, so often; says what it does. */
  | ["churn", string[], number]
  /** Sends numbered messages to a pipe until it is killed. */
  | ["send", PipeAddress]
  /** Advances the cursor of a session by random steps, up to a number. */
  | ["advance", { home: string; session: string; key: string; upTo: number; created: string }]
  /** Writes entries of its own to the files of a home, and with `isTold` says so of each. */
  | ["keep", { home: string; name: string; count: number; isTold?: boolean }];

/** A source, or a pipe. */
export type Creation = PipeAddress | { handle: string; manifold: string; kind: SourceKind };

/** How many steps forward a cursor goes at most. */
const STRIDE = 5;

const encoder = new TextEncoder();

/** Writes a line at once: a process that is killed afterwards has said it. */
function say(value: unknown): void {
  Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(value)}\n`));
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    if (error instanceof MessagingError) return error.code;
    throw error;
  }
}

function create(store: MeshStore, creation: Creation): Promise<unknown> {
  return "kind" in creation
    ? store.createSource(creation)
    : store.createPipe(creation, DEFAULT_RETENTION);
}

function pick<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)];
}

/** One random change; says before it what it is, and afterwards what came of it. */
async function change(store: MeshStore, names: readonly string[]): Promise<void> {
  const handle = pick(names);
  const source = { handle, manifold: "", kind: pick(["message", "pty"] as const) };
  const pipe = { handle: pick(["", handle]), manifold: "", name: pick(names) };
  const what = pick(["create", "create", "destroy source", "destroy pipe"]);
  const target = what === "destroy source"
    ? source
    : what === "destroy pipe"
    ? pipe
    : pick([source, pipe]);
  say({ begin: what, target });
  const code = await codeOf(changeOf(store, what, { source, pipe, target }));
  say({ end: what, target, code });
}

async function changeOf(
  store: MeshStore,
  what: string,
  { source, pipe, target }: {
    source: Creation & { kind: SourceKind };
    pipe: PipeAddress;
    target: Creation;
  },
): Promise<unknown> {
  if (what === "create") return await create(store, target);
  if (what === "destroy pipe") return await store.destroyPipe(pipe);
  const there = (await store.refresh()).source(source.handle);
  if (there === undefined) throw newError("E_SOURCE_NOT_FOUND");
  return await store.destroySource(there);
}

/** Sends batches of one to three messages, and says of each that it was sent. */
async function send(store: MeshStore, address: PipeAddress, by: string): Promise<never> {
  for (let i = 0;;) {
    const pipe = (await store.refresh()).pipe(address);
    if (pipe === undefined) throw new Error("no pipe");
    const payloads = Array.from({ length: 1 + i % 3 }, () => `${by}.${i++}`);
    await store.append(pipe, payloads.map((payload) => newEnvelope({ payload })));
    for (const payload of payloads) say(payload);
  }
}

async function advance(
  { home, session, key, upTo, created }: (Task & ["advance", unknown])[1],
): Promise<void> {
  const cursors = new Home(home);
  for (let seq = 1; seq <= upTo; seq += Math.ceil(Math.random() * STRIDE)) {
    await cursors.advance(session, key, { seq, created });
  }
  await cursors.advance(session, key, { seq: upTo, created });
}

async function keep(
  { home, name, count, isTold }: (Task & ["keep", unknown])[1],
): Promise<void> {
  const kept = new Home(home);
  for (let i = 0; i < count; i++) {
    await kept.setCurrent(`${name}-${i}`, name);
    await kept.setNamespace(`${name}-${i}`, name);
    await kept.advance("shared", `${name}-${i}`, { seq: i + 1, created: name });
    await kept.changeSubscriptions("shared", (targets) => targets.add(`${name}-${i}`));
    if (isTold) say(`${name}-${i}`);
  }
}

async function answer(store: MeshStore, by: string, task: Task): Promise<unknown> {
  switch (task[0]) {
    case "create": {
      const codes: string[] = [];
      for (const creation of task[1]) codes.push(await codeOf(create(store, creation)));
      return codes;
    }
    case "state":
      return stateText(await store.refresh());
    case "churn":
      for (let i = 0; i < task[2]; i++) await change(store, task[1]);
      return "churned";
    case "send":
      return await send(store, task[1], by);
    case "advance":
      await advance(task[1]);
      return "advanced";
    case "keep":
      await keep(task[1]);
      return "kept";
  }
}

async function* lines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const all = (rest + text).split("\n");
    rest = all.pop() ?? "";
    yield* all;
  }
}

if (import.meta.main) {
  const [where, prefix, createdBy = ""] = Deno.args;
  const client = clientOf(where);
  // Told before the mesh is opened: whoever opens it first makes it.
  console.log("ready");
  let store: MeshStore | undefined;
  for await (const line of lines()) {
    store ??= await MeshStore.open({ client, prefix, createdBy });
    say(await answer(store, createdBy, JSON.parse(line)));
  }
  await store?.[Symbol.asyncDispose]();
  await client.close();
}
