/**
 * The daemon: messaging as a process of its own, which programs ask over a socket. Commands that
 * need it load it beside `internal_mod.ts`, which begins without it: most calls have no daemon.
 *
 * @module
 */

export {
  answeringPid,
  type DaemonPlace,
  startDaemon,
  type StartedDaemon,
  type StartOptions,
  stopDaemon,
} from "./control.ts";
export type { ConnectionEvent } from "./diagnostics.ts";
export { IpcClient, type IpcClientOptions, UNARY_DEADLINE_MS } from "./ipc_client.ts";
export { IpcServer, type IpcServerOptions } from "./ipc_server.ts";
export { type DaemonOptions, newNoDaemonHere, runDaemon } from "./run.ts";
