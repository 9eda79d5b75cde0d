/**
 * `pls ls`: the pipes there are, with what is unread in them.
 *
 * @module
 */

import { UsageError } from "../../pool/mod.ts";
import { defineCommand } from "../command.ts";
import { LIST_FLAGS, printPipes } from "./list_output.ts";
import { whileWaiting } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The `ls` command. */
export const ls = defineCommand({
  name: "ls",
  summary: "List pipes, and how many messages this session has not read in each",
  topic: "Messaging",
  details: [
    "With --watch it prints the pipes that match when something in them is unread, and waits " +
    "for that. In a PATTERN, * and % stand for any text; it is tried against the handle, the " +
    "name of the pipe and HANDLE.PIPE.",
  ],
  positionals: {
    pattern: {
      kind: "target",
      repeat: true,
      help: "Pipes to watch, with --watch; all by default.",
    },
  },
  flags: {
    watch: { kind: "switch", help: "Wait until something is unread." },
    ...LIST_FLAGS,
  },
  examples: [
    { does: "See what there is", line: "pls ls" },
    { does: "Wait until something comes for nina", line: "pls ls --watch nina" },
    {
      does: "Which pipes have something new",
      line: "pls ls --json | jq -r 'select(.unread > 0).pipe'",
    },
  ],
  run: async ({ flags, positionals: { pattern: patterns } }, session) => {
    if (patterns.length > 0 && !flags.watch) {
      throw new UsageError("positional patterns are only valid with --watch");
    }
    const reply = await whileWaiting(
      session,
      (messaging) =>
        flags.watch
          ? messaging.call("ListWatch", { session: sessionId(), patterns })
          : messaging.call("List", { session: sessionId() }),
    );
    printPipes(session.stdout, reply, flags);
    return 0;
  },
});
