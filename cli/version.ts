/**
 * `pls version`: what this program is called and which version it is.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };
import { defineCommand } from "./command.ts";
import type { Screen } from "./screen.ts";

/** The version of this program, as deno.json has it. */
export const VERSION: string = config.version;

/** The `version` command. */
export const version = defineCommand({
  name: "version",
  summary: "Print the version",
  positionals: {},
  flags: {},
  examples: [{ does: "Print the version as JSON", line: "pls version | cat" }],
  run: (_invocation, session) => {
    printVersion(session.stdout);
    return 0;
  },
});

function printVersion(screen: Screen): void {
  if (screen.isTerminal) screen.write(`pls ${VERSION}\n`);
  else screen.writeJson(JSON.stringify({ name: "plasmite", version: VERSION }));
}
