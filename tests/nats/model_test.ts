/**
 * Random sequences of everything that can be done to a pool, by us and by other programs, done to
 * a pool on a server and to a model: what both tell is the same.
 *
 * @module
 */

import {
  type Gap,
  JsonText,
  type Message,
  type MessageInput,
  NotFoundError,
  PlasmiteError,
  type TailOptions,
} from "@plasmite/pool";
import { assertEquals, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import { ModelPool, type ModelTail, type TailEvent } from "./model.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { World } from "./world.ts";

const server = sharedServer();

/** How many sequences are tried, and how long they are at most. */
const RUNS = 20;
const STEPS_MAX = 30;

type Step =
  | { kind: "append" | "append many"; inputs: MessageInput[] }
  | { kind: "publish"; payload: string; isJson: boolean }
  | { kind: "delete" | "get"; at: number }
  | { kind: "tail"; tail: TailStep; reading: "messages" | "batches" | "lines" };

/** What a tail is asked for; numbers are parts of what is there at that time. */
interface TailStep {
  start: "none" | "sinceSeq" | "last" | "since";
  from: number;
  until: number;
  maxMessages: number | undefined;
  tags: string[];
  onlyEven: boolean;
  gapPolicy: "continue" | "error";
}

const json = fc.oneof(
  fc.json(),
  fc.constantFrom("1.0", "-0", "1e400", "12345678901234567890", '{"b":1,"a":2,"b":3}', '"\\u00e9"'),
);
const tag = fc.constantFrom("a", "b", "é\u0000", "");
const input = fc.record({ json, tags: fc.uniqueArray(tag, { maxLength: 2 }) })
  .map(({ json, tags }): MessageInput => ({ json: JsonText.parse(json), tags }));
/** Of 0 to 1, and a little more: numbers that are not there yet. */
const part = fc.double({ min: 0, max: 1.1, noNaN: true });

/** Three times of four `usual`. */
function mostly<T>(usual: T, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      inputs: fc.array(input, { minLength: 1, maxLength: 1 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("append many" as const),
      inputs: fc.array(input, { maxLength: 30 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      payload: json.map((text) => ` ${text}\n`),
      isJson: fc.constant(true),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("publish" as const),
      payload: fc.constantFrom("", "no json", "{", "1 2"),
      isJson: fc.constant(false),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete" as const), at: part }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("get" as const), at: part }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("tail" as const),
      reading: fc.constantFrom("messages" as const, "batches" as const, "lines" as const),
      tail: fc.record({
        start: fc.constantFrom(
          ...["none" as const, "sinceSeq" as const, "last" as const, "since" as const],
        ),
        from: part,
        until: mostly(1, part),
        maxMessages: mostly(undefined, fc.nat(20)),
        tags: mostly([], fc.uniqueArray(tag, { minLength: 1, maxLength: 2 })),
        onlyEven: mostly(false, fc.constant(true)),
        gapPolicy: mostly("continue" as const, fc.constant("error" as const)),
      }),
    }),
  },
);

natsTest("a pool does what a model of it does", async () => {
  const steps = fc.array(step, { minLength: 5, maxLength: STEPS_MAX, size: "max" });
  await fc.assert(fc.asyncProperty(steps, checkSteps), { numRuns: RUNS });
});

/** Does all of `steps` to a new pool and to a model, and fails where they differ. */
async function checkSteps(steps: readonly Step[]): Promise<void> {
  await using world = await World.create(server());
  const model = new ModelPool();
  const live = new LiveTail(world);
  for (const step of steps) await check(step, world, model);
  model.entries.push(await world.pool.append("the end"));
  await live.check(model);
  const { nextSeq, bounds } = await world.pool.info();
  const newest = nextSeq - 1;
  assertEquals([nextSeq, bounds], [model.nextSeq, { oldest: model.oldest, newest }]);
  await world.client.deletePool(world.pool.name);
}

async function check(step: Step, world: World, model: ModelPool): Promise<void> {
  const { pool, bare } = world;
  switch (step.kind) {
    case "append":
    case "append many": {
      const sent = await pool.appendMany(step.inputs);
      for (const [i, message] of sent.entries()) {
        assertEquals(message.seq, model.nextSeq);
        const { json, tags = [] } = step.inputs[i] as { json: JsonText; tags?: string[] };
        assertEquals([message.json, message.tags], [json.text, tags]);
        model.entries.push(message);
      }
      assertEquals(sent.length, step.inputs.length);
      return;
    }
    case "publish": {
      await clocksGoOn();
      const seq = await bare.publish(step.payload);
      await clocksGoOn();
      assertEquals(seq, model.nextSeq);
      // When it was stored is for the server to say.
      model.entries.push(step.isJson ? await pool.get(seq) : "damage");
      const { json, tags } = model.message(seq) ?? {};
      const expected = step.isJson
        ? [JsonText.parse(step.payload).text, []]
        : [undefined, undefined];
      assertEquals([json, tags], expected);
      return;
    }
    case "delete": {
      const seq = numberAt(step.at, model);
      // The newest stays: a tail takes a while to be sure that nothing more comes.
      if (seq >= model.nextSeq - 1 || model.entries[seq] === "hole") return;
      await bare.manager.streams.deleteMessage(bare.stream, seq);
      model.entries[seq] = "hole";
      return;
    }
    case "get": {
      const seq = numberAt(step.at, model);
      const message = model.message(seq);
      if (message === undefined) await assertRejects(() => pool.get(seq), NotFoundError);
      else assertEquals((await pool.get(seq)).envelope, message.envelope);
      return;
    }
    case "tail": {
      const tail = tailOf(step.tail, model);
      const told = await follow(world, tail, step.reading);
      assertEquals(told, model.follow(tail), Deno.inspect(tail));
    }
  }
}

/** The server's clock and ours are not the same to the microsecond, nor do they have to be. */
function clocksGoOn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 4));
}

