/**
 * `pls subs add` and `pls subs rm`: changes what this session is subscribed to.
 *
 * @module
 */

import { defineCommand } from "../command.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The `subs add` command. */
export const subsAdd = defineCommand({
  name: "subs add",
  summary: "Subscribe this session to pipes",
  topic: "Messaging",
  details: ["Prints all that it is subscribed to then. A target need not exist yet."],
  positionals: {
    target: {
      kind: "target",
      required: true,
      repeat: true,
      help: "HANDLE.PIPE; NAME, a pipe without a source; or a pattern, where * is any text.",
    },
  },
  flags: {},
  examples: [
    { does: "Subscribe to the lobby and to all logs", line: "pls subs add lobby '*.log'" },
  ],
  run: async ({ positionals: { target: targets } }, session) => {
    await using messaging = await openMessaging(session);
    const { subs } = await messaging.call("SubsAdd", { session: sessionId(), targets });
    session.stdout.write(subs.map((target) => `${target}\n`).join(""));
    return 0;
  },
});

/** The `subs rm` command. */
export const subsRm = defineCommand({
  name: "subs rm",
  summary: "End subscriptions of this session",
  topic: "Messaging",
  details: [
    "Prints all that it is subscribed to then, and tells on standard error what it was not " +
    "subscribed to, and what a pattern covers all the same.",
  ],
  positionals: {
    target: { kind: "target", required: true, repeat: true, help: "As `pls subs` lists them." },
  },
  flags: { force: { kind: "switch", help: "The own inbox as well." } },
  examples: [{ does: "Leave the lobby", line: "pls subs rm lobby" }],
  run: async ({ flags, positionals: { target: targets } }, session) => {
    await using messaging = await openMessaging(session);
    const { subs, outcomes = [] } = await messaging.call("SubsRemove", {
      session: sessionId(),
      targets,
      force: flags.force || undefined,
    });
    session.stdout.write(subs.map((target) => `${target}\n`).join(""));
    for (const { target, removed, covered_by_pattern: pattern } of outcomes) {
      if (!removed) session.stderr.write(`warning: ${target} was not subscribed\n`);
      if (pattern) session.stderr.write(`warning: ${target} is still covered by ${pattern}\n`);
    }
    return 0;
  },
});
