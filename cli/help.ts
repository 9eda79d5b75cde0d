/**
 * `pls help`, and the help that any command prints when it is asked to.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { membersOf, resolveCommand, type Resolved } from "./commands.ts";
import { commandHelp, groupHelp, type HelpLength, programHelp } from "./help_text.ts";
import { program } from "./program.ts";

/** The `help` command. */
export const help = defineCommand({
  name: "help",
  summary: "Print help on a command",
  positionals: {
    command: { kind: "text", repeat: true, help: "The words that call the command." },
  },
  flags: {},
  examples: [
    { does: "Which commands there are", line: "pls help" },
    { does: "How to append", line: "pls help feed" },
  ],
  run: async ({ positionals: { command } }, session) => {
    const resolved = await resolveCommand(command);
    if (resolved.rest.length > 0) {
      throw new UsageError(`there is no command below ${JSON.stringify(command.join(" "))}`);
    }
    session.stdout.write(await helpOn(resolved, "long"));
    return 0;
  },
});

/** The help on what a command line calls. */
export async function helpOn(resolved: Resolved, length: HelpLength): Promise<string> {
  if ("command" in resolved) {
    const { command } = resolved;
    return commandHelp(command, length, await membersOf(command));
  }
  const { group } = resolved;
  const members = await membersOf(group);
  return group === program
    ? programHelp(program, members, length)
    : groupHelp(group, members, length);
}
