/**
 * `pls subs wait`: waits until something that this session is subscribed to is unread.
 *
 * @module
 */

import { defineCommand } from "../command.ts";
import { LIST_FLAGS, printPipes } from "./list_output.ts";
import { whileWaiting } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The `subs wait` command. */
export const subsWait = defineCommand({
  name: "subs wait",
  summary: "Wait until something subscribed is unread, and list that",
  topic: "Messaging",
  details: [
    "It reads nothing: `pls subs read` does.",
    "What is subscribed to while it waits counts as well, from then on.",
  ],
  positionals: {},
  flags: LIST_FLAGS,
  examples: [
    { does: "Wait", line: "pls subs wait" },
    { does: "Wait, as a program", line: "pls subs wait --json" },
  ],
  run: async ({ flags }, session) => {
    const reply = await whileWaiting(session, (messaging) => {
      return messaging.call("SubsWait", { session: sessionId() });
    });
    printPipes(session.stdout, reply, flags);
    return 0;
  },
});
