/**
 * The operation `spawn_poke`: appends that come from other processes, all at once.
 *
 * @module
 */

import type { PokeTarget, Workplace } from "./engines.ts";
import type { Step } from "./manifest.ts";
import type { Outcome } from "./operations.ts";

const POKE = import.meta.resolve("./poke.ts");

/** Appends each message of the input from a process of its own. */
export async function appendFromProcesses(step: Step, workplace: Workplace): Promise<Outcome> {
  const messages = step.input.messages as unknown[];
  const target = workplace.poke(step.pool);
  await Promise.all(messages.map((message) => appendFromProcess(target, message)));
  return {};
}

async function appendFromProcess(
  { reference, permissions }: PokeTarget,
  message: unknown,
): Promise<void> {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--quiet", ...permissions, POKE],
      ...[reference, JSON.stringify(message)],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
  const { code, stderr } = await process.output();
  if (code !== 0) throw new Error(`a writer process failed: ${new TextDecoder().decode(stderr)}`);
}
