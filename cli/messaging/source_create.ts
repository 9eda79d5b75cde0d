/**
 * `pls source create`: makes a source, which the session then is.
 *
 * @module
 */

import { printCreate } from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import { warnOfEnvironment } from "./current_handle.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The `source create` command. */
export const sourceCreate = defineCommand({
  name: "source create",
  summary: "Create a source with an inbox, and make it the current one of this session",
  topic: "Messaging",
  details: ["It is made in the namespace of the session."],
  positionals: {
    handle: { kind: "text", required: true, help: "Its name: 1 to 32 of a-z, 0-9 and -." },
  },
  flags: {},
  examples: [{ does: "Be nina", line: "pls source create nina" }],
  run: async ({ positionals: { handle } }, session) => {
    await using messaging = await openMessaging(session);
    const reply = await messaging.call("Create", {
      handle,
      kind: "message",
      session: sessionId(),
    });
    session.stdout.write(printCreate(reply));
    warnOfEnvironment(session, "updated");
    return 0;
  },
});
