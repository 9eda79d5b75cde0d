/**
 * The command that is tapped: started, signalled, and waited for.
 *
 * From its start to the release of the child, signals that would end this process go
 * to the child instead, so that its end can still be recorded.
 *
 * @module
 */

import { IoError, PermissionError, type PlasmiteError, UsageError } from "../../pool/mod.ts";
import type { StreamName } from "./recorder.ts";

/** How a command ended. */
export interface End {
  /** What to exit with: its own code, or 128 and the number of the signal. */
  readonly exitCode: number;
  /** The signal that ended it. */
  readonly signal?: string;
  /** How long it ran, in whole milliseconds. */
  readonly elapsedMs: number;
}

/** What becomes of signals to this process that are meant for the command. */
export interface SignalRules {
  /** Those that do not end this process while the command runs. */
  readonly taken: readonly Deno.Signal[];
  /** They are passed on. Otherwise the command gets them without that. */
  readonly areForwarded: boolean;
}

/** The rules on the system `os`. */
export function signalRulesOf(os: typeof Deno.build.os): SignalRules {
  // A console of Windows tells every program on it of Ctrl+C by itself, and to send a signal
  // there is to end the program at once.
  if (os === "windows") return { taken: ["SIGINT", "SIGBREAK"], areForwarded: false };
  return { taken: ["SIGINT", "SIGTERM", "SIGHUP"], areForwarded: true };
}

const SHELL_LINE = Deno.build.os === "windows" ? "cmd /c ..." : "sh -c '...'";

/** The names in exit messages; others are told by number. */
const SIGNAL_NAMES: Readonly<Record<number, string>> = {
  2: "SIGINT",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};

/** A running command. */
export class TappedChild implements Disposable {
  /** How it ended, once it has. */
  readonly end: Promise<End>;
  /** Settled by a signal that comes when the command has ended: its output is given up. */
  readonly abandoned: Promise<void>;
  readonly #process: Deno.ChildProcess;
  readonly #rules: SignalRules;
  readonly #onSignal: ReadonlyMap<Deno.Signal, () => void>;
  #abandon!: () => void;
  #ended = false;

  /**
   * Starts `command`, its name and its arguments. It reads this process's standard input.
   *
   * @throws {UsageError} when there is no such program.
   * @throws {IoError} when it can't be started.
   * @throws {PermissionError} when this process may not start programs.
   */
  constructor(command: readonly string[], rules: SignalRules = signalRulesOf(Deno.build.os)) {
    this.#rules = rules;
    this.#onSignal = new Map(rules.taken.map((signal) => [signal, () => this.#forward(signal)]));
    this.abandoned = new Promise((resolve) => this.#abandon = resolve);
    // Before it starts: no moment may be left in which a signal ends this process only.
    for (const [signal, listener] of this.#onSignal) Deno.addSignalListener(signal, listener);
    const startedMs = performance.now();
    try {
      this.#process = spawn(command);
    } catch (error) {
      this[Symbol.dispose]();
      throw spawnError(command[0], error);
    }
    this.end = this.#waitForEnd(startedMs);
  }

  /** What it writes to one of its streams. */
  output(stream: StreamName): ReadableStream<Uint8Array> {
    return this.#process[stream];
  }

  /** Ends it at once. */
  kill(): void {
    this.#signal("SIGKILL");
  }

  /** Signals end this process again. */
  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#onSignal) Deno.removeSignalListener(signal, listener);
  }

  async #waitForEnd(startedMs: number): Promise<End> {
    const { exitCode, signalNumber } = await this.#process.status.then(knownEnd, unknownEnd);
    const elapsedMs = Math.round(performance.now() - startedMs);
    this.#ended = true;
    if (signalNumber === undefined) return { exitCode, elapsedMs };
    return { exitCode, signal: SIGNAL_NAMES[signalNumber] ?? `SIG${signalNumber}`, elapsedMs };
  }

  #forward(signal: Deno.Signal): void {
    if (this.#ended) this.#abandon();
    else if (this.#rules.areForwarded) this.#signal(signal);
  }

  #signal(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended already.
    }
  }
}

function spawn([name, ...args]: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(name, { args, stdin: "inherit", stdout: "piped", stderr: "piped" })
    .spawn();
}

function spawnError(name: string, error: unknown): PlasmiteError {
  const cause = error;
  if (error instanceof Deno.errors.NotFound) {
    return new UsageError(`command not found: ${name}`, {
      cause,
      hint: `Check its spelling and PATH. No shell runs it; for one, tap \`${SHELL_LINE}\`.`,
    });
  }
  if (error instanceof Deno.errors.NotCapable) {
    return new PermissionError(`may not run ${name}`, {
      cause,
      hint: "Run pls with --allow-run as well.",
    });
  }
  return new IoError(`can't run ${name}`, {
    cause,
    hint: "Check that it is a program and may be executed.",
  });
}

/** A program may return 130 of its own accord: the code alone does not tell of a signal. */
function knownEnd({ code, signal }: Deno.CommandStatus) {
  return { exitCode: code, signalNumber: signal === null ? undefined : code - 128 };
}

/** Deno has no name for some signals (the real-time ones) and fails; the number is there. */
function unknownEnd(error: unknown) {
  const number = /Invalid signal: (\d+)/.exec(String(error))?.[1];
  if (number === undefined) throw error;
  return { exitCode: 128 + Number(number), signalNumber: Number(number) };
}
