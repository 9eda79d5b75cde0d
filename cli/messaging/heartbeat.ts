/**
 * `pls heartbeat`: tells others, again and again, that somebody is there.
 *
 * @module
 */

import {
  encodeHeartbeat,
  formatTime,
  type Heartbeat,
  HEARTBEAT_INTERVAL_SEC,
  type Messaging,
} from "../../messaging/internal_mod.ts";
import { pause } from "../../pool/internal_mod.ts";
import { UsageError } from "../../pool/mod.ts";
import { StopSignal } from "../stop_signal.ts";
import { defineCommand } from "../command.ts";
import { isCodedFailure } from "../failure.ts";
import type { Session } from "../session.ts";
import { VERSION } from "../version.ts";
import { effectiveHandle } from "./current_handle.ts";
import { durationValue } from "./duration_value.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

const PIPE = "heartbeat";

/** What a machine is called elsewhere. */
const ARCHITECTURES: Readonly<Record<typeof Deno.build.arch, string>> = {
  x86_64: "amd64",
  aarch64: "arm64",
};

/** The `heartbeat` command. */
export const heartbeat = defineCommand({
  name: "heartbeat",
  summary: "Send heartbeats of a source, by which `pls who` knows it is there",
  topic: "Messaging",
  details: [
    "The first one goes out at once, then one each interval until it is interrupted. The pipe " +
    "heartbeat of the source is created when it is missing. One that can't be sent is left out, " +
    "but for the first.",
  ],
  positionals: {},
  flags: {
    handle: {
      kind: "handle",
      placeholder: "HANDLE",
      byDefault: "the current source",
      help: "The source.",
    },
    interval: {
      kind: "text",
      placeholder: "DURATION",
      byDefault: `${HEARTBEAT_INTERVAL_SEC}s`,
      help: "How long from one to the next, in whole seconds.",
    },
    harness: {
      kind: "text",
      placeholder: "NAME",
      byDefault: "PLS_AGENT_HARNESS",
      help: "The program that is there.",
    },
    model: {
      kind: "text",
      placeholder: "NAME",
      byDefault: "PLS_AGENT_MODEL",
      help: "The model that it works with.",
    },
  },
  examples: [
    { does: "Show that nina is there", line: "pls heartbeat --handle nina" },
    {
      does: "With what, and more often",
      line: "pls heartbeat --handle nina --harness claude --interval 10s",
    },
  ],
  run: async ({ flags }, session) => {
    const intervalSec = intervalOf(flags.interval);
    const beat: Heartbeat = {
      ts: "",
      seq: 0,
      harness: flags.harness ?? Deno.env.get("PLS_AGENT_HARNESS") ?? "",
      model: flags.model ?? Deno.env.get("PLS_AGENT_MODEL") ?? "",
      hostname: Deno.hostname(),
      os: Deno.build.os,
      arch: ARCHITECTURES[Deno.build.arch],
      pid: Deno.pid,
      pls_version: VERSION,
      started_at: formatTime(Date.now()),
      interval_sec: intervalSec,
    };
    using stop = new StopSignal();
    const handle = await sendFirst(session, { handle: flags.handle, beat });
    session.stderr.write(`heartbeats of ${handle} every ${intervalSec}s\n`);
    for (;;) {
      await pause(intervalSec * 1000, stop.given);
      if (stop.given.aborted) return 0;
      try {
        // A daemon may have come or gone.
        await using messaging = await openMessaging(session);
        await sendBeat(messaging, handle, beat);
      } catch (error) {
        if (!isCodedFailure(error)) throw error;
      }
    }
  },
});

function intervalOf(text: string | undefined): number {
  if (text === undefined) return HEARTBEAT_INTERVAL_SEC;
  const seconds = durationValue("--interval", text) / 1000;
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new UsageError(`--interval: not a number of seconds: ${JSON.stringify(text)}`, {
    hint: "Use whole seconds, 1s or more.",
  });
}

async function sendFirst(
  session: Session,
  { handle, beat }: { handle: string | undefined; beat: Heartbeat },
): Promise<string> {
  await using messaging = await openMessaging(session);
  const source = handle ?? await effectiveHandle(messaging);
  try {
    await sendBeat(messaging, source, beat);
  } catch (error) {
    if (!isCodedFailure(error) || error.code !== "E_PIPE_NOT_FOUND") throw error;
    await createPipe(messaging, source);
    await sendBeat(messaging, source, beat);
  }
  return source;
}

async function createPipe(messaging: Messaging, handle: string): Promise<void> {
  try {
    await messaging.call("PipeCreate", { handle, name: PIPE, session: sessionId() });
  } catch (error) {
    // Somebody was faster.
    if (!isCodedFailure(error) || error.code !== "E_PIPE_TAKEN") throw error;
  }
}

/** Sends the next heartbeat; one that could not be sent has no number. */
async function sendBeat(messaging: Messaging, handle: string, beat: Heartbeat): Promise<void> {
  const next = { ...beat, ts: formatTime(Date.now()), seq: beat.seq + 1 };
  await messaging.call("Send", {
    handle,
    channel: PIPE,
    payload: encodeHeartbeat(next),
    sender: handle,
    session: sessionId(),
  });
  beat.seq = next.seq;
}
