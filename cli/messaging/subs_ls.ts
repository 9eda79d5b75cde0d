/**
 * `pls subs` and `pls subs ls`: what this session is subscribed to.
 *
 * @module
 */

import { type Command, defineCommand } from "../command.ts";
import type { Session } from "../session.ts";
import { LIST_FLAGS, type ListChoice, printPipes } from "./list_output.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";
import { subscriptionsTable } from "./subs_table.ts";

const described = {
  summary: "List what this session is subscribed to, with what is unread in it",
  topic: "Messaging",
  positionals: {},
  flags: LIST_FLAGS,
} as const;

/** The `subs` command, beside those below it. */
export const subs: Command<typeof LIST_FLAGS, Record<never, never>> = defineCommand({
  ...described,
  name: "subs",
  summary: "Subscribe to pipes; list them, wait for them and read them",
  details: [
    "A session is subscribed to the inbox of every source that it was, and to what it adds: " +
    "targets, and patterns that go on to match what is created later. Without a command it " +
    "lists them.",
  ],
  examples: [
    { does: "See what this session is subscribed to", line: "pls subs" },
    { does: "Subscribe to all logs", line: "pls subs add '*.log'" },
  ],
  run: ({ flags }, session) => listSubscriptions(session, flags),
});

/** The `subs ls` command. */
export const subsLs: Command<typeof LIST_FLAGS, Record<never, never>> = defineCommand({
  ...described,
  name: "subs ls",
  details: ["Below a pattern stand the pipes that it matches now."],
  examples: [{ does: "See what this session is subscribed to", line: "pls subs ls" }],
  run: ({ flags }, session) => listSubscriptions(session, flags),
});

async function listSubscriptions(session: Session, choice: ListChoice): Promise<number> {
  await using messaging = await openMessaging(session);
  const reply = await messaging.call("SubsList", { session: sessionId() });
  if (choice.json) printPipes(session.stdout, reply, choice);
  else session.stdout.write(subscriptionsTable(reply, session.stdout, choice.iso));
  return 0;
}
