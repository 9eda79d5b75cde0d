/**
 * Commands that are run to their end or beside the benchmark, with a bound on the wait.
 * One that fails takes the benchmark with it and says why.
 *
 * @module
 */

import { Program, within } from "./programs/program.ts";

/** An executable and its arguments. */
export type Command = readonly string[];

/** How a command is run. */
export interface RunOptions {
  /** Environment variables to add. */
  env?: Record<string, string>;
  /** The exit code it should end with. Default 0. */
  exitCode?: number;
  /** Told its process id. */
  onStart?: (pid: number) => void;
}

/** Runs a command to its end, its output thrown away, and says how many milliseconds it took. */
export async function run(command: Command, options: RunOptions = {}): Promise<number> {
  const { exitCode = 0, onStart, env } = options;
  const [executable, ...args] = command;
  const startMs = performance.now();
  const child = new Deno.Command(executable, {
    args,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    // A group of its own, so that all of a pipeline can be ended.
    detached: Deno.build.os !== "windows",
  }).spawn();
  onStart?.(child.pid);
  const complaint = new Response(child.stderr).text();
  const { code } = await untilEnd(child, command);
  const tookMs = performance.now() - startMs;
  if (code === exitCode) return tookMs;
  throw new Error(`${command.join(" ")} ended with ${code}: ${await complaint}`);
}

async function untilEnd(child: Deno.ChildProcess, command: Command): Promise<Deno.CommandStatus> {
  try {
    return await within(child.status, `the end of ${command.join(" ")}`);
  } catch (error) {
    Deno.kill(Deno.build.os === "windows" ? child.pid : -child.pid, "SIGKILL");
    throw error;
  }
}

/** {@linkcode run} of a line for the shell; every part of a pipeline has to succeed. */
export function runPipeline(line: string, options?: RunOptions): Promise<number> {
  return run(["bash", "-o", "pipefail", "-c", line], options);
}

/** A command as the shell reads it. */
export function shellText(command: Command): string {
  return command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}

/**
 * Starts a command beside the benchmark, to be ended by `cleanup`, its output thrown away.
 * Returns its process id.
 */
export async function startBeside(
  cleanup: AsyncDisposableStack,
  command: Command,
  env: Record<string, string> = {},
): Promise<number> {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  // Both the shell and env become what they start, so the id stays the same.
  const args = ["-c", 'echo $$; exec "$@" > /dev/null', "sh", "env", ...variables, ...command];
  const program = cleanup.use(new Program("sh", args));
  return Number(await program.nextLine(`the start of ${command.join(" ")}`));
}
