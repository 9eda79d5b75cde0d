/**
 * `pls who`: who is there, by the heartbeats that came.
 *
 * @module
 */

import {
  filterWho,
  printWho,
  printWhoJson,
  type WhoRow,
  whoRows,
} from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import { printable } from "../screen.ts";
import { openMessaging } from "./open.ts";

const STATUSES = ["online", "stale", "offline"] as const;

/** The `who` command. */
export const who = defineCommand({
  name: "who",
  summary: "Show who is there, by the last heartbeat of each",
  topic: "Messaging",
  details: [
    "Whoever sends heartbeats is online until the next one is half an interval late, then stale, " +
    "and offline when the second one is missing too. `pls heartbeat` sends them.",
  ],
  positionals: {},
  flags: {
    json: { kind: "switch", help: "Print JSON." },
    online: { kind: "switch", help: "Those who are online, and those of --stale and --offline." },
    stale: { kind: "switch", help: "Those who are stale." },
    offline: { kind: "switch", help: "Those who are offline." },
    harness: { kind: "text", placeholder: "NAME", help: "Only those with this harness." },
    owner: { kind: "text", placeholder: "NAME", help: "Only sources that this user created." },
  },
  examples: [
    { does: "See who is there", line: "pls who" },
    { does: "Who is online", line: "pls who --online --json | jq -r '.[].handle'" },
  ],
  run: async ({ flags }, session) => {
    await using messaging = await openMessaging(session);
    const { entries } = await messaging.call("Who", {});
    const nowMs = Date.now();
    const rows = filterWho(whoRows(entries, nowMs), {
      statuses: STATUSES.filter((status) => flags[status]),
      harness: flags.harness,
      owner: flags.owner,
    });
    const { stdout } = session;
    stdout.write(
      flags.json
        ? printWhoJson(rows)
        : printWho(rows.map(harmless), { nowMs, color: stdout.color }),
    );
    return 0;
  },
});

/** A row whose cells, which are what anybody sent, neither break the table nor steer a terminal. */
function harmless({ handle, owner, heartbeat, ...row }: WhoRow): WhoRow {
  const { harness, model, hostname, os, arch } = heartbeat;
  return {
    ...row,
    handle: printable(handle),
    owner: printable(owner),
    heartbeat: {
      ...heartbeat,
      harness: printable(harness),
      model: printable(model),
      hostname: printable(hostname),
      os: printable(os),
      arch: printable(arch),
    },
  };
}
