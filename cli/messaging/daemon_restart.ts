/**
 * `pls daemon restart`: another daemon in place of the one that runs.
 *
 * @module
 */

import { newNoDaemonHere } from "../../messaging/daemon/mod.ts";
import { defineCommand } from "../command.ts";
import { start } from "./daemon_start.ts";
import { stop } from "./daemon_stop.ts";

/** The `daemon restart` command. */
export const daemonRestart = defineCommand({
  name: "daemon restart",
  summary: "Stop the daemon and start it again",
  topic: "Messaging",
  details: ["A daemon that runs goes on with the version it was started from until then."],
  positionals: {},
  flags: {},
  examples: [{ does: "Use the version that is installed now", line: "pls daemon restart" }],
  run: async (_invocation, session) => {
    if (Deno.build.os === "windows") throw newNoDaemonHere();
    await stop(session);
    return await start(session);
  },
});
