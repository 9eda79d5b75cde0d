/**
 * A tail as the body of an answer. It is asked for more only when what it gave is sent, so
 * that a slow client costs one batch of memory.
 *
 * @module
 */

import type { Gap, MessagePool } from "../pool/mod.ts";
import type { Admission } from "./admission.ts";
import { type Lines, LineTail } from "./line_tail.ts";
import { asFailure, failureJson } from "./refusal.ts";
import type { TailRequest } from "./tail_query.ts";

/** How the parts of a tail are written. */
export interface TailEncoding {
  /** Media type of the answer. */
  readonly contentType: string;
  /** Envelopes, one in each line. */
  lines(bytes: Uint8Array): Uint8Array;
  /** A gap between messages, or how far the tail has come, as JSON text. */
  notice(kind: "gap" | "position", json: string): string;
  /** The error that ends a tail, as JSON text. */
  error(json: string): string;
}

/** One compact envelope in each line. */
export const JSON_LINES: TailEncoding = {
  contentType: "application/jsonl",
  lines: (bytes) => bytes,
  notice: (_kind, json) => `${json}\n`,
  error: (json) => `${json}\n`,
};

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export const EVENTS: TailEncoding = {
  contentType: "text/event-stream",
  lines: (bytes) => {
    const envelopes = decoder.decode(bytes).slice(0, -1);
    return encoder.encode(
      event("message", envelopes.replaceAll("\n", "\n\nevent: message\ndata: ")),
    );
  },
  notice: event,
  error: (json) => event("error", json),
};

function event(type: string, data: string): string {
  return `event: ${type}\ndata: ${data}\n\n`;
}

/** How long nothing is said while there are no messages, in milliseconds. */
const SILENCE_MS = 5000;

/** Where a tail's bytes come from, and who is told about them. */
export interface TailSource {
  /** The pool, which is not closed. */
  readonly pool: MessagePool;
  /** What the tail is asked for. */
  readonly request: TailRequest;
  /** Places of predicates. */
  readonly filters: Admission;
  /** Ends the tail when aborted. */
  readonly signal: AbortSignal;
  /** Told of bytes that go out. */
  readonly onBytes: (bytes: number) => void;
  /** Called once, when the tail has ended or its reader has left. */
  readonly onEnd: () => Promise<void>;
}

/**
 * The bytes of a tail.
 *
 * @throws {UsageError} when the tail is asked for what makes no sense.
 */
export async function tailStream(
  source: TailSource,
  encoding: TailEncoding,
): Promise<ReadableStream<Uint8Array>> {
  const { pool, request, signal, onBytes, onEnd } = source;
  const notices = new Notices(request.notices, encoding);
  const tail = await LineTail.open(pool, {
    ...request.options,
    signal,
    onGap: (gap) => notices.gap(gap),
  }, source.filters);
  let pending: Promise<Lines | undefined> | undefined;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const send = (bytes: Uint8Array) => {
        onBytes(bytes.length);
        if (bytes.length > 0) controller.enqueue(bytes);
      };
      try {
        pending ??= tail.next();
        // With it, who has to come back goes on exactly here, whatever filters held back.
        const tellPosition = () => notices.position(tail.nextSeq);
        while (request.notices && await isLate(pending, tellPosition)) {
          const text = notices.take();
          if (text !== "") return send(encoder.encode(text));
        }
        const lines = await pending;
        pending = undefined;
        if (lines === undefined) tellPosition();
        send(encoder.encode(notices.take()));
        if (lines !== undefined) return send(encoding.lines(lines.bytes));
      } catch (error) {
        const json = JSON.stringify({ error: failureJson(asFailure(error)) });
        send(encoder.encode(notices.take() + encoding.error(json)));
      }
      tail.close();
      controller.close();
      await onEnd();
    },
    async cancel() {
      tail.close();
      await onEnd();
    },
  }, { highWaterMark: 0 });
}

/** What is told between messages, when that is asked for. */
class Notices {
  readonly #wanted: boolean;
  readonly #encoding: TailEncoding;
  #text = "";

  constructor(wanted: boolean, encoding: TailEncoding) {
    this.#wanted = wanted;
    this.#encoding = encoding;
  }

  gap({ fromSeq, toSeq, count, reason }: Gap): void {
    this.#add("gap", { from_seq: fromSeq, to_seq: toSeq, count, reason });
  }

  position(nextSeq: number | undefined): void {
    if (nextSeq !== undefined) this.#add("position", { next_seq: nextSeq });
  }

  /** What came since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }

  #add(kind: "gap" | "position", value: Record<string, unknown>): void {
    if (this.#wanted) this.#text += this.#encoding.notice(kind, JSON.stringify({ [kind]: value }));
  }
}

/**
 * Whether `pending` takes longer than a stream may be silent. `onLate` is called first, in a
 * turn of its own, in which `pending` has not got any further.
 */
async function isLate(pending: Promise<unknown>, onLate: () => void): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => {
      onLate();
      resolve(true);
    }, SILENCE_MS);
  });
  try {
    return await Promise.race([pending.then(() => false), silence]);
  } finally {
    clearTimeout(timer);
  }
}
