/**
 * Machines that call `pls bridge`, each with a home of its own, and pools of every engine.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  Client,
  JsonText,
  type Message,
  type MessageInput,
  type MessagePool,
} from "@plasmite/pool";
import { connect, type NatsClient } from "@plasmite/pool/nats";
import { connect as connectToServer, type RemoteClient } from "@plasmite/pool/remote";
import type { FailureFields } from "../../cli/failure.ts";
import {
  denoArguments,
  errorOf,
  type Launch,
  type Outcome,
  Place,
  type Running,
} from "../cli/pls.ts";
import { Serving } from "../cli/serving.ts";
import { eventually } from "../server/eventually.ts";
import type { NatsServer } from "./nats_server.ts";

/** Where modules are cached: it follows from `HOME` otherwise. */
const DENO_DIR = denoDirectory();

const AT_HOME: Launch = {
  program: Deno.execPath(),
  argumentsFor: denoArguments,
  environment: (dir) => ({
    HOME: dir,
    DENO_DIR,
    PLS_DIR: `${dir}/pools`,
    PLS_CONFIG: `${dir}/config.jsonc`,
    NO_COLOR: "",
  }),
  clearEnv: false,
  pools: "pools",
};

function denoDirectory(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** What `pls bridge` prints at its end. */
export interface Summary {
  from: string;
  to: string;
  copied: number;
  skipped: number;
  missing: number;
  first_seq: number | null;
  last_seq: number | null;
  resumed_at: number | null;
  next_seq: number;
  dropped?: number;
}

/** A notice on standard error. */
export interface ToldNotice {
  kind: string;
  cmd: string;
  pool: string;
  message: string;
  details: Record<string, unknown>;
}

/** One machine: a home, a pool directory, and what was started on it. */
export class Machine extends Place {
  /** The pools of its directory. */
  readonly client: Client;
  readonly #others = new AsyncDisposableStack();

  /** Sets one up. */
  constructor() {
    super(AT_HOME);
    this.client = new Client({ dir: this.pools });
  }

  /** The environment of every call. */
  get environment(): Record<string, string> {
    return AT_HOME.environment(this.dir);
  }

  /** The directory of the records. */
  get records(): string {
    return `${this.dir}/.plasmite/bridges`;
  }

  /** The path of the one record that there is. */
  get record(): string {
    const names = Array.from(Deno.readDirSync(this.records), ({ name }) => name);
    const [name, ...others] = names.filter((name) => name.endsWith(".json"));
    assertEquals(others, []);
    return `${this.records}/${name}`;
  }

  /** Copies once, without a word on standard error. */
  async copy(from: string, to: string, ...flags: string[]): Promise<Summary> {
    const { summary, notices } = await this.copyNoticing(from, to, ...flags);
    assertEquals(notices, []);
    return summary;
  }

  /** Copies once, and says what it told beside. */
  async copyNoticing(
    from: string,
    to: string,
    ...flags: string[]
  ): Promise<{ summary: Summary; notices: ToldNotice[] }> {
    const outcome = await this.pls("bridge", from, to, "--once", ...flags);
    assertEquals(outcome.code, 0, outcome.stderr);
    return { summary: summaryOf(outcome.stdout), notices: noticesOf(outcome) };
  }

  /** Starts a bridge that runs until it is told to stop, and waits until it is there. */
  async mirror(from: string, to: string, ...flags: string[]): Promise<Running> {
    const running = this.start("bridge", from, to, ...flags);
    const before = this.#recordCount();
    await eventually("the bridge runs", () => this.#recordCount() > before);
    return running;
  }

  #recordCount(): number {
    try {
      return Array.from(Deno.readDirSync(this.records)).filter(({ name }) => name.endsWith(".json"))
        .length;
    } catch {
      return 0;
    }
  }

  /** A new pool of a real `pls serve` in the directory of this machine. */
  async servedPool(name: string, ...flags: string[]): Promise<Made> {
    const serving = await Serving.start(this, ...flags);
    this.#others.use(serving);
    this.client.createPool(name, { sizeBytes: POOL_BYTES });
    const client = connectToServer(serving.url);
    this.#others.defer(() => client.close());
    return { reference: `${serving.url}/${name}`, pool: await client.openPool(name) };
  }

  /** A new pool in a file. */
  filePool(name: string): Made {
    return { reference: name, pool: this.client.pool(name, { sizeBytes: POOL_BYTES }) };
  }

  /** A new pool on NATS. */
  async natsPool(server: NatsServer, name: string): Promise<Made> {
    const pool = await this.natsClient(server).pool(name, { sizeBytes: POOL_BYTES });
    return { reference: server.pool(name), pool };
  }

  /** A client of a NATS server, closed with the machine. */
  natsClient(server: NatsServer): NatsClient {
    const client = connect(server.url);
    this.#others.defer(() => client.close());
    return client;
  }

  /** A client of a `pls serve`, closed with the machine. */
  servedClient(url: string): RemoteClient {
    const client = connectToServer(url);
    this.#others.defer(() => client.close());
    return client;
  }

  /** Ends everything. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await this.#others.disposeAsync();
    this.client.close();
    await super[Symbol.asyncDispose]();
  }
}

/** More than any test puts into a pool. */
const POOL_BYTES = 64 * 1024 * 1024;

/** A pool, and how to name it. */
export interface Made {
  readonly reference: string;
  readonly pool: MessagePool;
}

/** The summary in what a bridge printed. */
export function summaryOf(stdout: string | undefined): Summary {
  return JSON.parse(stdout ?? "").bridged;
}

/** The notices in what it told. */
export function noticesOf({ stderr }: Pick<Outcome, "stderr">): ToldNotice[] {
  return stderr.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line).notice);
}

