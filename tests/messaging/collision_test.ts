/**
 * Which names keep which others from being created: the rules of first come, in both orders.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { MessagingError, newEnvelope, type SourceKind } from "../../messaging/contracts/mod.ts";
import {
  DEFAULT_RETENTION,
  type Operation,
  type PipeRecord,
  RegistryState,
} from "../../messaging/registry/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { meshTest } from "./world.ts";

const server = sharedServer();

/** What is created: `source ops.east/nina`, `pty nina`, `pipe ops/lobby`, `pipe /nina/log`. */
function creation(text: string): Operation {
  const [what, path] = text.split(" ");
  const parts = path.split("/");
  const manifold = parts.shift() ?? "";
  if (what !== "pipe") {
    const kind: SourceKind = what === "pty" ? "pty" : "message";
    return { op: "create-source", manifold, handle: parts[0], kind, by: "" };
  }
  const name = parts.pop() ?? "";
  const handle = parts.pop() ?? "";
  return { op: "create-pipe", manifold, handle, name, retention: DEFAULT_RETENTION, by: "" };
}

/** Applies `operations` one after another; the error of the last one, the others have to succeed. */
function lastRefusal(operations: readonly Operation[]): string {
  const state = new RegistryState();
  for (const [i, operation] of operations.slice(0, -1).entries()) {
    assertEquals(state.apply(operation, i + 1), undefined);
  }
  const last = operations[operations.length - 1];
  const before = JSON.stringify([...state.snapshot()]);
  const early = state.refusal(last);
  const refusal = state.apply(last, operations.length);
  assertEquals(String(refusal), String(early));
  if (refusal !== undefined) assertEquals(JSON.stringify([...state.snapshot()]), before);
  return refusal === undefined ? "" : String(refusal);
}

const NAME = (name: string, by: string, at: string) =>
  `E_NAME_TAKEN: name '${name}' is already taken by ${by} at ${at}`;
const RESERVED = (prefix: string, source: string, at: string) =>
  `E_NAME_TAKEN: manifold path '${prefix}' is reserved by source '${source}' at ${at}`;

/** What is there, what is created then, and why it can't be; `""` when it can. */
const CASES: readonly (readonly [there: string[], created: string, refusal: string])[] = [
  // A source and an uncollared pipe of one name.
  [["pipe /nina"], "source /nina", NAME("nina", "uncollared pipe", "root")],
  [["source /nina"], "pipe /nina", NAME("nina", "source", "root")],
  [["pipe ops/nina"], "source ops/nina", NAME("nina", "uncollared pipe", "manifold 'ops'")],
  [["source ops/nina"], "pipe ops/nina", NAME("nina", "source", "manifold 'ops'")],
  [["pty ops/nina"], "pipe ops/nina", NAME("nina", "source", "manifold 'ops'")],
  // A source where pipes have its path as their manifold.
  [["pipe nina/lobby"], "source /nina", RESERVED("nina", "nina", "root")],
  [["source /nina"], "pipe nina/lobby", RESERVED("nina", "nina", "root")],
  [["pipe ops.nina/lobby"], "source ops/nina", RESERVED("ops.nina", "nina", "manifold 'ops'")],
  [["source ops/nina"], "pipe ops.nina/lobby", RESERVED("ops.nina", "nina", "manifold 'ops'")],
  [["source nina/max", "pipe nina/max/log"], "source /nina", RESERVED("nina", "nina", "root")],
  // A pipe that came with its source is not on record.
  [["source nina/max"], "source /nina", ""],
  [["pty nina/max"], "source /nina", ""],
  [["source /nina"], "source nina/max", ""],
  [["source /nina", "source nina/max"], "pipe nina/max/log", ""],
  [
    ["source nina/max", "pipe nina/max/log", "pipe nina/lobby"],
    "source /nina",
    RESERVED("nina", "nina", "root"),
  ],
  // Only a manifold that is exactly the path counts for a source, every prefix for a pipe.
  [["pipe ops.east/lobby"], "source /ops", ""],
  [["source /ops"], "pipe ops.east/lobby", RESERVED("ops", "ops", "root")],
  [["source ops/east"], "pipe ops.east.hq/lobby", RESERVED("ops.east", "east", "manifold 'ops'")],
  [
    ["source ops.east/hq", "source /ops"],
    "pipe ops.east.hq/lobby",
    RESERVED("ops", "ops", "root"),
  ],
  [
    ["source ops.east/hq", "source ops/east"],
    "pipe ops.east.hq/lobby",
    RESERVED("ops.east", "east", "manifold 'ops'"),
  ],
  [["source /opsx", "source /op", "source ops/ops"], "pipe ops.east/lobby", ""],
  [["source x/ops"], "pipe ops.east/lobby", ""],
  [["source x/east"], "pipe ops.east/lobby", ""],
  [["pipe opsx/lobby", "pipe op/lobby"], "source /ops", ""],
  [["pipe x.ops/lobby"], "source /ops", ""],
  // The pipe's own name comes before its manifold.
  [
    ["source /ops", "source ops/lobby"],
    "pipe ops/lobby",
    NAME("lobby", "source", "manifold 'ops'"),
  ],
  // The same twice.
  [
    ["source /nina"],
    "source /nina",
    "E_SOURCE_TAKEN: source 'nina' already exists in this account",
  ],
  [["source /nina"], "pty /nina", "E_SOURCE_TAKEN: source 'nina' already exists in this account"],
  [["pipe /lobby"], "pipe /lobby", "E_PIPE_TAKEN: uncollared pipe 'lobby' already exists at root"],
  [
    ["pipe ops.x/lobby"],
    "pipe ops.x/lobby",
    "E_PIPE_TAKEN: uncollared pipe 'lobby' already exists at manifold 'ops.x'",
  ],
  [
    ["source /nina", "pipe /nina/log"],
    "pipe /nina/log",
    "E_PIPE_TAKEN: pipe 'log' already exists on source 'nina'",
  ],
  [[], "pipe /nina/log", "E_SOURCE_NOT_FOUND: source 'nina' not found"],
  [["source ops/nina"], "pipe /nina/log", "E_SOURCE_NOT_FOUND: source 'nina' not found"],
  // The same name elsewhere.
  [["source /nina"], "source ops/nina", ""],
  [["source ops/nina"], "source /nina", ""],
  [["source ops/nina", "pipe /nina"], "source east/nina", ""],
  [["pipe /lobby"], "pipe ops/lobby", ""],
  [["pipe /nina"], "source ops/nina", ""],
  [["source /nina"], "pipe ops/nina", ""],
  [["source /nina", "source ops/nina", "pipe /nina/log"], "pipe ops/nina/log", ""],
  [["source /nina", "pipe /nina/log"], "pipe /log", ""],
  // A pipe that came with the source can be created once more, and then not again.
  [["pty /nina"], "pipe /nina/stdin", ""],
  [["pty /nina"], "pipe /nina/heartbeat", ""],
  [
    ["pty /nina", "pipe /nina/stdin"],
    "pipe /nina/stdin",
    "E_PIPE_TAKEN: pipe 'stdin' already exists on source 'nina'",
  ],
  [["source /nina"], "pipe /nina/stdin", ""],
  // Recorded so, it holds its manifold as any other does.
  [["pty nina/max", "pipe nina/max/stdin"], "source /nina", RESERVED("nina", "nina", "root")],
];

