/**
 * `pls send`: sends a message, or each line of standard input as one.
 *
 * @module
 */

import {
  checkSubject,
  type Messaging,
  parseSendTarget,
  printSent,
  type SendTarget,
} from "../../messaging/internal_mod.ts";
import { UsageError } from "../../pool/mod.ts";
import { defineCommand, type Flags, type Invocation, type Positionals } from "../command.ts";
import type { Session } from "../session.ts";
import { effectiveHandle, environmentHandle } from "./current_handle.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

const flags = {
  subject: {
    kind: "text",
    placeholder: "TEXT",
    help: "Its header line; 'ack:' at its beginning is reserved.",
  },
  "in-reply-to": {
    kind: "text",
    placeholder: "ID",
    help: "The whole id of the message that it answers, as `pls read --json` shows it.",
  },
  "request-ack": {
    kind: "switch",
    help: "Ask for a receipt, which comes to the inbox of the current source.",
  },
} as const satisfies Flags;

const positionals = {
  target: {
    kind: "target",
    required: true,
    help: "NAME, a pipe of the namespace or else the inbox of that source; or HANDLE.PIPE.",
  },
  payload: { kind: "text", help: "The text; - reads standard input." },
} as const satisfies Positionals;

type SendFlags = Invocation<typeof flags, typeof positionals>["flags"];

/** The `send` command. */
export const send = defineCommand({
  name: "send",
  summary: "Send a message to a source or into a pipe",
  topic: "Messaging",
  details: [
    "Without PAYLOAD, or with -, each line of standard input that is not empty is a message, " +
    "and all of them are sent together. Options go with a single message only.",
    "It says on standard error what was sent. The sender is the current source of the session; " +
    "PLS_CURRENT_HANDLE names another one for a single message.",
  ],
  positionals,
  flags,
  examples: [
    { does: "Hand work to nina", line: "pls send nina 'please review the change'" },
    {
      does: "Ask for a receipt",
      line: "pls send nina 'deploy finished' --subject release --request-ack",
    },
    { does: "Send every line of a list", line: "cat tasks.txt | pls send nina.tasks -" },
  ],
  run: async ({ flags, positionals: { target, payload } }, session) => {
    if (target === "") throw new UsageError("TARGET is empty");
    if (payload === "") throw new UsageError("PAYLOAD is empty");
    checkSubject(flags.subject ?? "");
    const to = parseSendTarget(target);
    const payloads = payload === undefined || payload === "-"
      ? await standardInput(session, payload)
      : [payload];
    if (payloads.length > 1) refuseOptions(flags, payloads.length);
    if (payloads.length === 0) return 0;
    await using messaging = await openMessaging(session);
    session.stderr.write(
      payloads.length === 1
        ? await sendOne(messaging, { to, payload: payloads[0], flags })
        : await sendMany(messaging, { to, payloads }),
    );
    return 0;
  },
});

async function standardInput(session: Session, payload: "-" | undefined): Promise<string[]> {
  const hint = "Give the text behind TARGET, or lines on standard input.";
  if (payload === undefined && session.stdin.isTerminal()) {
    throw new UsageError("missing PAYLOAD", { hint });
  }
  const { payloadLines } = await import("./payload_lines.ts");
  const payloads = payloadLines(session.stdin);
  if (payload === undefined && payloads.length === 0) {
    throw new UsageError("missing PAYLOAD: there is nothing on standard input", { hint });
  }
  return payloads;
}

/** Messages that are sent together have no more than their text. */
function refuseOptions(flags: SendFlags, count: number): void {
  const names = ["subject", "in-reply-to", "request-ack"] as const;
  const given = names.find((name) => flags[name]);
  if (given === undefined) return;
  throw new UsageError(`--${given} is for one message, and standard input has ${count} lines`, {
    hint: "Leave it out, or send them one by one.",
  });
}

interface OneMessage {
  readonly to: SendTarget;
  readonly payload: string;
  readonly flags: SendFlags;
}

async function sendOne(
  messaging: Messaging,
  { to, payload, flags }: OneMessage,
): Promise<string> {
  const ackRequested = flags["request-ack"];
  // A receipt needs somewhere to go.
  if (ackRequested) await effectiveHandle(messaging);
  const reply = await messaging.call("Send", {
    ...to,
    payload,
    msg_subject: flags.subject,
    in_reply_to: flags["in-reply-to"],
    ack_requested: ackRequested || undefined,
    session: sessionId(),
    sender: environmentHandle() || undefined,
  });
  return printSent(reply, { handle: to.handle, pipe: to.channel, ackRequested });
}

async function sendMany(
  messaging: Messaging,
  { to, payloads }: { to: SendTarget; payloads: string[] },
): Promise<string> {
  const { ids, subject, bytes } = await messaging.call("SendBatch", {
    ...to,
    payloads,
    session: sessionId(),
  });
  return (ids ?? []).map((id, i) =>
    printSent({ id, subject, bytes: bytes?.[i] ?? 0 }, { handle: to.handle, pipe: to.channel })
  ).join("");
}
