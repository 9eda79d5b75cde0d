/**
 * `pls serve` as a process beside a benchmark.
 *
 * @module
 */

import { plsEnvironment, SOURCE_PLS } from "./command_programs.ts";
import { pause, Program } from "./programs/program.ts";

/** More than any benchmark has at once of requests, tails and connections. */
const PLENTY = "256";
/** Longer than any benchmark takes, in milliseconds: no tail ends by itself. */
const TAIL_TIMEOUT_MS = "3600000";
const POLL_MS = 20;

/** A server that runs. */
export interface ServeProcess {
  /** Where it listens, such as `http://127.0.0.1:9700`. */
  url: string;
  pid: number;
  /** The process; it has to live while it is measured. */
  program: Program;
}

/** Serves the pools in `dir` on a free port of this machine, until `cleanup`. */
export async function startServe(
  dir: string,
  cleanup: AsyncDisposableStack,
): Promise<ServeProcess> {
  const readyFile = `${dir}/ready`;
  const environment = { ...plsEnvironment(dir), PLASMITE_SERVE_READY_FILE: readyFile };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const limits = ["--max-tail-concurrency", PLENTY, "--max-connections", PLENTY];
  const options = ["--bind", "127.0.0.1:0", "--max-tail-timeout-ms", TAIL_TIMEOUT_MS, ...limits];
  const [executable, run, ...rest] = SOURCE_PLS;
  const command = [executable, run, "--allow-net", ...rest, "serve", ...options];
  // The shell and env become what they start, so the id stays the same.
  const shell = ["-c", 'echo $$; exec "$@"', "sh", "env", ...variables, ...command];
  const program = cleanup.use(new Program("sh", shell));
  const pid = Number(await program.nextLine("the start of pls serve"));
  const address = await program.during(readWhenThere(readyFile), "pls serve to listen");
  return { url: `http://${address}`, pid, program };
}

async function readWhenThere(path: string): Promise<string> {
  for (;;) {
    try {
      return Deno.readTextFileSync(path).trim();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await pause(POLL_MS);
    }
  }
}
