/**
 * Which command a command line calls.
 *
 * @module
 */

import { completionTable } from "../../cli/completion/table.ts";
import { resolveCommand } from "../../cli/commands.ts";

/** The names of all commands, as `pls help` takes them. */
export const COMMANDS: readonly string[] = await commandNames();

async function commandNames(): Promise<string[]> {
  const names: string[] = [];
  for (const { name } of await completionTable()) {
    const words = name.split(" ").filter((word) => word !== "");
    if ("command" in await resolveCommand(words)) names.push(name);
  }
  return names;
}

/** The command that `args` call, whose words come first; undefined for none. */
export function commandOf(args: readonly string[]): string | undefined {
  const isCalled = (name: string) => name.split(" ").every((word, i) => args[i] === word);
  // `serve check` calls `serve` as well, to go by its first word.
  return COMMANDS.filter(isCalled).toSorted((a, b) => b.length - a.length)[0];
}
