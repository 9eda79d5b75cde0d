/**
 * `pls connect`, `pls disconnect` and `pls switch`: which source a session is.
 *
 * @module
 */

import { printConnect, printDisconnect, printSwitch } from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import { warnOfEnvironment } from "./current_handle.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The `connect` command. */
export const connect = defineCommand({
  name: "connect",
  summary: "Be a source in this session, which is created when it is missing",
  topic: "Messaging",
  positionals: { handle: { kind: "handle", required: true, help: "The source." } },
  flags: {},
  examples: [{ does: "Be nina, whether nina is there or not", line: "pls connect nina" }],
  run: async ({ positionals: { handle } }, session) => {
    await using messaging = await openMessaging(session);
    const reply = await messaging.call("Connect", { handle, session: sessionId() });
    session.stdout.write(printConnect(reply));
    warnOfEnvironment(session, "updated");
    return 0;
  },
});

/** The `disconnect` command. */
export const disconnect = defineCommand({
  name: "disconnect",
  summary: "Be nobody in this session; the source stays",
  topic: "Messaging",
  positionals: {},
  flags: {},
  examples: [{ does: "Be nobody", line: "pls disconnect" }],
  run: async (_invocation, session) => {
    await using messaging = await openMessaging(session);
    await messaging.call("Disconnect", { session: sessionId() });
    session.stdout.write(printDisconnect());
    warnOfEnvironment(session, "cleared");
    return 0;
  },
});

/** The `switch` command. */
export const switchTo = defineCommand({
  name: "switch",
  summary: "Be another source in this session, one that is there",
  topic: "Messaging",
  positionals: { handle: { kind: "handle", required: true, help: "The source." } },
  flags: {},
  examples: [{ does: "Be otto", line: "pls switch otto" }],
  run: async ({ positionals: { handle } }, session) => {
    await using messaging = await openMessaging(session);
    const reply = await messaging.call("Switch", { handle, session: sessionId() });
    session.stdout.write(printSwitch(reply));
    warnOfEnvironment(session, "updated");
    return 0;
  },
});
