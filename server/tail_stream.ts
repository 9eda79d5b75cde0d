/**
 * A tail as the body of an answer. It is asked for more only when what it gave is sent, so
 * that a slow client costs one batch of memory.
 *
 * @module
 */

import type { Gap, MessageBatch, MessagePool } from "../pool/mod.ts";
import { asFailure, failureJson } from "./refusal.ts";
import type { TailRequest } from "./tail_query.ts";

/** How the parts of a tail are written. */
export interface TailEncoding {
  /** Media type of the answer. */
  readonly contentType: string;
  /** Messages; the bytes must not change afterwards. */
  batch(batch: MessageBatch): Uint8Array;
  /** A gap between messages, as JSON text. */
  gap(json: string): string;
  /** The error that ends a tail, as JSON text. */
  error(json: string): string;
}

/** One compact envelope in each line. */
export const JSON_LINES: TailEncoding = {
  contentType: "application/jsonl",
  // The pool writes over them when it makes the next ones.
  batch: (batch) => batch.jsonLines().slice(),
  gap: (json) => `${json}\n`,
  error: (json) => `${json}\n`,
};

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export const EVENTS: TailEncoding = {
  contentType: "text/event-stream",
  batch: (batch) => {
    const lines = decoder.decode(batch.jsonLines()).slice(0, -1);
    const events = lines.replaceAll("\n", "\n\nevent: message\ndata: ");
    return encoder.encode(event("message", events));
  },
  gap: (json) => event("gap", json),
  error: (json) => event("error", json),
};

function event(type: string, data: string): string {
  return `event: ${type}\ndata: ${data}\n\n`;
}

/** Where a tail's bytes come from, and who is told about them. */
export interface TailSource {
  /** The pool, which is not closed. */
  readonly pool: MessagePool;
  /** What the tail is asked for. */
  readonly request: TailRequest;
  /** Ends the tail when aborted. */
  readonly signal: AbortSignal;
  /** Told of bytes that go out. */
  readonly onBytes: (bytes: number) => void;
  /** Called once, when the tail has ended or its reader has left. */
  readonly onEnd: () => void;
}

/**
 * The bytes of a tail.
 *
 * @throws {UsageError} when the tail is asked for what makes no sense.
 */
export function tailStream(
  { pool, request, signal, onBytes, onEnd }: TailSource,
  encoding: TailEncoding,
): ReadableStream<Uint8Array> {
  let gaps = "";
  const onGap = ({ fromSeq, toSeq, count, reason }: Gap) => {
    const gap = { from_seq: fromSeq, to_seq: toSeq, count, reason };
    gaps += encoding.gap(JSON.stringify({ gap }));
  };
  const tail = pool.tailBatches({
    ...request.options,
    signal,
    onGap: request.notices ? onGap : undefined,
  });
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const send = (bytes: Uint8Array) => {
        onBytes(bytes.length);
        controller.enqueue(bytes);
      };
      try {
        const { done, value } = await tail.next();
        if (gaps !== "") send(encoder.encode(gaps));
        gaps = "";
        if (!done) return send(encoding.batch(value));
      } catch (error) {
        const json = JSON.stringify({ error: failureJson(asFailure(error)) });
        send(encoder.encode(gaps + encoding.error(json)));
      }
      controller.close();
      onEnd();
    },
    async cancel() {
      await tail.return?.();
      onEnd();
    },
  }, { highWaterMark: 0 });
}
