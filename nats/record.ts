/**
 * What a pool's message is in a stream. The payload is the JSON text as it was given. Its time,
 * RFC 3339 with nine fractional digits, begins its `Nats-Msg-Id`, which is `TIME/SENDER.COUNT`;
 * and its tags, when there are any, are in the header `Pls-Tags`, as a JSON array in ASCII.
 *
 * What another program publishes to a pool's subject is a message as well, without tags and of
 * the time at which the server stored it.
 *
 * @module
 */

import type { MsgHdrs } from "@nats-io/transport-node";
import { type Outgoing, parseTime, type Timestamp } from "../pool/internal_mod.ts";
import { JsonText, Message, UsageError } from "../pool/mod.ts";

/** By which the server knows a message that it has already. */
export const ID_HEADER = "Nats-Msg-Id";

const TAGS_HEADER = "Pls-Tags";

/** The latest time of a message, in the year 2514: what pools in files can hold. */
const LAST_SECOND = 2 ** 34 - 1;

/** Where in an id of ours the slash between time and sender is. */
const SLASH_AT = 30;

/** The most bytes that the tags of a message take as JSON: a server takes 64 KiB of headers. */
const TAGS_BYTES_MAX = 65_000;

const LINE_FEED = 0x0a;
/** The client library gives buffers of Node's, whose own method takes twice as long. */
const { includes } = Uint8Array.prototype;
const NO_TAGS: readonly string[] = Object.freeze([]);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** A message to publish. */
export interface Publication {
  /** The message; its number is known when it was stored. */
  readonly outgoing: Outgoing;
  /** When it is appended. */
  readonly time: Timestamp;
  /** Its payload as bytes. */
  readonly payload: Uint8Array;
  /** By which the server knows it when it is sent again. */
  readonly id: string;
  /** Its tags as JSON; undefined without any. */
  readonly tagsJson?: string;
  /** How many bytes it takes, headers included. */
  readonly bytes: number;
}

/** `NATS/1.0`, two line ends; a colon, a blank and a line end for each header. */
const HEADERS_BYTES = 12;
const HEADER_BYTES = 4;

/** The publication of `outgoing` at `time`; `sender` is different for each. */
export function publicationOf(outgoing: Outgoing, time: Timestamp, sender: string): Publication {
  const payload = encoder.encode(outgoing.json.text);
  const tagsJson = outgoing.tags.length === 0 ? undefined : asciiJson(outgoing.tags);
  const { time: timeText } = new Message(0, time.seconds, time.nanos, NO_TAGS, "");
  const id = `${timeText}/${sender}`;
  const tagsBytes = tagsJson?.length ?? 0;
  if (tagsBytes > TAGS_BYTES_MAX) {
    throw new UsageError(
      `the tags are too long: ${tagsBytes} bytes as JSON in ASCII, of ${TAGS_BYTES_MAX} at most`,
      { hint: "Put long text into the data." },
    );
  }
  const idHeaderBytes = ID_HEADER.length + id.length + HEADER_BYTES;
  const tagsHeaderBytes = tagsJson === undefined
    ? 0
    : TAGS_HEADER.length + tagsBytes + HEADER_BYTES;
  const bytes = payload.length + HEADERS_BYTES + idHeaderBytes + tagsHeaderBytes;
  return { outgoing, time, payload, id, tagsJson, bytes };
}

/** Puts what a publication has beside its payload among `headers`. */
export function addHeaders(headers: MsgHdrs, { id, tagsJson }: Publication): void {
  headers.set(ID_HEADER, id);
  if (tagsJson !== undefined) headers.set(TAGS_HEADER, tagsJson);
}

/** What a server delivers. */
export interface Stored {
  readonly seq: number;
  readonly headers?: MsgHdrs;
  readonly data: Uint8Array;
  /** When the server stored it, in nanoseconds since 1970. */
  readonly timestampNanos: bigint;
}

