/**
 * Descriptions of pools, read back from what a server says of them.
 *
 * @module
 */

import type { InternalError, PoolInfo, PoolListing } from "../pool/mod.ts";
import { errorOf, isRecord, notUnderstood, parseJson } from "./failure.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the answer `{"pool":POOLINFO}`; the pool was asked for as `name`.
 *
 * @throws {InternalError} when it is no such answer.
 */
export function readPoolAnswer(text: string, name: string): PoolInfo {
  const answer = parseJson(text);
  if (!isRecord(answer) || !isRecord(answer.pool)) {
    throw notUnderstood("it describes no pool", { pool: name });
  }
  return readPoolInfo(answer.pool, name);
}

/**
 * Reads the answer `{"pools":[…]}`.
 *
 * @throws {InternalError} when it is no such answer.
 */
export function readListAnswer(text: string): PoolListing[] {
  const answer = parseJson(text);
  if (!isRecord(answer) || !Array.isArray(answer.pools)) {
    throw notUnderstood("it lists no pools", {});
  }
  return answer.pools.map(readListing);
}

function readListing(entry: unknown): PoolListing {
  if (!isRecord(entry)) throw notUnderstood("it lists what is no pool", {});
  const reader = new FieldReader(entry, "");
  const place = { name: reader.text("name"), path: reader.text("path"), mtime: readTime(entry) };
  if (!isRecord(entry.error)) return { ...place, info: readPoolInfo(entry, place.name) };
  // A listing of the command line has an envelope within the entry.
  const fields = isRecord(entry.error.error) ? entry.error.error : entry.error;
  return { ...place, error: errorOf(fields, {}) };
}

function readTime({ mtime }: Fields): Date | null {
  const time = new Date(typeof mtime === "string" ? mtime : NaN);
  return Number.isNaN(time.getTime()) ? null : time;
}

function readPoolInfo(fields: Fields, name: string): PoolInfo {
  const reader = new FieldReader(fields, name);
  const metrics = new FieldReader(reader.object("metrics"), name);
  const bounds = new FieldReader(reader.object("bounds"), name);
  const age = metrics.object("age");
  const indexCapacity = reader.number("index_capacity");
  return {
    name,
    path: reader.text("path"),
    sizeBytes: reader.number("file_size"),
    indexOffset: reader.number("index_offset"),
    indexCapacity,
    indexSizeBytes: reader.number("index_size_bytes"),
    ringOffset: reader.number("ring_offset"),
    ringSizeBytes: reader.number("ring_size"),
    id: reader.text("id"),
    createdAt: reader.text("created_at"),
    maxAgeMs: reader.number("max_age_ms"),
    maxMessages: reader.number("max_messages"),
    nextSeq: reader.number("next_seq"),
    usedBytes: new FieldReader(metrics.object("utilization"), name).number("used_bytes"),
    ...("newest" in bounds.fields && {
      bounds: { oldest: bounds.number("oldest"), newest: bounds.number("newest") },
    }),
    ...(typeof age.newest_time === "string" && {
      times: {
        oldest: typeof age.oldest_time === "string" ? age.oldest_time : undefined,
        newest: age.newest_time,
      },
    }),
  };
}

/** Takes out of an object what has to be in it. */
class FieldReader {
  readonly fields: Fields;
  readonly #pool: string;

  constructor(fields: Fields, pool: string) {
    this.fields = fields;
    this.#pool = pool;
  }

  text(key: string): string {
    const value = this.fields[key];
    if (typeof value === "string") return value;
    throw this.#missing(key);
  }

  number(key: string): number {
    const value = this.fields[key];
    if (typeof value === "number") return value;
    throw this.#missing(key);
  }

  object(key: string): Fields {
    const value = this.fields[key];
    if (isRecord(value)) return value;
    throw this.#missing(key);
  }

  #missing(key: string): InternalError {
    return notUnderstood(`it lacks ${key}`, { pool: this.#pool });
  }
}