/** Ends a bridge that runs, and returns its summary. */
export async function stopped(running: Running, signal: Deno.Signal = "SIGINT"): Promise<Summary> {
  running.signal(signal);
  const { code } = await running.status();
  assertEquals(code, 0, await running.stderr.next());
  return summaryOf(await running.stdout.next());
}

/** Everything that a pool retains. */
export async function allOf(pool: MessagePool): Promise<Message[]> {
  const { bounds } = await pool.info();
  if (bounds === undefined) return [];
  return await Array.fromAsync(pool.tail({ sinceSeq: bounds.oldest, untilSeq: bounds.newest }));
}

/** Payloads whose spelling, order and characters have to stay as they are. */
const PAYLOADS = [
  '{"b":1.0,"a":12345678901234567890,"":null}',
  '"\\u0000 \\ud83d\\ude00 \u00e9 \u{1f600} \\/"',
  "-0.0",
  "[1e2,1E+2,100]",
  "null",
  '{"a":1,"a":2}',
];

const TAG_LISTS: string[][] = [[], ["a"], ["über", 'quo"te', "comma,", ""], ["x", "x"]];

/** Messages of all kinds, `count` of them, the numbers from `from` on among their tags. */
export function mixed(count: number, from = 0): MessageInput[] {
  return Array.from({ length: count }, (_, i) => ({
    json: JsonText.parse(PAYLOADS[i % PAYLOADS.length]),
    tags: [...TAG_LISTS[i % TAG_LISTS.length], `n${from + i}`],
  }));
}

/** Messages `{ i, fill }` with `i` from `from` on. */
export function numbered(count: number, from = 0): MessageInput[] {
  return Array.from({ length: count }, (_, i) => ({
    data: { i: from + i, fill: "f".repeat(100) },
    tags: i % 2 === 0 ? ["even"] : [],
  }));
}

/** The `i` of messages. */
export function numbersOf(messages: readonly Message[]): number[] {
  return messages.map(({ json }) => JSON.parse(json).i);
}

/** The numbers from 0 up to and without `count`. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/**
 * Checks that `copies` holds each message of `source` once, in order, as it is there: with its
 * payload, its tags and the tag of its origin, and its time where the engine keeps that.
 */
export async function assertCopied(
  source: MessagePool,
  copies: MessagePool,
  { keepsTimes = true }: { keepsTimes?: boolean } = {},
): Promise<void> {
  const { id } = await source.info();
  const text = ({ json, tags, time }: Message, moreTags: readonly string[]) =>
    JSON.stringify([json, [...tags, ...moreTags], keepsTimes ? time : ""]);
  const expected = (await allOf(source)).map((message) =>
    text(message, [`origin:${id}#${message.seq}`])
  );
  const actual = (await allOf(copies)).map((message) => text(message, []));
  // To compare thousands of lines takes long when they differ: the first difference is enough.
  const differs = expected.findIndex((line, i) => line !== actual[i]);
  if (differs !== -1) assertEquals(actual.slice(0, differs + 1), expected.slice(0, differs + 1));
  assertEquals(actual.length, expected.length);
  assert(expected.length > 0);
}

/** Calls `pls bridge`, which must fail with `code`, and returns what it says. */
export async function failed(
  machine: Machine,
  code: number,
  ...args: string[]
): Promise<FailureFields> {
  const outcome = await machine.pls("bridge", ...args);
  assertEquals([outcome.code, outcome.stdout], [code, ""], outcome.stderr);
  return errorOf(outcome.stderr);
}

/** The end of a bridge that fails by itself. */
export async function failureOf(running: Running, code: number): Promise<FailureFields> {
  assertEquals((await running.status()).code, code);
  return errorOf(`${await running.stderr.next()}\n`);
}
