/**
 * `pls read`: prints what is new in a pipe.
 *
 * @module
 */

import { StopSignal } from "../stop_signal.ts";
import { defineCommand } from "../command.ts";
import { deliver, OUTPUT_FLAGS, outputMode } from "./message_output.ts";
import { whileWaiting } from "./open.ts";
import { readRequest } from "./read_target.ts";

/** The `read` command. */
export const read = defineCommand({
  name: "read",
  summary: "Print the messages of a pipe that this session has not read yet",
  topic: "Messaging",
  details: [
    "What was printed counts as read: the next call prints what comes after it. Whoever asked " +
    "for a receipt gets one. `pls reread` prints messages again.",
    "Messages of an inbox and of pipes without a source are shown as rows with time and sender, " +
    "those of others as their text.",
  ],
  positionals: {
    target: {
      kind: "target",
      required: true,
      help: "inbox, for that of the current source; HANDLE.PIPE; or NAME, a pipe without a source.",
    },
  },
  flags: {
    tail: {
      kind: "switch",
      conflicts: ["tty"],
      help: "Go on with what comes, until interrupted.",
    },
    ...OUTPUT_FLAGS,
  },
  examples: [
    { does: "What is new for me", line: "pls read inbox" },
    { does: "Go on with what comes", line: "pls read nina.inbox --tail" },
    { does: "The ids, to answer to", line: "pls read inbox --json | jq -r .id" },
  ],
  run: async ({ flags, positionals: { target } }, session) => {
    using stop = flags.tail ? new StopSignal() : undefined;
    await whileWaiting(session, async (messaging, onPrinted) => {
      const request = { ...await readRequest(messaging, target), follow: flags.tail || undefined };
      const mode = outputMode(request, flags);
      await deliver(messaging, session, { request, mode, signal: stop?.given, onPrinted });
    });
    return 0;
  },
});
