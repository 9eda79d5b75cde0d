/**
 * `pls status`: the daemon, and what this session is in it.
 *
 * @module
 */

import {
  newError,
  printStatusWithUpdateInfo,
  type StatusReply,
} from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import { VERSION } from "../version.ts";
import { environmentHandle } from "./current_handle.ts";
import { openDaemon } from "./open.ts";
import { sessionId } from "./session_id.ts";

const NOT_RUNNING: StatusReply = { daemon_pid: 0, logged_in: false };

/** The `status` command. */
export const status = defineCommand({
  name: "status",
  summary: "Show the state of the daemon, and the current source of this session",
  topic: "Messaging",
  details: ["Without a daemon it says so and ends with 11; messaging works all the same."],
  positionals: {},
  flags: {},
  examples: [{ does: "See how things are", line: "pls status" }],
  run: async (_invocation, { stdout }) => {
    const daemon = await openDaemon();
    await using messaging = daemon?.messaging;
    const reply = await messaging?.call("Status", { session: sessionId() }) ?? NOT_RUNNING;
    stdout.write(printStatusWithUpdateInfo(reply, {
      nowMs: Date.now(),
      envCurrent: environmentHandle(),
      currentJsonPath: reply.current_path,
      color: stdout.color,
      cliVersion: VERSION,
    }));
    return messaging === undefined ? newError("E_DAEMON_NOT_RUNNING").exitCode : 0;
  },
});
