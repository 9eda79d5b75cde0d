/**
 * `pls subs read`: reads all that is unread in what this session is subscribed to.
 *
 * @module
 */

import { formatPipePath, listRows } from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import { deliver, OUTPUT_FLAGS, outputMode } from "./message_output.ts";
import { openMessaging } from "./open.ts";
import { rowRequest } from "./read_target.ts";
import { sessionId } from "./session_id.ts";

/** The `subs read` command. */
export const subsRead = defineCommand({
  name: "subs read",
  summary: "Read what is unread in all that this session is subscribed to",
  topic: "Messaging",
  details: ["As `pls read` for one after another, with the path above, unless --raw or --json."],
  positionals: {},
  flags: OUTPUT_FLAGS,
  examples: [{ does: "Read all that is new", line: "pls subs read" }],
  run: async ({ flags }, session) => {
    const { stdout } = session;
    await using messaging = await openMessaging(session);
    const reply = await messaging.call("SubsList", { session: sessionId() });
    const rows = listRows(reply.sources, reply.uncollared_pipes ?? []);
    for (const row of rows.filter(({ info }) => info.unread > 0)) {
      const { manifold, handle, name } = row;
      const request = rowRequest(row);
      const onFirst = () => {
        if (flags.raw || flags.json) return;
        stdout.write(`=== ${formatPipePath(manifold, handle, name)} ===\n`);
      };
      await deliver(messaging, session, { request, mode: outputMode(request, flags), onFirst });
    }
    return 0;
  },
});
