/**
 * What Deno's own tools print.
 *
 * @module
 */

import { ROOT } from "./targets.ts";

/** Runs Deno in the project's folder and returns what it prints. Throws what it complains of. */
export function denoOutput(args: readonly string[]): string {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT });
  const { success, stdout, stderr } = command.outputSync();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`deno ${args[0]} failed: ${text(stderr)}`);
  return text(stdout);
}
