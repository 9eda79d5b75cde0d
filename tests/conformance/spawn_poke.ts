/**
 * The operation `spawn_poke`: appends that come from other processes, all at once.
 *
 * @module
 */

import type { Step } from "./manifest.ts";
import type { Outcome, Workplace } from "./operations.ts";

const POKE = import.meta.resolve("./poke.ts");

/** Appends each message of the input from a process of its own. */
export async function appendFromProcesses(step: Step, workplace: Workplace): Promise<Outcome> {
  const { directory, client } = workplace;
  const messages = step.input.messages as unknown[];
  const path = client.path(step.pool);
  await Promise.all(messages.map((message) => appendFromProcess(directory, path, message)));
  return {};
}

async function appendFromProcess(directory: string, path: string, message: unknown): Promise<void> {
  const access = [`--allow-read=${directory}`, `--allow-write=${directory}`];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...access, POKE, path, JSON.stringify(message)],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { code, stderr } = await process.output();
  if (code !== 0) throw new Error(`a writer process failed: ${new TextDecoder().decode(stderr)}`);
}
