/**
 * A process that a benchmark runs beside itself. Every wait for it is bounded, and when
 * it dies what it complained about is the error.
 *
 * @module
 */

import { lineBatchesOf } from "./lines.ts";

/** Longest wait for a process in milliseconds. */
const PATIENCE_MS = 60_000;
/** How long a process may take to end when it is asked to. */
const FAREWELL_MS = 2000;
/** What is kept of standard error, in characters. */
const COMPLAINT_LENGTH = 4000;

/** Thrown when a command is not on this machine. */
export class NotInstalledError extends Error {
  override name = "NotInstalledError";
}

/** A running process. */
export class Program implements AsyncDisposable {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  /** Fails when it ends, with what it complained about. */
  readonly ended: Promise<never>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  #lineBatches: AsyncIterator<string[]> | undefined;
  #lines: string[] = [];
  #complaint = "";

  /**
   * Starts `command`.
   *
   * @throws {NotInstalledError} when there is none.
   */
  constructor(command: string, args: readonly string[]) {
    this.#name = command;
    this.#child = spawn(command, args);
    this.#stdin = this.#child.stdin.getWriter();
    this.ended = this.#watch(this.#collect());
    // It is looked at only while somebody waits.
    this.ended.catch(() => {});
  }

  /** Starts one of the scripts in this folder. */
  static script(name: string, args: readonly string[]): Program {
    const script = import.meta.dirname + `/${name}`;
    return new Program(Deno.execPath(), ["run", "--allow-all", "--quiet", script, ...args]);
  }

  /** What it prints; read either this or {@linkcode nextLine}. */
  get stdout(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#child.stdout;
  }

  /** Writes to its standard input. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#stdin.write(bytes);
  }

  /** The next line it prints; `what` says what is waited for. */
  async nextLine(what: string): Promise<string> {
    this.#lineBatches ??= lineBatchesOf(this.stdout);
    while (this.#lines.length === 0) {
      const { done, value } = await within(this.#lineBatches.next(), what);
      if (done) return await this.ended;
      this.#lines.push(...value);
    }
    return this.#lines.shift()!;
  }

  /** Does `work` that needs it alive; `what` names the work. */
  async during<T>(work: Promise<T>, what: string): Promise<T> {
    try {
      return await within(Promise.race([work, this.ended]), what);
    } catch (error) {
      // Its death says more than what the work made of it, and may be known a moment later.
      await Promise.race([this.ended, pause(200)]);
      throw error;
    }
  }

  /** Asks it to end, and kills it when it does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), FAREWELL_MS);
    await this.ended.catch(() => {});
    clearTimeout(timer);
    await this.#stdin.abort().catch(() => {});
  }

  #signal(name: Deno.Signal): void {
    try {
      this.#child.kill(name);
    } catch {
      // It ended by itself just now.
    }
  }

  async #collect(): Promise<void> {
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_LENGTH);
    }
  }

  async #watch(collected: Promise<void>): Promise<never> {
    const { code } = await this.#child.status;
    await Promise.race([collected, pause(200)]);
    throw new Error(`${this.#name} ended with ${code}: ${this.#complaint}`);
  }
}

function spawn(command: string, args: readonly string[]): Deno.ChildProcess {
  const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  try {
    return new Deno.Command(command, { args: [...args], ...pipes }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new NotInstalledError(`${command} is not installed`);
  }
}

/** Fails when `work` takes too long; `what` names it. */
export async function within<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took too long`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits so many milliseconds. */
export function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
