/**
 * `deno task test`: all tests, in lanes side by side. It ends with one line,
 * `N passed, N failed (N ignored)`, and the exit code 1 when something failed.
 *
 * `deno task test ARGUMENT...` is `deno test` with these arguments, in one process.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { testFiles } from "./files.ts";
import { kill, runLanes } from "./lane_process.ts";
import { LANES, planRuns } from "./lanes.ts";
import { report } from "./outcome.ts";

/** The exit code of what was interrupted. */
const INTERRUPTED = 130;

/** The root of the project, as a path. */
const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** Runs all tests, and returns the exit code. */
async function runAll(signal: AbortSignal): Promise<number> {
  const runs = planRuns(testFiles(ROOT, "tests"), LANES);
  const onLine = (line: string) => console.log(line);
  const { lines, isGood } = report(await runLanes(runs, { cwd: ROOT, onLine, signal }));
  lines.forEach(onLine);
  return signal.aborted ? INTERRUPTED : isGood ? 0 : 1;
}

/** Runs what `args` ask for in one process, and returns its exit code. */
async function runSome(args: readonly string[], signal: AbortSignal): Promise<number> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--doc", ...args],
    cwd: ROOT,
  }).spawn();
  signal.addEventListener("abort", () => kill(process, "SIGINT"));
  return (await process.status).code;
}

if (import.meta.main) {
  const interruption = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      // Who asks twice does not want to wait for the lanes.
      if (interruption.signal.aborted) Deno.exit(INTERRUPTED);
      interruption.abort();
    });
  }
  const { signal } = interruption;
  Deno.exit(await (Deno.args.length === 0 ? runAll(signal) : runSome(Deno.args, signal)));
}
