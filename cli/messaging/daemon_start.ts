/**
 * `pls daemon start`: a daemon in the background, or this process as the daemon.
 *
 * @module
 */

import { newNoDaemonHere } from "../../messaging/daemon/mod.ts";
import { printDaemonAlreadyRunning, printDaemonStarted } from "../../messaging/internal_mod.ts";
import { defineCommand } from "../command.ts";
import type { Session } from "../session.ts";
import { messagingHome, socketPath } from "./home.ts";

/** The `daemon start` command. */
export const daemonStart = defineCommand({
  name: "daemon start",
  summary: "Start the daemon, unless it runs",
  topic: "Messaging",
  details: [
    "The daemon answers the messaging commands of all programs on this machine that have the " +
    "same home, PLS_HOME, over the socket PLS_IPC_SOCKET names, by default daemon.sock there. " +
    "What it says is in daemon.log. Messaging works without it as well.",
    "With --foreground this process is the daemon, until it is interrupted: for service managers.",
  ],
  positionals: {},
  flags: {
    foreground: { kind: "switch", help: "Be the daemon, and stay on this terminal." },
  },
  examples: [{ does: "Start it", line: "pls daemon start" }],
  run: async ({ flags }, session) => {
    if (Deno.build.os === "windows") throw newNoDaemonHere();
    return flags.foreground ? await beDaemon(session) : await start(session);
  },
});

/** Starts the daemon, and says which one runs then. */
export async function start(session: Session): Promise<number> {
  const { startDaemon } = await import("../../messaging/daemon/mod.ts");
  const { daemonCommand } = await import("./daemon_command.ts");
  const home = messagingHome();
  const command = daemonCommand(session.settings);
  const { pid, wasRunning } = await startDaemon({ home, socketPath: socketPath(), command });
  session.stdout.write(wasRunning ? printDaemonAlreadyRunning(pid) : printDaemonStarted(pid));
  return 0;
}

async function beDaemon(session: Session): Promise<number> {
  const { answeringPid, runDaemon } = await import("../../messaging/daemon/mod.ts");
  const { daemonOptions } = await import("./daemon_process.ts");
  using options = daemonOptions(session);
  if (await runDaemon(options)) return 0;
  // Another one was faster, and is about to answer if it does not yet.
  const pid = await answeringPid(options.socketPath);
  session.stdout.write(
    pid === undefined ? "daemon already running\n" : printDaemonAlreadyRunning(pid),
  );
  return 0;
}
