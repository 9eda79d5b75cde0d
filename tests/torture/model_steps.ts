/**
 * What is done to the two pools, in random order: each step does one thing to both and
 * compares what comes of it.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { JsonText, type PoolOptions, UsageError } from "@plasmite/pool";
import { anyInput, type Input, poolOptions, resolve } from "./model_inputs.ts";
import { frameBytes } from "./model_reference.ts";
import { assertSame, failsWith, type World } from "./model_world.ts";
import { ModelTail, PREDICATES, type TailRequest } from "./model_tail.ts";
import { appendExport, moveTo, refuseImport } from "./model_transfer.ts";

/** Tails that are kept open at most; the one opened first makes room. */
const TAILS_MAX = 6;

/** One thing that is done. */
export interface Step {
  /** Does it to both pools, and compares what comes of it. */
  act: (world: World) => void | Promise<void>;
  /** What is done, as a failure shows it. */
  [fc.toStringMethod]: () => string;
}

const handle = fc.nat({ max: 1 });
function append(world: World, handle: number, inputs: readonly Input[]): void {
  const resolved = inputs.map((input) => ({ ...resolve(world, input), tags: input.tags }));
  const { ringBytes } = world.reference.limits;
  const givens = resolved.map(({ given }) => given);
  if (resolved.some((message) => frameBytes(message) > ringBytes)) {
    failsWith("Usage", () => world.handles[handle].appendMany(givens));
    world.count("refused");
    return;
  }
  const wanted = resolved.map(({ json, tags }) => ({ json, tags }));
  world.committed(world.handles[handle].appendMany(givens), wanted);
  world.count("messages", inputs.length);
}

const cycle: unknown[] = [];
cycle.push(cycle);

/** What nobody can append. */
const NOT_JSON = [undefined, () => {}, 1n, cycle, Symbol("s")];

function refuse(world: World, handle: number, inputs: readonly Input[], index: number): void {
  const givens = inputs.map((input) => resolve(world, input).given);
  failsWith("Usage", () => {
    world.handles[handle].appendMany([...givens, { data: NOT_JSON[index] }]);
  });
  failsWith("Usage", () => world.handles[handle].append(1, [2 as unknown as string]));
  failsWith("Usage", () => JsonText.parse("{"));
}

/** Looks for a message at some share of what was ever appended, and beyond. */
function get(world: World, handle: number, share: number): void {
  const pool = world.handles[handle];
  const { visible } = world;
  const first = visible[0]?.seq ?? world.reference.nextSeq;
  const seq = first + Math.round(share * (world.reference.nextSeq - first));
  const message = visible.find((message) => message.seq === seq);
  if (message !== undefined) assertSame(pool.get(seq), message);
  else if (seq < first || seq >= world.reference.nextSeq) {
    failsWith("NotFound", () => pool.get(seq));
  } // A number left out between two messages.
  else failsWith("Corrupt", () => pool.get(seq));
}

function getNothing(world: World, handle: number, seq: number): void {
  failsWith("NotFound", () => world.handles[handle].get(seq));
}

/** Where a tail starts; what depends on the pool is a share of its numbers. */
type Start = { sinceShare: number } | { last: number } | { since: Date | string } | object;

interface Asked {
  start: Start;
  rest: Omit<TailRequest, "sinceSeq" | "last" | "since">;
}

const start: fc.Arbitrary<Start> = fc.oneof(
  fc.constant({}),
  fc.record({ sinceShare: fc.double({ min: -0.3, max: 1.1, noNaN: true }) }),
  fc.record({ last: fc.oneof(fc.nat({ max: 20 }), fc.constant(Number.MAX_SAFE_INTEGER)) }),
  fc.record({ since: fc.constantFrom("0s", "1s", "3s", "99d") }),
  fc.record({ sinceAgoMs: fc.nat({ max: 5000 }) }),
);

const asked: fc.Arbitrary<Asked> = fc.record({
  start,
  rest: fc.record({
    handle,
    batches: fc.boolean(),
    tags: fc.oneof(fc.constant<string[]>([]), fc.subarray(["a", "b"])),
    where: fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>([]) },
      fc.subarray(Object.keys(PREDICATES)),
    ),
    gapPolicy: fc.constantFrom("continue", "continue", "error"),
    maxMessages: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.nat({ max: 30 })),
    timeoutMs: fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, fc.nat({ max: 3 })),
  }),
});

function openTail(world: World, { start, rest }: Asked): ModelTail {
  const { nextSeq } = world.reference;
  let from: object = start;
  if ("sinceShare" in start) {
    // From before the oldest retained one up to some that are yet to come.
    const first = world.visible[0]?.seq ?? nextSeq;
    const seq = Math.round(first + start.sinceShare * (nextSeq - first + 10));
    from = { sinceSeq: Math.max(0, seq) };
  } else if ("sinceAgoMs" in start) {
    from = { since: new Date(world.nowMs - Number(start.sinceAgoMs)) };
  }
  world.count("tails");
  return new ModelTail(world, { ...from, ...rest });
}

