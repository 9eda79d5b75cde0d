/**
 * Describing a pool: sizes, bounds, ages, use; and the JSON form that the command
 * line, the server and MCP share.
 *
 * @module
 */

import type { PoolInfo } from "./interface.ts";
import type { Lookup } from "./lookup.ts";
import type { RingFile } from "./ring.ts";
import { INDEX_ENTRY_BYTES } from "./index_entry.ts";
import type { State } from "./state.ts";
import { formatTime, parseTime, type Timestamp, toMilliseconds } from "./timestamp.ts";

/** Describes the pool in `ring`, opened as `name`, at `nowMs` (milliseconds since 1970). */
export function describePool(
  ring: RingFile,
  lookup: Lookup,
  name: string,
  nowMs: number,
): PoolInfo {
  const { layout, id, created, maxAgeMs, maxMessages } = ring.identity;
  const state = ring.readState();
  return {
    name,
    path: ring.path,
    sizeBytes: layout.fileBytes,
    indexOffset: layout.indexOffset,
    indexCapacity: layout.indexCapacity,
    indexSizeBytes: layout.indexCapacity * INDEX_ENTRY_BYTES,
    ringOffset: layout.ringOffset,
    ringSizeBytes: layout.ringBytes,
    id: uuidText(id),
    createdAt: timeText(created),
    maxAgeMs,
    maxMessages,
    nextSeq: state.nextSeq,
    usedBytes: state.head - state.tail,
    ...describeContents(lookup, state, nowMs),
  };
}

/** The oldest message's time is left out when the message is not intact. */
function describeContents(
  lookup: Lookup,
  state: State,
  nowMs: number,
): Pick<PoolInfo, "bounds" | "times"> {
  const oldest = lookup.oldest(state, nowMs);
  if (oldest.seq >= state.nextSeq) return {};
  const oldestTime = lookup.timeAt(state, oldest);
  return {
    bounds: { oldest: oldest.seq, newest: state.nextSeq - 1 },
    times: {
      oldest: oldestTime && timeText(oldestTime),
      newest: timeText(state.lastTime),
    },
  };
}

/**
 * The JSON form of a pool's description at `nowMs` (milliseconds since 1970), with
 * the keys that scripts know from upstream and, behind them, those that are ours.
 */
export function poolInfoJson(info: PoolInfo, nowMs: number): Record<string, unknown> {
  const { bounds, times } = info;
  const count = bounds === undefined ? 0 : bounds.newest - bounds.oldest + 1;
  return {
    bounds: bounds === undefined ? {} : { newest: bounds.newest, oldest: bounds.oldest },
    file_size: info.sizeBytes,
    index_capacity: info.indexCapacity,
    index_offset: info.indexOffset,
    index_size_bytes: info.indexSizeBytes,
    metrics: {
      age: {
        newest_age_ms: ageMs(times?.newest, nowMs),
        newest_time: times?.newest ?? null,
        oldest_age_ms: ageMs(times?.oldest, nowMs),
        oldest_time: times?.oldest ?? null,
      },
      message_count: count,
      seq_span: count,
      utilization: {
        free_bytes: info.ringSizeBytes - info.usedBytes,
        used_bytes: info.usedBytes,
        used_percent: Math.floor(info.usedBytes * 10_000 / info.ringSizeBytes) / 100,
      },
    },
    name: info.name,
    path: info.path,
    ring_offset: info.ringOffset,
    ring_size: info.ringSizeBytes,
    id: info.id,
    created_at: info.createdAt,
    max_age_ms: info.maxAgeMs,
    max_messages: info.maxMessages,
    next_seq: info.nextSeq,
  };
}

function ageMs(time: string | undefined, nowMs: number): number | null {
  if (time === undefined) return null;
  return Math.max(0, Math.floor(nowMs) - toMilliseconds(parseTime(time)!));
}

function timeText({ seconds, nanos }: Timestamp): string {
  return formatTime(seconds, nanos);
}

function uuidText(id: Uint8Array): string {
  const hex = id.toHex();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    .join("-");
}
