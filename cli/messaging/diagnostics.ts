/**
 * `pls diagnostics`: what happened to the daemon and its connections.
 *
 * @module
 */

import { newError, printDiagnostics, printDiagnosticsJson } from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import { openDaemon } from "./open.ts";

/** The `diagnostics` command. */
export const diagnostics = defineCommand({
  name: "diagnostics",
  summary: "Show what happened to the daemon and its connections",
  topic: "Messaging",
  positionals: {},
  flags: { json: { kind: "switch", help: "Print JSON." } },
  examples: [
    { does: "See the last events", line: "pls diagnostics" },
    {
      does: "How often the connection was lost",
      line: "pls diagnostics --json | jq .nats_drops_last_hour",
    },
  ],
  run: async ({ flags }, { stdout }) => {
    const daemon = await openDaemon();
    if (daemon === undefined) throw newError("E_DAEMON_NOT_RUNNING");
    await using messaging = daemon.messaging;
    const reply = await messaging.call("Diag", {});
    stdout.write(flags.json ? printDiagnosticsJson(reply) : printDiagnostics(reply));
    return 0;
  },
});