async function keepTail(world: World, asked: Asked): Promise<void> {
  const tail = openTail(world, asked);
  world.tails.push(tail);
  // Where `last` starts among filtered messages is settled by the first call.
  await tail.advance(1);
  if (world.tails.length > TAILS_MAX) await world.tails.shift()!.drain();
}

async function advance(world: World, index: number, count: number): Promise<void> {
  await world.tails[index % world.tails.length]?.advance(count);
}

async function waitFor(world: World, asked: Asked, inputs: readonly Input[]): Promise<void> {
  const rest = { ...asked.rest, timeoutMs: undefined };
  await openTail(world, { ...asked, rest }).wait(() => append(world, 0, inputs));
}

/** Options of tails that are refused. */
const WRONG_TAILS = [
  { sinceSeq: 1, last: 1 },
  { last: 1, since: "5m" },
  { sinceSeq: -1 },
  { last: 1.5 },
  { maxMessages: NaN },
  { timeoutMs: -1 },
  { since: "yesterday" },
  { gapPolicy: "ignore" as "error" },
];

function refuseTail(world: World, index: number): void {
  failsWith("Usage", () => world.handles[0].tail(WRONG_TAILS[index]));
  failsWith("AlreadyExists", () => world.client.createPool(world.name));
  assertThrows(() => world.client.createPool("other", { sizeBytes: index }), UsageError);
}

async function recreate(world: World, options: PoolOptions): Promise<void> {
  world.client.deletePool(world.name);
  for (const tail of world.tails.splice(0)) await tail.outlive();
  for (const pool of world.handles) {
    failsWith("NotFound", () => pool.append(1));
    failsWith("NotFound", () => pool.tail());
  }
  failsWith("NotFound", () => world.client.openPool(world.name));
  failsWith("NotFound", () => world.client.deletePool(world.name));
  await world.close();
  world.create(options);
  assert(world.handles[0].info().bounds === undefined);
}

async function reopen(world: World): Promise<void> {
  await world.close();
  world.open();
}

function listed(world: World): void {
  const names = world.client.listPools().map(({ name, error }) => [name, error]);
  assertEquals(names, [[world.name, undefined]]);
}

function step<A extends unknown[]>(
  weight: number,
  name: string,
  act: (world: World, ...args: A) => void | Promise<void>,
  ...args: { [K in keyof A]: fc.Arbitrary<A[K]> }
): fc.WeightedArbitrary<Step> {
  const arbitrary = fc.tuple<A>(...args).map((chosen) => ({
    [fc.toStringMethod]: () => `${name}(${chosen.map((one) => fc.stringify(one)).join(", ")})`,
    act: (world: World) => act(world, ...chosen),
  }));
  return { weight, arbitrary };
}

/** Any step. */
export const anyStep: fc.Arbitrary<Step> = fc.oneof(
  step(20, "append", append, handle, anyInput.map((one) => [one])),
  step(10, "append", append, handle, fc.array(anyInput, { maxLength: 12 })),
  step(
    4,
    "append",
    append,
    handle,
    fc.tuple(anyInput, fc.nat({ max: 200 })).map(([one, count]) => Array<Input>(count).fill(one)),
  ),
  step(1, "refuse", refuse, handle, fc.array(anyInput, { maxLength: 3 }), fc.nat({ max: 4 })),
  step(8, "get", get, handle, fc.double({ min: -0.1, max: 1.1, noNaN: true })),
  step(1, "getNothing", getNothing, handle, fc.constantFrom(NaN, -1, 0, 0.5, Infinity, 2 ** 60)),
  step(10, "tail", (world, asked: Asked) => openTail(world, asked).drain(), asked),
  step(5, "keepTail", keepTail, asked),
  step(8, "advance", advance, fc.nat({ max: TAILS_MAX }), fc.nat({ max: 50 })),
  step(3, "waitFor", waitFor, asked, fc.array(anyInput, { maxLength: 5 })),
  step(1, "refuseTail", refuseTail, fc.nat({ max: WRONG_TAILS.length - 1 })),
  step(
    4,
    "passTime",
    (world, ms: number) => void (world.nowMs += ms),
    fc.integer({ min: -500, max: 4000 }),
  ),
  step(1, "recreate", recreate, poolOptions),
  step(1, "reopen", reopen),
  step(1, "listed", listed),
  step(1, "moveTo", moveTo, poolOptions, fc.constant(1)),
  step(1, "appendExport", appendExport, fc.integer({ min: 1, max: 3 })),
  step(1, "refuseImport", refuseImport),
);
