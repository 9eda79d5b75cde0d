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

/** What `release/bundle.ts` puts the commit in place of. */
const STAMP = "@commit@";

/** The commit that this was built from; undefined when it runs from source. */
const COMMIT = /^[0-9a-f]+/.test(STAMP) ? STAMP : undefined;

/** Version and commit for people, such as `pls 0.1.0 (1e8c57a6cf1c)`. */
export const VERSION_TEXT: string = `pls ${VERSION}${COMMIT === undefined ? "" : ` (${COMMIT})`}`;

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
  if (screen.isTerminal) screen.write(`${VERSION_TEXT}\n`);
  else screen.writeJson(JSON.stringify({ name: "plasmite", version: VERSION, commit: COMMIT }));
}
