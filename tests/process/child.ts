/**
 * A process started by a test: its output as it comes, and a bound on every wait.
 *
 * A child never outlives the test: leaving its `await using` block kills it together
 * with the processes it started.
 *
 * @module
 */

import { permissionFlag } from "../../release/permissions.ts";

const CLI = import.meta.dirname + "/../../cli.ts";

/** How long a test waits for a process to do what it should, in milliseconds. */
export const PATIENCE_MS = 30_000;

/** A running process. */
export class Child implements AsyncDisposable {
  /** What it printed so far. */
  readonly stdout: Transcript;
  /** What it complained about so far. */
  readonly stderr: Transcript;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #running = true;

  /** Starts `command`. */
  constructor(command: string, options: Deno.CommandOptions = {}) {
    this.#process = new Deno.Command(command, {
      ...options,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: Deno.build.os !== "windows",
    }).spawn();
    this.stdout = new Transcript(this.#process.stdout);
    this.stderr = new Transcript(this.#process.stderr);
    this.#input = this.#process.stdin.getWriter();
    this.#process.status.then(() => this.#running = false);
  }

  /** False once it has ended. */
  get running(): boolean {
    return this.#running;
  }

  /** Starts a Deno script that has `permissions` and no others. */
  static deno(script: string, permissions: readonly string[], args: readonly string[]): Child {
    return new Child(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", ...permissions, script, ...args],
      env: { NO_COLOR: "1" },
    });
  }

  /** Starts `pls` on the pools in `dir`. */
  static pls(dir: string, args: readonly string[]): Child {
    // It gets no more to write than it should.
    const access = [permissionFlag("read"), `--allow-write=${dir}`, permissionFlag("env")];
    return new Child(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", ...access, CLI, ...args],
      // The configuration of whoever runs the tests stays out of them.
      env: { PLS_DIR: dir, PLS_CONFIG: `${dir}/config.jsonc`, NO_COLOR: "1" },
    });
  }

  /** Waits until it says that it waits for the starting signal. */
  async ready(): Promise<void> {
    await this.stdout.until((text) => text.includes("ready\n"), "readiness");
  }

  /** Writes a line to its standard input. */
  async send(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** Kills it, and the processes it started. */
  kill(): void {
    this.signal("SIGKILL");
  }

  /** Sends a signal to it, and to the processes it started. */
  signal(name: Deno.Signal): void {
    if (!this.#running) return;
    try {
      Deno.kill(Deno.build.os === "windows" ? this.#process.pid : -this.#process.pid, name);
    } catch (error) {
      // It may have ended by itself just now.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Waits for its end, with all of its output read, and returns its exit code. */
  async exit(): Promise<number> {
    const { code } = await within(PATIENCE_MS, this.#process.status, () => {
      return `a process did not end; it said: ${this.stdout.text}${this.stderr.text}`;
    });
    // What it started may have its output open still.
    await within(PATIENCE_MS, Promise.all([this.stdout.ended, this.stderr.ended]), () => {
      return "a process ended and its output did not: something it started goes on";
    });
    return code;
  }

  /** Kills it unless it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#process.status;
    await this.#input.close().catch(() => {});
    await Promise.all([this.stdout.ended, this.stderr.ended]);
  }
}

/** The text that came through a stream so far. */
export class Transcript {
  /** All of it. */
  text = "";
  /** Resolves when no more will come. */
  readonly ended: Promise<void>;
  #isOver = false;
  #onNews = () => {};

  /** Collects what comes through `stream`. */
  constructor(stream: ReadableStream<Uint8Array>) {
    this.ended = this.#collect(stream);
  }

  /** The lines that are complete. */
  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  /**
   * Waits until the text is enough, and returns it. Fails when it ends before that, or
   * when it takes too long; `what` names what was waited for.
   */
  async until(isEnough: (text: string) => boolean, what: string): Promise<string> {
    const enough = new Promise<string>((resolve, reject) => {
      this.#onNews = () => {
        if (isEnough(this.text)) resolve(this.text);
        else if (this.#isOver) reject(new Error(`output ended before ${what}: ${this.text}`));
      };
      this.#onNews();
    });
    return await within(PATIENCE_MS, enough, () => `no ${what} in: ${this.text}`);
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.text += text;
      this.#onNews();
    }
    this.#isOver = true;
    this.#onNews();
  }
}

/** Fails with `complaint` when `promise` takes longer than `timeoutMs`. */
async function within<T>(
  timeoutMs: number,
  promise: Promise<T>,
  complaint: () => string,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint())), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
