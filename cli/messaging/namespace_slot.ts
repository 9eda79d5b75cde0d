/**
 * `pls set namespace`, `pls get namespace` and `pls unset namespace`: where a session creates and looks
 * for things.
 *
 * @module
 */

import { printSlotSet, printSlotUnset } from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The `set namespace` command. */
export const setNamespace = defineCommand({
  name: "set namespace",
  summary: "Work in a namespace, where things are created and found",
  topic: "Messaging",
  details: ["It need not exist: it is there as soon as something is in it."],
  positionals: {
    path: { kind: "text", required: true, help: "Names joined by dots, such as ops.east." },
  },
  flags: {},
  examples: [{ does: "Work in ops.east", line: "pls set namespace ops.east" }],
  run: async ({ positionals: { path } }, session) => {
    await using messaging = await openMessaging(session);
    const { namespace } = await messaging.call("SetNamespace", {
      namespace: path,
      session: sessionId(),
    });
    session.stdout.write(printSlotSet("namespace", namespace));
    return 0;
  },
});

/** The exit code of `get namespace` at the root. */
const NONE = 1;

/** The `get namespace` command. */
export const getNamespace = defineCommand({
  name: "get namespace",
  summary: "Print the namespace of this session",
  topic: "Messaging",
  details: ["At the root it prints nothing and ends with 1."],
  positionals: {},
  flags: {},
  examples: [{
    does: "Where this session is",
    line: "pls set namespace ops && pls get namespace",
  }],
  run: async (_invocation, session) => {
    await using messaging = await openMessaging(session);
    const { current_namespace: namespace } = await messaging.call("Status", {
      session: sessionId(),
    });
    if (!namespace) return NONE;
    session.stdout.write(`${namespace}\n`);
    return 0;
  },
});

/** The `unset namespace` command. */
export const unsetNamespace = defineCommand({
  name: "unset namespace",
  summary: "Work at the root again",
  topic: "Messaging",
  positionals: {},
  flags: {},
  examples: [{ does: "Go back to the root", line: "pls unset namespace" }],
  run: async (_invocation, session) => {
    await using messaging = await openMessaging(session);
    await messaging.call("UnsetNamespace", { session: sessionId() });
    session.stdout.write(printSlotUnset());
    return 0;
  },
});
