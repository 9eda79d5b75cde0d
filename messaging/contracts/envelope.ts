/**
 * The envelope of a message: what is stored in a pipe, and what readers get of it.
 *
 * Its size limit is on the escaped encoding, which is the one that is stored, so that
 * what one program accepts no other refuses.
 *
 * @module
 */

import { newError } from "./error.ts";
import { escapedJson } from "./escaped_json.ts";
import { newPayloadTooLarge } from "./failures.ts";
import { formatTime, formatTimeNano, parseTime, ZERO_TIME_MS } from "./timestamps.ts";

/** The most bytes an encoded envelope can have. */
export const ENVELOPE_SIZE_MAX_BYTES = 65_536;

/** What subjects of receipts begin with, and no other subject can. */
export const ACK_PREFIX = "ack:";

/** The subject of a receipt that says that a message was read. */
export const ACK_READ = "ack:read";

/** A message as it is stored, its members in this order. */
export interface Envelope {
  /** A UUID in lower case. */
  id: string;
  /** The handle it was sent as; `""` when the sender has none. */
  sender: string;
  /** Its header line; `""` for none. */
  subject: string;
  /** Its text. */
  payload: string;
  /** When it was sent: RFC 3339 with a fraction, in UTC. */
  created_at: string;
  /** The id of the message that it answers; `""` for none. */
  in_reply_to: string;
  /** The sender asks for a receipt when it is read. */
  ack_requested: boolean;
}

/** A message as readers get it: the same members, `created_at` in whole seconds. */
export type ReadMessage = Envelope;

/** What makes an envelope; members that are left out are empty. */
export interface EnvelopeContent {
  /** The handle it is sent as. */
  sender?: string;
  /** Its header line. */
  subject?: string;
  /** Its text. */
  payload: string;
  /** The id of the message that it answers. */
  inReplyTo?: string;
  /** Ask for a receipt. */
  ackRequested?: boolean;
}

/**
 * A new id: a UUID of version 7, so that ids sort by time.
 *
 * @param nowMs milliseconds since 1970; a fraction is dropped.
 */
export function newMessageId(nowMs: number = Date.now()): string {
  const time = Math.floor(nowMs).toString(16).padStart(12, "0");
  // All that is random in a UUID of version 4, behind its version.
  const random = crypto.randomUUID().slice(15);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random}`;
}

/**
 * The short form of an id that people see: its last 8 characters, `-` left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(id8("7b1e2a90-0c4d-7e5f-8a6b-1c2d90abcdef"), "90abcdef");
 * ```
 */
export function id8(id: string): string {
  return id.replaceAll("-", "").slice(-8);
}

/** A new envelope, with a new id, sent at `nowMs` (milliseconds since 1970). */
export function newEnvelope(content: EnvelopeContent, nowMs: number = Date.now()): Envelope {
  return {
    id: newMessageId(nowMs),
    sender: content.sender ?? "",
    subject: content.subject ?? "",
    payload: content.payload,
    created_at: formatTimeNano(nowMs),
    in_reply_to: content.inReplyTo ?? "",
    ack_requested: content.ackRequested ?? false,
  };
}

/**
 * The receipt for a message that was read by `reader` (`""` when that has no source); undefined
 * when the message asks for none, has nobody to send it to, or is a receipt itself.
 */
export function newReadReceipt(
  message: Envelope,
  reader: string,
  nowMs: number = Date.now(),
): Envelope | undefined {
  const isWanted = message.ack_requested && message.sender !== "" &&
    !message.subject.startsWith(ACK_PREFIX);
  if (!isWanted) return undefined;
  const content = { sender: reader, subject: ACK_READ, payload: "", inReplyTo: message.id };
  return newEnvelope(content, nowMs);
}

/**
 * Refuses a subject that callers can't give.
 *
 * @throws {MessagingError} `E_INVALID_SUBJECT` when it begins with `ack:`.
 */
export function checkSubject(subject: string): void {
  if (subject.startsWith(ACK_PREFIX)) throw newError("E_INVALID_SUBJECT");
}

/** The text of an envelope as it is stored, of any size. */
export function envelopeText(envelope: Envelope): string {
  const { id, sender, subject, payload, created_at, in_reply_to, ack_requested } = envelope;
  return escapedJson({ id, sender, subject, payload, created_at, in_reply_to, ack_requested });
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The bytes of an envelope as they are stored.
 *
 * @throws {MessagingError} `E_PAYLOAD_TOO_LARGE` when there are more than
 * {@linkcode ENVELOPE_SIZE_MAX_BYTES}.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const envelope = newEnvelope({ payload: "hello" });
 * assertEquals(decodeEnvelope(encodeEnvelope(envelope)), envelope);
 * ```
 */
export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> {
  const bytes = encoder.encode(envelopeText(envelope));
  if (bytes.length > ENVELOPE_SIZE_MAX_BYTES) {
    throw newPayloadTooLarge(bytes.length, ENVELOPE_SIZE_MAX_BYTES);
  }
  return bytes;
}

/**
 * Reads a stored envelope. Members that it has more are ignored, and missing ones are empty.
 *
 * @param stored its JSON text, or the bytes of that.
 * @returns undefined when it is no JSON object, or a member is of another type.
 */
export function decodeEnvelope(stored: string | Uint8Array): Envelope | undefined {
  try {
    const text = typeof stored === "string" ? stored : decoder.decode(stored);
    return envelopeOf(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** As {@linkcode decodeEnvelope}, of JSON that was parsed already. */
export function envelopeOf(value: unknown): Envelope | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { id, sender, subject, payload, created_at, in_reply_to, ack_requested } = value as Partial<
    Record<keyof Envelope, unknown>
  >;
  const texts = [id, sender, subject, payload, created_at, in_reply_to].map((member) =>
    member ?? ""
  );
  const ackRequested = ack_requested ?? false;
  if (!texts.every(isString) || typeof ackRequested !== "boolean") return undefined;
  return {
    id: texts[0],
    sender: texts[1],
    subject: texts[2],
    payload: texts[3],
    created_at: texts[4],
    in_reply_to: texts[5],
    ack_requested: ackRequested,
  };
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

/**
 * What readers get of an envelope: `created_at` in whole seconds and UTC. A time that can't
 * be read becomes the first second of the year 1, so that it is a time for every reader.
 */
export function toReadMessage(envelope: Envelope): ReadMessage {
  const { id, sender, subject, payload, created_at, in_reply_to, ack_requested } = envelope;
  return {
    id,
    sender,
    subject,
    payload,
    created_at: formatTime(parseTime(created_at) ?? ZERO_TIME_MS),
    in_reply_to,
    ack_requested,
  };
}