for (const [there, created, refusal] of CASES) {
  const first = there.length === 0 ? "nothing" : there.join(", ");
  Deno.test(`${first}; then ${created}: ${refusal === "" ? "created" : refusal}`, () => {
    assertEquals(lastRefusal([...there, created].map(creation)), refusal);
  });
}

Deno.test("what was removed keeps nothing from being created", () => {
  for (const [there, created, refusal] of CASES) {
    if (refusal === "" || there.length === 0) continue;
    const creations = there.map(creation);
    const removals = creations.toReversed().flatMap((operation): Operation[] => {
      if (operation.op === "create-source") {
        const { manifold, handle } = operation;
        return [{ op: "destroy-source", manifold, handle }];
      }
      if (operation.op !== "create-pipe") return [];
      const { manifold, handle, name } = operation;
      return [{ op: "destroy-pipe", manifold, handle, name }];
    });
    const last = creation(created);
    const isCollared = last.op === "create-pipe" && last.handle !== "";
    const source = isCollared ? [creation(`source ${last.manifold}/${last.handle}`)] : [];
    assertEquals(lastRefusal([...creations, ...removals, ...source, last]), "", created);
  }
});

Deno.test("a source that goes takes along what its pipes kept", () => {
  const gone: Operation = { op: "destroy-source", manifold: "nina", handle: "max" };
  const pipes = ["pipe nina/max/a", "pipe nina/max/b", "pipe nina/max/stdin"].map(creation);
  const before = [creation("pty nina/max"), ...pipes];
  const last = creation("source /nina");
  assertEquals(lastRefusal([...before, last]), RESERVED("nina", "nina", "root"));
  assertEquals(lastRefusal([...before, gone, last]), "");
});

const STDIN = { manifold: "", handle: "nina", name: "stdin" };

/** What is in a pipe, by payload. */
async function payloads(
  store: { content(pipe: PipeRecord): Promise<{ total: number; last?: { payload: string } }> },
  pipe: PipeRecord,
): Promise<[number, string | undefined]> {
  const { total, last } = await store.content(pipe);
  return [total, last?.payload];
}

meshTest(
  server,
  "an automatic pipe that is created once more goes on with its messages",
  async (world) => {
    await using store = await world.store({ createdBy: "ada" });
    const source = await store.createSource({ handle: "nina", manifold: "", kind: "pty" });
    const auto = source.pipes.get("stdin")!;
    await store.append(auto, [newEnvelope({ payload: "before" })]);
    const pipe = await store.createPipe(STDIN, { ttlSeconds: 1, maxMsgs: 1, maxBytes: 8192 });
    assertEquals(pipe, { ...auto, isUser: true, by: "ada" });
    assertEquals(await payloads(store, pipe), [1, "before"]);
    await store.append(pipe, [newEnvelope({ payload: "behind" })]);
    assertEquals(await payloads(store, pipe), [2, "behind"]);

    await store.destroyPipe(STDIN);
    const row = (await store.refresh()).pipe(STDIN)!;
    assertEquals([row.generation, row.isUser, row.by], [0, false, ""]);
    assertEquals(await store.content(row), {
      total: 0,
      oldestSeq: 0,
      lastSeq: 0,
      created: "",
    });
    const refused = await assertRejects(
      () => store.append(row, [newEnvelope({ payload: "nowhere" })]),
      MessagingError,
    );
    assertEquals(refused.code, "E_PIPE_NOT_FOUND");

    const anew = await store.createPipe(STDIN, { ttlSeconds: 60, maxMsgs: 7, maxBytes: 8192 });
    assertEquals([anew.isUser, anew.retention.maxMsgs], [true, 7]);
    assertEquals(await payloads(store, anew), [0, undefined]);
    await store.append(anew, [newEnvelope({ payload: "anew" })]);
    assertEquals(await payloads(store, anew), [1, "anew"]);
  },
);
