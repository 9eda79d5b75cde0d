/**
 * `pls set handle`, `pls get handle` and `pls unset handle`: the current source of a session.
 *
 * @module
 */

import { printSlotSet, printSlotUnset } from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import { warnOfEnvironment } from "./current_handle.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The exit code of `get handle` when there is none. */
const NONE = 1;

/** The `set handle` command. */
export const setHandle = defineCommand({
  name: "set handle",
  summary: "Make a source the current one of this session",
  topic: "Messaging",
  positionals: { handle: { kind: "handle", required: true, help: "A source that is there." } },
  flags: {},
  examples: [{ does: "Be nina", line: "pls set handle nina" }],
  run: async ({ positionals: { handle } }, session) => {
    await using messaging = await openMessaging(session);
    const reply = await messaging.call("Switch", { handle, session: sessionId() });
    session.stdout.write(printSlotSet("handle", reply.handle));
    warnOfEnvironment(session, "updated");
    return 0;
  },
});

/** The `get handle` command. */
export const getHandle = defineCommand({
  name: "get handle",
  summary: "Print the current source of this session",
  topic: "Messaging",
  details: ["Without one it prints nothing and ends with 1. PLS_CURRENT_HANDLE does not count."],
  positionals: {},
  flags: {},
  examples: [{ does: "Who this session is", line: "pls get handle" }],
  run: async (_invocation, session) => {
    await using messaging = await openMessaging(session);
    const { current } = await messaging.call("Status", { session: sessionId() });
    if (!current) return NONE;
    session.stdout.write(`${current}\n`);
    return 0;
  },
});

/** The `unset handle` command. */
export const unsetHandle = defineCommand({
  name: "unset handle",
  summary: "Leave this session without a current source; the source stays",
  topic: "Messaging",
  positionals: {},
  flags: {},
  examples: [{ does: "Be nobody", line: "pls unset handle" }],
  run: async (_invocation, session) => {
    await using messaging = await openMessaging(session);
    await messaging.call("Disconnect", { session: sessionId() });
    session.stdout.write(printSlotUnset());
    warnOfEnvironment(session, "cleared");
    return 0;
  },
});
