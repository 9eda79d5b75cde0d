/**
 * A lane as a process: what it prints is passed on line by line, so lines of lanes that run side
 * by side never mix.
 *
 * @module
 */

import type { LaneRun } from "./lanes.ts";
import type { Outcome } from "./outcome.ts";

/** More lanes than this starve each other on two cores, and tests with a limit in time fail. */
const LANES_AT_ONCE = 4;

/** How long output is waited for after a process has ended; what it started may keep it open. */
const LAST_OUTPUT_MS = 2000;

/** What lanes are run with. */
export interface RunOptions {
  /** The root of the project. */
  readonly cwd: string;
  /** Called with every line that is printed. */
  readonly onLine: (line: string) => void;
  /** Ends the lanes early. */
  readonly signal: AbortSignal;
}

/**
 * Runs all lanes, the first ones side by side and each of the others when one has ended; the lines
 * that are passed on begin with the lane's name.
 */
export async function runLanes(runs: readonly LaneRun[], options: RunOptions): Promise<Outcome[]> {
  const width = Math.max(...runs.map(({ name }) => name.length));
  const outcomes: Outcome[] = [];
  let next = 0;
  const runOn = async () => {
    while (next < runs.length) {
      const at = next++;
      const { name } = runs[at];
      const onLine = (line: string) => options.onLine(`${name.padEnd(width)} | ${line}`.trimEnd());
      outcomes[at] = await runLane(runs[at], { ...options, onLine });
    }
  };
  await Promise.all(Array.from({ length: LANES_AT_ONCE }, runOn));
  return outcomes;
}

async function runLane({ name, args }: LaneRun, options: RunOptions): Promise<Outcome> {
  const { cwd, onLine, signal } = options;
  const startMs = performance.now();
  const process = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", ...args],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const interrupt = () => kill(process, "SIGINT");
  signal.addEventListener("abort", interrupt);
  if (signal.aborted) interrupt();
  const lines: string[] = [];
  const keep = (line: string) => {
    lines.push(line);
    onLine(line);
  };
  const ended = new AbortController();
  const reading = [process.stdout, process.stderr].map((stream) =>
    readLines(stream, keep, ended.signal)
  );
  const { code } = await process.status;
  signal.removeEventListener("abort", interrupt);
  const tooLong = setTimeout(() => ended.abort(), LAST_OUTPUT_MS);
  await Promise.all(reading);
  clearTimeout(tooLong);
  return { name, exitCode: code, lines, ms: performance.now() - startMs };
}

/** Sends a signal to a process that may have ended. */
export function kill(process: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    process.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  const stop = () => reader.cancel();
  signal.addEventListener("abort", stop);
  let unfinished = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (unfinished + value).split("\n");
    unfinished = lines.pop() ?? "";
    lines.forEach((line) => onLine(line));
  }
  signal.removeEventListener("abort", stop);
  if (unfinished !== "") onLine(unfinished);
}
