/**
 * `pls daemon stop`: ends the daemon when it has finished what it works on.
 *
 * @module
 */

import { printDaemonNotRunning, printDaemonStopped } from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import type { Session } from "../session.ts";
import { messagingHome } from "./home.ts";

/** The `daemon stop` command. */
export const daemonStop = defineCommand({
  name: "daemon stop",
  summary: "Stop the daemon",
  topic: "Messaging",
  details: [
    "Calls it works on get 3 seconds to finish; whoever waits or follows a pipe is told. " +
    "Messages, cursors and sessions stay.",
  ],
  positionals: {},
  flags: {},
  examples: [{ does: "Stop it", line: "pls daemon stop" }],
  run: async (_invocation, session) => {
    await stop(session);
    return 0;
  },
});

/** Stops the daemon, and says which one ran. */
export async function stop(session: Session): Promise<void> {
  const { stopDaemon } = await import("../../messaging/daemon/mod.ts");
  const pid = await stopDaemon(messagingHome());
  session.stdout.write(pid === undefined ? printDaemonNotRunning() : printDaemonStopped(pid));
}
