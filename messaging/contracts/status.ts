/**
 * The text of `status`, in each of its states: no daemon, nobody logged in, a credential
 * that was refused, and all well.
 *
 * @module
 */

import { type Color, type Paint, painter } from "./colors.ts";
import { LOGIN_CHECK_INVALID, type StatusReply } from "./ipc.ts";
import { relativeTime } from "./relative_time.ts";
import { parseTime } from "./timestamps.ts";

/** What the status is seen by. */
export interface StatusOptions {
  /** The current time, in milliseconds since 1970. */
  readonly nowMs: number;
  /** The variable `PLS_CURRENT_HANDLE`. */
  readonly envCurrent?: string;
  /** The file that holds the current sources, as the daemon told it. */
  readonly currentJsonPath?: string;
  /** Colour the values. Default false. */
  readonly color?: boolean;
  /** The version of this program; without it, no version is shown. */
  readonly cliVersion?: string;
  /** There is a newer version of this program. Default false. */
  readonly updateAvailable?: boolean;
}

/** A credential that was accepted longer ago than this is no good sign. */
const TOKEN_AGE_MAX_MS = 5 * 60_000;

const LOGIN_HINT = "hint: run 'pls login URL -apikey K'";

/** The status, without regard to the environment and without colours. */
export function printStatus(status: StatusReply, options: Pick<StatusOptions, "nowMs">): string {
  return printStatusWithEnv(status, { nowMs: options.nowMs });
}

/** The status as the environment has it: its current source, and whether to colour. */
export function printStatusWithEnv(
  status: StatusReply,
  options: Omit<StatusOptions, "cliVersion" | "updateAvailable">,
): string {
  const { nowMs, envCurrent, currentJsonPath, color } = options;
  return printStatusWithEnvAndCliVersion(status, { nowMs, envCurrent, currentJsonPath, color });
}

/** The status with the version of the daemon, compared with that of this program. */
export function printStatusWithEnvAndCliVersion(
  status: StatusReply,
  options: Omit<StatusOptions, "updateAvailable">,
): string {
  return printStatusWithUpdateInfo(status, { ...options, updateAvailable: false });
}

/**
 * The status with all there is to say.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   printStatusWithUpdateInfo({ daemon_pid: 0, logged_in: false }, { nowMs: 0 }),
 *   "daemon: not running\n",
 * );
 * ```
 */
export function printStatusWithUpdateInfo(status: StatusReply, options: StatusOptions): string {
  return statusLines(status, options).map((line) => line + "\n").join("");
}

function statusLines(status: StatusReply, options: StatusOptions): string[] {
  const paint = painter(options.color ?? false);
  if (status.daemon_pid === 0) return [`daemon: ${paint("not running", "red")}`];
  const daemonLine = (state: string, color: Color) =>
    `daemon: ${paint(state, color)} (pid=${status.daemon_pid})` +
    versionSuffix(status, options, paint);
  if (!status.logged_in) return [daemonLine("not logged in", "red"), LOGIN_HINT];
  if (status.login_check === LOGIN_CHECK_INVALID) {
    return [
      daemonLine("authentication error", "red"),
      `server: ${status.url ?? ""}`,
      `${LOGIN_HINT} to refresh`,
    ];
  }
  return [
    daemonLine("logged in", "green"),
    `last token refresh: ${tokenAge(status, options.nowMs, paint)}`,
    `server: ${paint(status.url ?? "", "green")}`,
    `account: ${paint(status.account_name || status.account_id || "", "green")}`,
    `nats: ${natsState(status.nats_state || "unknown", paint)}`,
    ...currentSourceLines(status, options, paint),
    ...namespaceLines(status, paint),
  ];
}

/** `, <version> (<note>)`, or nothing when this program does not know its own version. */
function versionSuffix(status: StatusReply, options: StatusOptions, paint: Paint): string {
  const cliVersion = options.cliVersion?.trim() ?? "";
  if (cliVersion === "") return "";
  const daemonVersion = status.daemon_version?.trim() || "version unknown";
  const [note, color]: [string, Color] = withoutV(daemonVersion) !== withoutV(cliVersion)
    ? ["daemon out of sync with pls cli, run 'pls daemon restart'", "red"]
    : options.updateAvailable
    ? ["update available, run 'pls upgrade'", "amber"]
    : ["latest", "green"];
  return `, ${paint(daemonVersion, color)} (${note})`;
}

function withoutV(version: string): string {
  return version.replace(/^v/, "");
}

function tokenAge(status: StatusReply, nowMs: number, paint: Paint): string {
  const refreshedMs = parseTime(status.last_token_refresh_at ?? "");
  if (refreshedMs === undefined) return paint("-", "dim");
  const isFresh = nowMs - refreshedMs < TOKEN_AGE_MAX_MS;
  return paint(relativeTime(refreshedMs, nowMs), isFresh ? "green" : "red");
}

function natsState(state: string, paint: Paint): string {
  const colors: Readonly<Record<string, Color>> = {
    connected: "green",
    disconnected: "red",
    unknown: "red",
    connecting: "dim",
  };
  return paint(state, Object.hasOwn(colors, state) ? colors[state] : undefined);
}

function currentSourceLines(status: StatusReply, options: StatusOptions, paint: Paint): string[] {
  const fromEnv = options.envCurrent ?? "";
  const fromDaemon = status.current ?? "";
  if (fromEnv !== "" && fromDaemon !== "" && fromEnv !== fromDaemon) {
    const place = `pid=${status.daemon_pid}, ${options.currentJsonPath ?? ""}`;
    return [
      `current source: ${paint(fromEnv, "green")} (env PLS_CURRENT_HANDLE)`,
      `current source: ${paint(fromDaemon, "green")} (${place})`,
      "warning: current source is set twice, env takes precedence",
    ];
  }
  const current = fromEnv || fromDaemon;
  return [`current source: ${current === "" ? paint("-", "dim") : paint(current, "green")}`];
}

function namespaceLines(status: StatusReply, paint: Paint): string[] {
  const namespace = status.current_namespace ?? "";
  return namespace === "" ? [] : [`namespace: ${paint(namespace, "green")}`];
}
