/**
 * `pls mcp` and `pls serve` as fuzzing sees them: bytes go in, JSON-RPC messages come out, and
 * whatever else the process does is watched.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Client } from "@plasmite/pool";
import { denoArguments, Place, within } from "../cli/pls.ts";
import type { RequestId } from "./fuzz_rules.ts";

/** A JSON-RPC message as it came. */
export interface Answer {
  readonly id?: RequestId | null;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** What stands in a pool outside of the directory of pools, where nobody may look. */
export const SECRET = "nobody may read this";

/** A pool directory, with a pool and a file next to it that are none of anybody's business. */
export class FuzzPlace implements AsyncDisposable {
  readonly #place = new Place();
  /** Where the pools are. */
  readonly pools = this.#place.pools;
  /** The directory around the pools. */
  readonly dir = this.#place.dir;
  readonly #before: string[];

  /** Makes it, with the pools `busy` and `empty` in it. */
  constructor() {
    using outside = new Client({ dir: `${this.dir}/outside` });
    outside.pool("secret").append({ say: SECRET });
    using client = new Client({ dir: this.pools });
    const pool = client.pool("busy");
    for (let id = 0; id < 30; id++) pool.append({ id }, id % 2 === 0 ? ["even"] : []);
    client.pool("empty");
    this.#before = this.#around();
  }

  /** The place that commands of `pls` run in. */
  get place(): Place {
    return this.#place;
  }

  /** Fails when anything outside of the directory of pools was made, changed or removed. */
  assertUntouched(): void {
    assertEquals(this.#around(), this.#before);
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#place[Symbol.asyncDispose]();
  }

  #around(): string[] {
    // A server says where it is in a file `ready-…`.
    const others = [this.pools, `${this.dir}/ready-`];
    const isOther = (line: string) => others.some((start) => line.startsWith(start));
    return listed(this.dir).filter((line) => !isOther(line)).sort();
  }
}

function listed(dir: string): string[] {
  return [...Deno.readDirSync(dir)].flatMap(({ name, isDirectory }) => {
    const path = `${dir}/${name}`;
    const { mtime, size } = Deno.statSync(path);
    // Making something in the directory of pools changes the time of that directory alone.
    if (isDirectory) return [path, ...listed(path)];
    return [`${path} ${size} ${mtime?.getTime()}`];
  });
}

/** A running `pls mcp`. */
export class StdioTarget implements AsyncDisposable {
  /** Everything it answered. */
  readonly answers: Answer[] = [];
  /** Everything it printed on standard error. */
  errors = "";
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<unknown>;
  #isOver = false;
  readonly #listeners = new Set<() => void>();

  /** Starts it for the pools of `place`. */
  constructor({ dir, pools }: FuzzPlace, ...flags: string[]) {
    const command = new Deno.Command(Deno.execPath(), {
      args: denoArguments(["mcp", ...flags]),
      cwd: dir,
      env: { PLS_DIR: pools, PLS_CONFIG: `${dir}/config.jsonc`, NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    this.#child = command.spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = Promise.all([this.#readAnswers(), this.#readErrors()]);
  }

  /** The number of the process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Writes bytes as they are. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#input.write(bytes);
  }

  /** Writes a line. */
  async line(line: string | Uint8Array): Promise<void> {
    const bytes = typeof line === "string" ? new TextEncoder().encode(line) : line;
    const whole = new Uint8Array(bytes.length + 1);
    whole.set(bytes);
    whole[bytes.length] = 0x0a;
    await this.write(whole);
  }

  /** Waits until its answers are what `isEnough` wants. */
  async until(isEnough: (answers: readonly Answer[]) => boolean, what: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (isEnough(this.answers)) resolve();
      else if (this.#isOver) reject(new Error(`it ended before ${what}: ${this.errors}`));
    };
    this.#listeners.add(look);
    look();
    try {
      await within(what, promise);
    } finally {
      this.#listeners.delete(look);
    }
  }

  /** Sends a request and waits for its answer. */
  async ask(id: RequestId, method: string, params?: unknown): Promise<Answer> {
    const from = this.answers.length;
    await this.line(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    const find = () => this.answers.slice(from).find((answer) => answer.id === id);
    await this.until(() => find() !== undefined, `the answer to ${method}`);
    return find()!;
  }

  /** Ends its input and waits for its end. */
  async finish(): Promise<number> {
    await this.#input.close();
    const { code } = await within("the process to end", this.#child.status);
    await this.#reading;
    return code;
  }

  /** Ends it by force, unless it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#input.close().catch(() => {});
    await this.#reading;
  }

  async #readAnswers(): Promise<void> {
    const pieces: string[] = [];
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = text.split("\n");
      pieces.push(lines[0]);
      for (const line of lines.slice(1)) {
        this.answers.push(JSON.parse(pieces.splice(0).join("")));
        pieces.push(line);
      }
      this.#tell();
    }
    assertEquals(pieces.join(""), "", "it printed something that is no line");
    this.#isOver = true;
    this.#tell();
  }

  #tell(): void {
    for (const look of this.#listeners) look();
  }

  async #readErrors(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.errors += text;
    }
  }
}

/** The most memory that the process `pid` had at once, in MiB; undefined where that isn't told. */
export function peakMemoryMib(pid: number): number | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Math.round(Number(/VmHWM:\s*(\d+) kB/.exec(status)![1]) / 1024);
}

/** Fails when `text` shows where in the code something went wrong, or a pool nobody may see. */
export function assertDiscreet(text: string): void {
  assert(!/\n\s+at .*:\d+|\\n\s+at .*:\d+|Uncaught|panicked/.test(text), text.slice(0, 2000));
  assert(!text.includes(SECRET), "what is outside of the pool directory was told");
}
