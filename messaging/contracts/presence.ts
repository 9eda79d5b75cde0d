/**
 * Presence: what a heartbeat says, and how alive its sender is by now.
 *
 * @module
 */

import { escapedJson } from "./escaped_json.ts";
import type { WhoEntry } from "./ipc_presence.ts";
import { parseTime } from "./timestamps.ts";

/** How many seconds there are between two heartbeats, unless a heartbeat says otherwise. */
export const HEARTBEAT_INTERVAL_SEC = 60;

/** What a program says of itself, again and again: the payload of a heartbeat, as JSON. */
export interface Heartbeat {
  /** When it was sent: RFC 3339. */
  ts: string;
  /** 1, 2, 3 and so on, for each program that sends them. */
  seq: number;
  /** The variable `PLS_AGENT_HARNESS`. */
  harness: string;
  /** The variable `PLS_AGENT_MODEL`. */
  model: string;
  /** The name of the machine. */
  hostname: string;
  /** Its system: `linux`, `darwin`, `windows`. */
  os: string;
  /** Its architecture: `amd64`, `arm64`. */
  arch: string;
  /** The process that sends it. */
  pid: number;
  /** The version of pls. */
  pls_version: string;
  /** When that process began: RFC 3339. */
  started_at: string;
  /** How many seconds until the next one. */
  interval_sec: number;
}

/** How alive a source is. */
export type Liveness = "online" | "stale" | "offline";

/** A source that was heard of, as `who` shows it. */
export interface WhoRow {
  /** The source. */
  handle: string;
  /** How alive it is. */
  status: Liveness;
  /** Who created it; `""` when that is not known. */
  owner: string;
  /** When its last heartbeat came: RFC 3339 with a fraction. */
  arrived_at: string;
  /** What that said. */
  heartbeat: Heartbeat;
}

/** Which rows are wanted. */
export interface WhoFilter {
  /** Only those as alive as one of these; all when there are none. */
  readonly statuses?: readonly Liveness[];
  /** Only those with exactly this harness. */
  readonly harness?: string;
  /** Only those with exactly this owner. */
  readonly owner?: string;
}

/** The payload of a heartbeat. */
export function encodeHeartbeat(heartbeat: Heartbeat): string {
  return escapedJson(ordered(heartbeat));
}

/**
 * Reads the payload of a heartbeat. Members that are missing, or of another type, are empty;
 * `ppz_version` is taken for a missing `pls_version`. What is no JSON object is all empty.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodeHeartbeat('{"ppz_version":"1.4.0"}').pls_version, "1.4.0");
 * ```
 */
export function decodeHeartbeat(payload: string): Heartbeat {
  const value = parsedObject(payload);
  const text = (name: string) => typeof value[name] === "string" ? value[name] : "";
  const number = (name: string) => typeof value[name] === "number" ? value[name] : 0;
  return {
    ts: text("ts"),
    seq: number("seq"),
    harness: text("harness"),
    model: text("model"),
    hostname: text("hostname"),
    os: text("os"),
    arch: text("arch"),
    pid: number("pid"),
    pls_version: text("pls_version") || text("ppz_version"),
    started_at: text("started_at"),
    interval_sec: number("interval_sec"),
  };
}

function parsedObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

/** The same heartbeat with its members in order, and no others. */
function ordered(heartbeat: Heartbeat): Heartbeat {
  const { ts, seq, harness, model, hostname, os, arch, pid } = heartbeat;
  const { pls_version, started_at, interval_sec } = heartbeat;
  return {
    ts,
    seq,
    harness,
    model,
    hostname,
    os,
    arch,
    pid,
    pls_version,
    started_at,
    interval_sec,
  };
}

/**
 * How alive a source is that was last heard of `ageMs` milliseconds ago: `online` before one
 * and a half intervals are over, `stale` before three are.
 *
 * @param ageMs undefined when nothing was ever heard of it.
 * @param intervalSec what its heartbeat said; {@linkcode HEARTBEAT_INTERVAL_SEC} counts when
 * that is not above 0.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([89_999, 90_000, 180_000].map((age) => liveness(age, 60)), [
 *   "online",
 *   "stale",
 *   "offline",
 * ]);
 * ```
 */
export function liveness(ageMs: number | undefined, intervalSec: number): Liveness {
  if (ageMs === undefined) return "offline";
  const intervalMs = (intervalSec > 0 ? intervalSec : HEARTBEAT_INTERVAL_SEC) * 1000;
  if (ageMs < 1.5 * intervalMs) return "online";
  return ageMs < 3 * intervalMs ? "stale" : "offline";
}

/** The rows of `who`, in the order of the entries, as alive as they are at `nowMs`. */
export function whoRows(entries: readonly WhoEntry[], nowMs: number): WhoRow[] {
  return entries.map(({ handle, owner, payload, arrived_at }) => {
    const heartbeat = decodeHeartbeat(payload);
    const arrivedMs = parseTime(arrived_at);
    const ageMs = arrivedMs === undefined ? undefined : nowMs - arrivedMs;
    const status = liveness(ageMs, heartbeat.interval_sec);
    return { handle, status, owner: owner ?? "", arrived_at, heartbeat };
  });
}

/** The rows that are wanted, in their order. */
export function filterWho(rows: readonly WhoRow[], filter: WhoFilter): WhoRow[] {
  const { statuses = [], harness, owner } = filter;
  return rows.filter((row) =>
    (statuses.length === 0 || statuses.includes(row.status)) &&
    (harness === undefined || row.heartbeat.harness === harness) &&
    (owner === undefined || row.owner === owner)
  );
}