/** A message of a pool as it is in a stream. */
export class StreamRecord {
  readonly seq: number;
  readonly tags: readonly string[];
  /** The payload: compact JSON text in UTF-8. */
  readonly payload: Uint8Array;
  /** When it was appended. */
  readonly time: Timestamp;
  #message: Message | undefined;

  /** The message `seq` of the time `time`. */
  constructor(seq: number, time: Timestamp, tags: readonly string[], payload: Uint8Array) {
    this.seq = seq;
    this.time = time;
    this.tags = tags;
    this.payload = payload;
  }

  /** As programs get it; made when it is first asked for. */
  get message(): Message {
    const { seconds, nanos } = this.time;
    this.#message ??= new Message(
      this.seq,
      seconds,
      nanos,
      this.tags,
      decoder.decode(this.payload),
    );
    return this.#message;
  }

  /** The envelope up to the data. */
  get envelopeStart(): string {
    const { seconds, nanos } = this.time;
    return new Message(this.seq, seconds, nanos, this.tags, "").envelope.slice(0, -1);
  }
}

/** What `stored` is to a pool; undefined when it is no message, as its payload is not JSON. */
export function recordOf(stored: Stored): StreamRecord | undefined {
  const { seq, data } = stored;
  const header = headerReader(stored);
  const time = timeOfId(header(ID_HEADER));
  const tags = readTags(header(TAGS_HEADER));
  // Compact JSON, as ours is, has no line feed; where lines are passed on, it would end one.
  if (time !== undefined && !includes.call(data, LINE_FEED)) {
    return new StreamRecord(seq, time, tags, data);
  }
  const json = asJson(data);
  if (json === undefined) return undefined;
  const payload = encoder.encode(json);
  return new StreamRecord(seq, time ?? storedTime(stored), tags, payload);
}

/** What the client library keeps of a message that it delivered, beside what it says it does. */
interface Delivered {
  readonly msg?: { readonly _rdata?: Uint8Array; readonly _msg?: { readonly hdr?: number } };
}

/** Reads headers of a message; without one of a name, or any at all, it is empty. */
function headerReader(stored: Stored): (name: string) => string {
  const { msg } = stored as Delivered;
  const length = msg?._msg?.hdr;
  // The library's own way to read them takes as long as all else that is done with a message.
  if (length === undefined || !(msg?._rdata instanceof Uint8Array)) {
    return (name) => stored.headers?.get(name) ?? "";
  }
  if (length <= 0) return () => "";
  const text = decoder.decode(msg._rdata.subarray(0, length));
  return (name) => {
    const start = text.indexOf(`\r\n${name}:`);
    if (start < 0) return "";
    const from = start + name.length + 3;
    return text.slice(from, text.indexOf("\r\n", from)).trim();
  };
}

/** The time in an id of ours; undefined for those of other programs. */
function timeOfId(id: string): Timestamp | undefined {
  const time = id[SLASH_AT] === "/" ? parseTime(id.slice(0, SLASH_AT)) : undefined;
  const isInRange = time !== undefined && time.seconds >= 0 && time.seconds <= LAST_SECOND;
  return isInRange ? time : undefined;
}

/** When the server stored it. */
export function storedTime({ timestampNanos: sinceEpoch }: Stored): Timestamp {
  const seconds = sinceEpoch / 1_000_000_000n;
  return { seconds: Number(seconds), nanos: Number(sinceEpoch - seconds * 1_000_000_000n) };
}

function readTags(text: string): readonly string[] {
  if (text === "") return NO_TAGS;
  try {
    const tags = JSON.parse(text);
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  } catch {
    // Another program's idea of tags.
  }
  return NO_TAGS;
}

function asJson(payload: Uint8Array): string | undefined {
  try {
    return JsonText.parse(strictDecoder.decode(payload)).text;
  } catch {
    return undefined;
  }
}

/** JSON in which every character beyond ASCII is escaped: headers have no other for sure. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
