/**
 * What a step can do. An operation says what it takes and which of its results can be
 * expected; it runs against the library alone, so that what passes here is what a
 * program gets.
 *
 * @module
 */

import { AlreadyExistsError, type Message, type TailOptions } from "@plasmite/pool";
import type { PoolInfo } from "../../pool/mod.ts";
import { type PoolFiles, withPool, type Workplace } from "./engines.ts";
import type { Step } from "./manifest.ts";
import { checkRetentionGap } from "./retention_gap.ts";
import { appendFromProcesses } from "./spawn_poke.ts";

/** What an operation gave, by the name of the expectation it is compared with. */
export type Outcome = Readonly<Record<string, unknown>>;

/** An argument of an operation. */
export interface InputRule {
  readonly type: "integer" | "string" | "array" | "any";
  readonly required?: true;
}

/** Something a step can do. */
export interface Operation {
  /** Whether a step must name a pool; the others must not. */
  readonly needsPool: boolean;
  /** Its arguments, by name. */
  readonly inputs: Readonly<Record<string, InputRule>>;
  /** Names of the expectations it can answer, beside `error`. */
  readonly expectations: readonly string[];
  /** Does it. What the library throws goes through. */
  run(step: Step, workplace: Workplace): Outcome | Promise<Outcome>;
}

/** How long a tail without `max` or `timeout_ms` goes on. */
const TAIL_TIMEOUT_MS = 1000;
/** How long a tail with `max` waits for messages that do not come. */
const TAIL_PATIENCE_MS = 10_000;

/** The operations of conformance version 0, by name. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  create_pool: {
    needsPool: true,
    inputs: { size_bytes: { type: "integer" } },
    expectations: ["created", "file_size", "bounds"],
    run: createPool,
  },
  append: {
    needsPool: true,
    inputs: { data: { type: "any", required: true }, tags: { type: "array" } },
    expectations: ["seq", "data", "tags"],
    run: append,
  },
  get: {
    needsPool: true,
    inputs: { seq: { type: "integer", required: true } },
    expectations: ["seq", "data", "tags"],
    run: get,
  },
  tail: {
    needsPool: true,
    inputs: {
      since_seq: { type: "integer" },
      max: { type: "integer" },
      tags: { type: "array" },
      timeout_ms: { type: "integer" },
      gap_policy: { type: "string" },
    },
    expectations: ["messages", "messages_unordered"],
    run: tail,
  },
  list_pools: { needsPool: false, inputs: {}, expectations: ["names"], run: listPools },
  pool_info: { needsPool: true, inputs: {}, expectations: ["file_size", "bounds"], run: poolInfo },
  delete_pool: { needsPool: true, inputs: {}, expectations: [], run: deletePool },
  retention_gap: {
    needsPool: true,
    inputs: { size_bytes: { type: "integer", required: true } },
    expectations: [],
    run: checkRetentionGap,
  },
  spawn_poke: {
    needsPool: true,
    inputs: { messages: { type: "array", required: true } },
    expectations: [],
    run: appendFromProcesses,
  },
  corrupt_pool_header: { needsPool: true, inputs: {}, expectations: [], run: corruptPoolHeader },
  chmod_path: {
    needsPool: false,
    inputs: { path: { type: "string", required: true }, mode: { type: "string", required: true } },
    expectations: [],
    run: chmodPath,
  },
};

async function createPool(
  { pool, input, expect }: Step,
  { client }: Workplace,
): Promise<Outcome> {
  try {
    const sizeBytes = input.size_bytes as number | undefined;
    return { created: true, ...describe(await client.createPool(pool, { sizeBytes })) };
  } catch (error) {
    if (expect.created !== false || !(error instanceof AlreadyExistsError)) throw error;
    return { created: false, ...describe(await client.poolInfo(pool)) };
  }
}

async function append({ pool, input }: Step, { client }: Workplace): Promise<Outcome> {
  return await withPool(client, pool, async (opened) => {
    return observe(await opened.append(input.data, input.tags as string[] | undefined));
  });
}

async function get({ pool, input }: Step, { client }: Workplace): Promise<Outcome> {
  return await withPool(client, pool, async (opened) => {
    return observe(await opened.get(input.seq as number));
  });
}

async function tail({ pool, input }: Step, { client }: Workplace): Promise<Outcome> {
  const byDefaultMs = input.max === undefined ? TAIL_TIMEOUT_MS : TAIL_PATIENCE_MS;
  const options = {
    sinceSeq: input.since_seq,
    maxMessages: input.max,
    tags: input.tags,
    timeoutMs: input.timeout_ms ?? byDefaultMs,
    gapPolicy: input.gap_policy,
  } as TailOptions;
  return await withPool(client, pool, async (opened) => {
    const messages: Outcome[] = [];
    for await (const message of opened.tail(options)) messages.push(observe(message));
    return { messages, messages_unordered: messages };
  });
}

async function listPools(_step: Step, { client }: Workplace): Promise<Outcome> {
  return { names: (await client.listPools()).map(({ name }) => name) };
}

async function poolInfo({ pool }: Step, { client }: Workplace): Promise<Outcome> {
  return describe(await client.poolInfo(pool));
}

async function deletePool({ pool }: Step, { client }: Workplace): Promise<Outcome> {
  await client.deletePool(pool);
  return {};
}

/** Overwrites the start of the file: magic number, version, and checksums with them. */
function corruptPoolHeader({ pool }: Step, workplace: Workplace): Outcome {
  using file = Deno.openSync(filesOf(workplace).path(pool), { write: true });
  file.writeSync(new TextEncoder().encode("this is not a pool any more"));
  return {};
}

function chmodPath({ input }: Step, workplace: Workplace): Outcome {
  const mode = String(input.mode);
  if (!/^0?[0-7]{3}$/.test(mode)) throw new Error(`not an octal mode: ${mode}`);
  const path = String(input.path);
  const { directory } = filesOf(workplace);
  Deno.chmodSync(path.startsWith("/") ? path : `${directory}/${path}`, parseInt(mode, 8));
  return {};
}

function filesOf({ files }: Workplace): PoolFiles {
  if (files === undefined) throw new Error("these pools are no files");
  return files;
}

function observe({ seq, data, tags }: Message): Outcome {
  return { seq, data, tags };
}

function describe(info: PoolInfo): Outcome {
  return { file_size: info.sizeBytes, bounds: info.bounds ?? { oldest: null, newest: null } };
}
