/**
 * The first signal by which a person or a service manager ends a command that would run for ever.
 *
 * @module
 */

const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];

/** What a shell adds to the number of a signal that ended a program. */
const EXIT_CODE_OF_SIGNALS = 128;
const SIGNAL_NUMBERS: Partial<Record<Deno.Signal, number>> = {
  SIGINT: 2,
  SIGTERM: 15,
  SIGBREAK: 21,
};

/** Listens for signals to stop. From the first one on they do what they do by themselves. */
export class StopSignal implements Disposable {
  readonly #stopping = new AbortController();
  readonly #listeners = STOP_SIGNALS.map((name) => ({ name, listener: () => this.#stop(name) }));
  #exitCode: number | undefined;

  /** Starts to listen. */
  constructor() {
    for (const { name, listener } of this.#listeners) Deno.addSignalListener(name, listener);
  }

  /** Aborted when the signal comes. */
  get given(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The exit code of a program that the signal kept from its work; undefined without one. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  #stop(name: Deno.Signal): void {
    this.#exitCode = EXIT_CODE_OF_SIGNALS + (SIGNAL_NUMBERS[name] ?? 0);
    this[Symbol.dispose]();
    this.#stopping.abort();
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    for (const { name, listener } of this.#listeners) Deno.removeSignalListener(name, listener);
  }
}
