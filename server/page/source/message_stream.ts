/**
 * A pool's messages as they come, over connections that end and are made again.
 *
 * A new connection starts after the last message or gap that came, so nothing is missed
 * or told twice.
 *
 * @module
 */

import { type Entry, parseGap, parseMessage } from "./entry.ts";
import { EventReader, type ServerSentEvent } from "./server_sent_events.ts";
import { readErrorBody, ServerError } from "./server_error.ts";
import { request } from "./session.ts";
import type { StreamStart } from "./stream_start.ts";
import { pause, Turns } from "./turns.ts";

/** Which messages come; the server does the choosing. */
export interface StreamFilter {
  /** Only messages with all of these. */
  tags: readonly string[];
  /** Only messages for which this jq predicate gives `true`; all when empty. */
  where: string;
}

/** What a stream is about. */
export type StreamState =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "held" }
  | { kind: "waiting"; reason: unknown; untilMs: number }
  | { kind: "stopped"; reason: unknown };

/** What to read, and whom to tell. */
export interface StreamOptions {
  /** The pool. */
  pool: string;
  /** Which messages come. */
  filter: StreamFilter;
  /** Where to start. */
  start: StreamStart;
  /** Longest life of one connection in milliseconds. */
  timeoutMs: number;
  /** Told of messages and gaps, in order. */
  onEntries: (entries: Entry[]) => void;
  /** Told when the state is another. */
  onState: (state: StreamState) => void;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;
/** A connection that ends sooner and brought nothing counts as a failure: no busy loops. */
const SHORT_LIFE_MS = 1000;
/** How much longer than agreed a silent connection may last before it is given up. */
const OVERDUE_MS = 10_000;

/** One stream, from its making until it is closed. */
export class MessageStream {
  readonly #options: StreamOptions;
  #nextSeq: number | undefined;
  #connection: AbortController | undefined;
  #isClosed = false;

  /** A stream that has yet to be opened. */
  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Connects, also again after {@linkcode hold}. */
  open(): void {
    if (this.#connection !== undefined || this.#isClosed) return;
    this.#connection = new AbortController();
    this.#run(this.#connection.signal);
  }

  /** Lets the connection go; {@linkcode open} goes on where it was. */
  hold(): void {
    this.#connection?.abort();
    this.#connection = undefined;
    if (!this.#isClosed) this.#options.onState({ kind: "held" });
  }

  /** Whether it has no connection and seeks none. */
  get isHeld(): boolean {
    return this.#connection === undefined;
  }

  /** Ends it for good. */
  close(): void {
    this.#isClosed = true;
    this.hold();
  }

  async #run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const startedMs = Date.now();
      const startSeq = this.#nextSeq;
      let reason: unknown = new Error("the server ended the stream");
      try {
        if (failures === 0) this.#options.onState({ kind: "connecting" });
        await this.#connect(signal);
        if (this.#nextSeq !== startSeq || Date.now() - startedMs > SHORT_LIFE_MS) {
          failures = 0;
          continue;
        }
      } catch (error) {
        reason = error;
        if (this.#nextSeq !== startSeq) failures = 0;
      }
      if (signal.aborted) return;
      if (!(reason instanceof ServerError) || reason.isPassing) {
        const waitMs = Math.min(FIRST_RETRY_MS * 2 ** failures++, LONGEST_RETRY_MS);
        this.#options.onState({ kind: "waiting", reason, untilMs: Date.now() + waitMs });
        await pause(waitMs, signal);
      } else {
        this.#connection = undefined;
        return this.#options.onState({ kind: "stopped", reason });
      }
    }
  }

  /** One connection. Returns when it ends normally. */
  async #connect(signal: AbortSignal): Promise<void> {
    const overdue = new AbortController();
    const both = AbortSignal.any([signal, overdue.signal]);
    const response = await request(this.#address(), { signal: both });
    if (response.body === null) throw new Error("the server sent no stream");
    // Set only now: until then the token may be asked for.
    const timer = setTimeout(
      () => overdue.abort(new Error("the connection went silent")),
      this.#options.timeoutMs + OVERDUE_MS,
    );
    try {
      this.#options.onState({ kind: "live" });
      await this.#read(response.body, both);
    } finally {
      clearTimeout(timer);
    }
  }

  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>, signal: AbortSignal): Promise<void> {
    const events = new EventReader();
    const turns = new Turns();
    const reader = body.pipeThrough(new TextDecoderStream(), { signal }).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const entries = events.push(value).filter((event) => !this.#isPosition(event))
        .map(toEntry).filter((entry) => this.#isNew(entry));
      if (entries.length > 0 && !signal.aborted) this.#options.onEntries(entries);
      await turns.giveWay();
      signal.throwIfAborted();
    }
  }

  /** Moves on to where the server has come, past what filters held back; false for others. */
  #isPosition({ type, data }: ServerSentEvent): boolean {
    if (type !== "position") return false;
    this.#nextSeq = Math.max(this.#nextSeq ?? 0, JSON.parse(data).position.next_seq);
    return true;
  }

  /** Moves on past `entry`; false when it came before. */
  #isNew(entry: Entry): boolean {
    if (entry.kind === "notice") return true;
    const last = entry.kind === "message" ? entry.seq : entry.toSeq;
    if (this.#nextSeq !== undefined && last < this.#nextSeq) return false;
    this.#nextSeq = last + 1;
    return true;
  }

  #address(): string {
    const { pool, filter, start, timeoutMs } = this.#options;
    const query = new URLSearchParams({ notices: "true", timeout_ms: String(timeoutMs) });
    for (const tag of filter.tags) query.append("tag", tag);
    if (filter.where !== "") query.append("where", filter.where);
    if (this.#nextSeq !== undefined) query.set("since_seq", String(this.#nextSeq));
    else if ("last" in start) query.set("last", String(start.last));
    else if ("since" in start) query.set("since", start.since);
    else query.set("since_seq", String(start.sinceSeq));
    return `/v0/ui/pools/${encodeURIComponent(pool)}/events?${query}`;
  }
}

function toEntry({ type, data }: ServerSentEvent): Entry {
  if (type === "gap") return parseGap(data);
  if (type === "error") throw new ServerError(0, readErrorBody(data) ?? {});
  return parseMessage(data);
}
