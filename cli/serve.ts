/**
 * `pls serve`: pools over HTTP, until it is interrupted.
 *
 * The server is loaded when it is asked for and not before.
 *
 * @module
 */

import { Client } from "../client.ts";
import { aborted } from "../pool/internal_mod.ts";
import { IoError } from "../pool/mod.ts";
import type { RunningServer, ServePlan } from "../server/mod.ts";
import { defineCommand } from "./command.ts";
import { engineClient } from "./engine_flags.ts";
import { openRequestLog } from "./request_log.ts";
import { SERVE_FLAGS, serveOptions } from "./serve_flags.ts";
import { writeReadyFile } from "./serve_ready_file.ts";
import { serveSummary } from "./serve_text.ts";
import { StopSignal } from "./stop_signal.ts";

/** How long open requests get to finish once the server is to stop, in milliseconds. */
const GRACE_MS = 10_000;

/** How long a request waits for another process that appends to the pool, in milliseconds. */
const LOCK_TIMEOUT_MS = 200;

/** The `serve` command. */
export const serve = defineCommand({
  name: "serve",
  summary: "Serve the pools over HTTP",
  details: [
    "Serves the pool directory on this machine alone, unless told otherwise, until it is " +
    "interrupted; then open requests get 10 seconds to finish. Says nothing unless on a " +
    "terminal.",
    "`pls serve init` makes the token, certificate and key with which other machines can be let " +
    "in; `pls serve check` says what is wrong with a configuration, and starts nothing.",
    "With --engine it serves the pools of a NATS server or cluster in place of the directory.",
    "With PLASMITE_SERVE_READY_FILE in the environment, the address and port are written to " +
    "that file once the server listens.",
  ],
  positionals: {},
  flags: SERVE_FLAGS,
  examples: [
    { does: "Serve this machine", line: "pls serve" },
    { does: "Have the system pick the port", line: "pls serve --bind 127.0.0.1:0" },
    {
      does: "Let other machines read",
      line: "pls serve --bind 0.0.0.0:9700 --allow-non-loopback --access read-only",
    },
    { does: "Serve the pools of a NATS cluster", line: "pls serve --engine nats://n1.example" },
  ],
  run: async ({ flags }, session) => {
    const server = await import("../server/mod.ts");
    const plan = await server.planServe(serveOptions(flags));
    using log = openRequestLog(flags["request-log"], session.stderr);
    const prepared = await server.prepareServe(plan, log?.write);
    using stop = new StopSignal();
    // To wait for a pool holds up the whole server; who appends can try again.
    using directory = new Client({ dir: session.client.dir, lockTimeoutMs: LOCK_TIMEOUT_MS });
    const client = await engineClient(session, "serve", flags) ?? directory;
    const running = await server.startServer(client, prepared.config);
    try {
      writeReadyFile(server.hostAndPort(running.hostname, running.port));
      if (session.stderr.isTerminal) {
        const url = server.baseUrl(plan, running.port);
        const { certificate } = prepared;
        session.stderr.write(serveSummary({ url, plan, certificate, files: flags }));
      }
      await Promise.race([aborted(stop.given), running.finished]);
    } finally {
      stop[Symbol.dispose]();
      await finish(running, plan);
    }
    return 0;
  },
});

/** Without TLS, requests that can't finish are a failure; with TLS they are dropped. */
async function finish(running: RunningServer, plan: ServePlan): Promise<void> {
  const clean = await running.shutdown(GRACE_MS);
  if (clean || plan.tls !== "disabled") return;
  throw new IoError(`requests were still open ${GRACE_MS / 1000} s after the server was stopped`, {
    hint: "Their clients were cut off. Those that append have to look what arrived.",
  });
}
