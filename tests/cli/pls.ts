/**
 * Runs the real `pls` in a directory of its own, for tests of what scripts see.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { FailureFields } from "../../cli/failure.ts";
import { PERMISSIONS } from "../../release/permissions.ts";

const CLI = new URL("../../cli.ts", import.meta.url).href;

/** Long enough for any event a test waits for, also on a busy machine. */
const PATIENCE_MS = 60_000;

/** What one call of `pls` did. */
export interface Outcome {
  /** Exit code. */
  code: number;
  /** Everything on standard output. */
  stdout: string;
  /** Everything on standard error. */
  stderr: string;
}

/** What a call gets beside its arguments. */
export interface CallOptions {
  /** Everything on standard input; without it there is none. */
  stdin?: string | Uint8Array<ArrayBuffer>;
  /** Environment variables to add. */
  env?: Record<string, string>;
}

/** The arguments that make `deno` run `pls` with `args`. */
export function denoArguments(args: readonly string[]): string[] {
  return ["run", "--quiet", ...PERMISSIONS.map(({ flag }) => flag), CLI, ...args];
}

/** How `pls` is started. */
export interface Launch {
  /** The program that is started. */
  readonly program: string;
  /** What it is given so that `pls` gets `args`. */
  argumentsFor(args: readonly string[]): string[];
  /** Its environment when it is called in the directory `dir`. */
  environment(dir: string): Record<string, string>;
  /** Nothing else is in its environment. */
  readonly clearEnv: boolean;
  /** Where its pools are, below that directory. */
  readonly pools: string;
}

/** Starts it from source, with pools and configuration of its own. */
const FROM_SOURCE: Launch = {
  program: Deno.execPath(),
  argumentsFor: denoArguments,
  // The configuration of whoever runs the tests stays out of them.
  environment: (dir) => ({
    PLS_DIR: `${dir}/pools`,
    PLS_CONFIG: `${dir}/config.jsonc`,
    NO_COLOR: "",
  }),
  clearEnv: false,
  pools: "pools",
};

/** A temporary directory to call `pls` in. */
export class Place implements AsyncDisposable {
  /** The working directory of every call. */
  readonly dir: string;
  /** The pool directory of every call. */
  readonly pools: string;
  readonly #launch: Launch;
  readonly #running = new Set<Running>();

  /** Makes the directory, `dir` if given; `pls` is started from source, unless told otherwise. */
  constructor(launch = FROM_SOURCE, dir?: string) {
    this.dir = dir ?? Deno.makeTempDirSync({ prefix: "pls-test-" });
    if (dir !== undefined) Deno.mkdirSync(dir);
    this.pools = `${this.dir}/${launch.pools}`;
    this.#launch = launch;
  }

  /** Calls `pls` with `args` and no standard input, and waits for its end. */
  pls(...args: string[]): Promise<Outcome> {
    return this.call(args, {});
  }

  /** Calls `pls` with `args` and waits for its end. */
  async call(args: readonly string[], { stdin, env }: CallOptions): Promise<Outcome> {
    const child = this.#command(args, env, stdin === undefined ? "null" : "piped").spawn();
    const output = child.output();
    if (stdin !== undefined) {
      const writer = child.stdin.getWriter();
      const bytes = typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin;
      // A call that fails early does not read on.
      await writer.write(bytes).then(() => writer.close()).catch(() => {});
    }
    const { code, stdout, stderr } = await within("the call to end", output);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  /** Calls `pls` with `args` and does not wait. */
  start(...args: string[]): Running {
    return this.startIn({}, args);
  }

  /** Calls `pls` with `args` and environment variables to add, and does not wait. */
  startIn(env: Record<string, string>, args: readonly string[]): Running {
    const running = new Running(this.#command(args, env, "piped").spawn());
    this.#running.add(running);
    return running;
  }

  /** Calls `pls` and returns its standard output; it must succeed. */
  async done(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.pls(...args);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    return stdout;
  }

  /** Ends what still runs and removes the directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) await running.end();
    Deno.removeSync(this.dir, { recursive: true });
  }

  #command(
    args: readonly string[],
    env: Record<string, string> | undefined,
    stdin: "null" | "piped",
  ): Deno.Command {
    const { program, clearEnv } = this.#launch;
    return new Deno.Command(program, {
      args: this.#launch.argumentsFor(args),
      cwd: this.dir,
      clearEnv,
      env: { ...this.#launch.environment(this.dir), ...env },
      stdin,
      stdout: "piped",
      stderr: "piped",
    });
  }
}

/** A call of `pls` that goes on. */
export class Running {
  /** Lines of standard output. */
  readonly stdout: LineReader;
  /** Lines of standard error. */
  readonly stderr: LineReader;
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;

  /** Takes over a child whose streams are all piped. */
  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdin = child.stdin.getWriter();
    this.stdout = new LineReader(child.stdout);
    this.stderr = new LineReader(child.stderr);
  }

  /** Writes to its standard input. */
  async type(text: string): Promise<void> {
    await this.#stdin.write(new TextEncoder().encode(text));
  }

  /** Sends it a signal. */
  signal(name: Deno.Signal): void {
    this.#child.kill(name);
  }

  /** Its end. */
  status(): Promise<Deno.CommandStatus> {
    return within("the process to end", this.#child.status);
  }

  /** Ends it if it has not ended, and lets go of its streams. */
  async end(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#stdin.close().catch(() => {});
    await this.stdout.close();
    await this.stderr.close();
  }
}

/** Lines of a stream of bytes, one at a time. */
export class LineReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  /** Reads `stream` as UTF-8. */
  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line without its line feed; undefined at the end. */
  async next(): Promise<string | undefined> {
    while (!this.#text.includes("\n")) {
      const { done, value } = await within("a line", this.#reader.read());
      if (done) return undefined;
      this.#text += value;
    }
    const end = this.#text.indexOf("\n");
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    return line;
  }

  /** Closes the reading end. */
  async close(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }
}

/** Waits for `promise`, and fails when that takes too long. */
export async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const bound = new Promise<never>((_, reject) => {
    const message = `waited ${PATIENCE_MS} ms for ${what}`;
    timer = setTimeout(() => reject(new Error(message)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, bound]);
  } finally {
    clearTimeout(timer);
  }
}

/** The values of JSON Lines. */
// deno-lint-ignore no-explicit-any
export function jsonLines(text: string): any[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The error that the one line of `stderr` tells of. */
export function errorOf(stderr: string): FailureFields {
  assertEquals(stderr.split("\n").length, 2, `one line expected, got ${stderr}`);
  return JSON.parse(stderr).error;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
