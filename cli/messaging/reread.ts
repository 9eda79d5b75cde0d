/**
 * `pls reread`: prints messages of a pipe again.
 *
 * @module
 */

import { defineCommand } from "../command.ts";
import { durationValue } from "./duration_value.ts";
import { deliver, OUTPUT_FLAGS, outputMode } from "./message_output.ts";
import { openMessaging } from "./open.ts";
import { readRequest } from "./read_target.ts";

/** The `reread` command. */
export const reread = defineCommand({
  name: "reread",
  summary: "Print the messages of a pipe, read or not, and leave them as they are",
  topic: "Messaging",
  details: ["What is unread stays unread, and no receipts go out."],
  positionals: {
    target: {
      kind: "target",
      required: true,
      help: "inbox, for that of the current source; HANDLE.PIPE; or NAME, a pipe without a source.",
    },
  },
  flags: {
    limit: {
      kind: "integer",
      short: "l",
      placeholder: "N",
      byDefault: "0, all",
      help: "Only the last N, of those that --since and --skip leave.",
    },
    skip: { kind: "integer", placeholder: "N", byDefault: "0", help: "Leave the first N out." },
    since: {
      kind: "text",
      placeholder: "DURATION",
      help: "Only messages that are no older, such as 10m or 1h30m.",
    },
    ...OUTPUT_FLAGS,
  },
  examples: [
    { does: "The last ten messages", line: "pls reread inbox --limit 10" },
    { does: "Those of the last hour as JSON", line: "pls reread nina.inbox --since 1h --json" },
  ],
  run: async ({ flags, positionals: { target } }, session) => {
    const sinceMs = flags.since === undefined ? 0 : durationValue("--since", flags.since);
    await using messaging = await openMessaging(session);
    const request = await readRequest(messaging, target);
    await deliver(messaging, session, {
      request: {
        ...request,
        all: true,
        limit: flags.limit,
        skip: flags.skip,
        since_ms: Math.trunc(sinceMs),
      },
      mode: outputMode(request, flags),
    });
    return 0;
  },
});