function numberAt(at: number, model: ModelPool): number {
  return Math.round(at * model.nextSeq);
}

/** What a tail is asked for, given what is there; it ends with something that is there. */
function tailOf(step: TailStep, model: ModelPool): ModelTail {
  const { start, from, maxMessages, tags, onlyEven, gapPolicy } = step;
  const last = model.nextSeq - 1;
  let untilSeq = Math.min(last, numberAt(step.until, model));
  while (untilSeq < last && model.entries[untilSeq] === "hole") untilSeq++;
  const seq = numberAt(from, model);
  // Times of messages of one writer rise; a moment behind one is between two of them.
  const since = model.entries.slice(seq).find((entry) => typeof entry === "object");
  return {
    ...(start === "sinceSeq" && { sinceSeq: seq }),
    ...(start === "last" && { last: seq }),
    ...(start === "since" && since !== undefined && { since: since.time }),
    ...{ untilSeq, maxMessages, tags, onlyEven, gapPolicy },
  };
}

/** What the pool's tail tells, read in one way or another. */
async function follow(world: World, tail: ModelTail, reading: string): Promise<TailEvent[]> {
  const events: TailEvent[] = [];
  const { onlyEven, ...asked } = tail;
  const options: TailOptions = {
    ...asked,
    where: onlyEven ? ".seq % 2 == 0" : [],
    onGap: (gap) => events.push({ gap }),
  };
  try {
    if (reading === "messages") {
      for await (const { envelope } of world.pool.tail(options)) events.push({ message: envelope });
    } else {
      for await (const batch of world.pool.tailBatches(options)) {
        const lines = new TextDecoder().decode(batch.jsonLines()).split("\n").slice(0, -1);
        assertEquals(lines.length, batch.length);
        const envelopes = batch.messages().map(({ envelope }) => envelope);
        for (const message of reading === "lines" ? lines : envelopes) events.push({ message });
      }
    }
    events.push({ end: "end" });
  } catch (error) {
    if (!(error instanceof PlasmiteError)) throw error;
    events.push({ end: `${error.kind} ${error.seq}` });
  }
  return events;
}

/** A tail that runs all the time. */
class LiveTail {
  readonly #seen: (Message | Gap)[] = [];
  readonly #reading: Promise<void>;

  constructor(world: World) {
    this.#reading = this.#read(world);
  }

  /**
   * Fails unless everything up to the end came once and in order. What was deleted may have been
   * seen before that.
   */
  async check(model: ModelPool): Promise<void> {
    await this.#reading;
    let expected = 1;
    for (const one of this.#seen) {
      if ("fromSeq" in one) {
        assertEquals(one.fromSeq, expected);
        for (; expected <= one.toSeq; expected++) {
          const reason = model.entries[expected] === "damage" ? "damage" : "retention";
          if (model.entries[expected] !== "hole") assertEquals(one.reason, reason);
          assertEquals(model.message(expected), undefined);
        }
      } else {
        const { seq, envelope } = one;
        assertEquals(seq, expected++);
        const entry = model.message(seq);
        assertEquals(envelope, entry?.envelope ?? envelope);
        if (entry === undefined) assertEquals(model.entries[seq], "hole");
      }
    }
    assertEquals(expected, model.nextSeq);
  }

  async #read(world: World): Promise<void> {
    const onGap = (gap: Gap) => this.#seen.push(gap);
    for await (const message of world.pool.tail({ sinceSeq: 1, onGap })) {
      this.#seen.push(message);
      if (message.json === '"the end"') break;
    }
  }
}
