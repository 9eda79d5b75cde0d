/**
 * `pls pipe create`: makes a pipe, of a source or of nobody.
 *
 * @module
 */

import { parseMaxBytes, parseTarget, printPipeCreate } from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import { durationValue } from "./duration_value.ts";
import { openMessaging } from "./open.ts";
import { sessionId } from "./session_id.ts";

/** The `pipe create` command. */
export const pipeCreate = defineCommand({
  name: "pipe create",
  summary: "Create a pipe, of a source or of nobody",
  topic: "Messaging",
  details: [
    "The oldest messages are given up when a limit is reached. A limit of 0 counts as none given.",
  ],
  positionals: {
    target: {
      kind: "target",
      required: true,
      help: "HANDLE.NAME, a pipe of that source; or NAME, a pipe of the namespace, of no source.",
    },
  },
  flags: {
    ttl: {
      kind: "text",
      placeholder: "DURATION",
      byDefault: "24h",
      help: "How long messages stay, such as 30m or 1h30m.",
    },
    "max-msgs": {
      kind: "integer",
      placeholder: "N",
      byDefault: "5000",
      help: "How many messages stay.",
    },
    "max-bytes": {
      kind: "text",
      placeholder: "BYTES",
      byDefault: "16MiB",
      help: "How many bytes of messages stay, such as 65536, 64KiB or 1MB.",
    },
  },
  examples: [
    { does: "A pipe for everybody", line: "pls pipe create lobby" },
    { does: "A log of nina's that is kept for an hour", line: "pls pipe create nina.log --ttl 1h" },
  ],
  run: async ({ flags, positionals: { target } }, session) => {
    const parsed = parseTarget(target);
    const ttlMs = flags.ttl === undefined ? 0 : durationValue("--ttl", flags.ttl);
    const maxBytes = flags["max-bytes"] === undefined ? 0 : parseMaxBytes(flags["max-bytes"]);
    await using messaging = await openMessaging(session);
    const reply = await messaging.call("PipeCreate", {
      handle: parsed.kind === "collared" ? parsed.handle : "",
      name: parsed.name,
      ttl_seconds: givenLimit(Math.trunc(ttlMs / 1000), ttlMs),
      max_msgs: givenLimit(flags["max-msgs"]),
      max_bytes: givenLimit(maxBytes),
      session: sessionId(),
    });
    session.stdout.write(printPipeCreate(reply));
    return 0;
  },
});

/** The limit as it is asked for; undefined, for the default, when 0 or nothing was `given`. */
function givenLimit(limit: number | undefined, given = limit): number | undefined {
  return given === undefined || given === 0 ? undefined : limit;
}
