/**
 * What a pool is, in few lines: an array and a byte budget. It is to be understood at a
 * glance, for the real one is right when the two agree.
 *
 * @module
 */

/** A message as the reference has it. */
export interface ReferenceMessage {
  seq: number;
  /** Nanoseconds since 1970. */
  nanos: bigint;
  tags: readonly string[];
  /** The payload. */
  json: string;
  /** Length of its frame. */
  bytes: number;
}

/** What a pool was created with. */
export interface ReferenceLimits {
  /** Size of the ring in bytes. */
  ringBytes: number;
  /** Longest age in milliseconds, 0 for no limit. */
  maxAgeMs: number;
  /** Largest number of messages, 0 for no limit. */
  maxMessages: number;
}

/** The reference pool. */
export class ReferencePool {
  /** What was ever appended, by sequence number. */
  readonly history = new Map<number, ReferenceMessage>();
  /** What the pool may still hold. */
  messages: ReferenceMessage[] = [];
  /** The number of the next message. */
  nextSeq = 1;
  /** What the pool must still hold: messages from this number on. */
  mustHoldFrom = 1;

  constructor(readonly limits: ReferenceLimits) {}

  /** Room is made in steps: so many bytes may be given up beyond what is needed. */
  get stepBytes(): number {
    return Math.min(32 * 1024, Math.floor(this.limits.ringBytes / 16));
  }

  /** Messages appended in one go. */
  append(batch: readonly ReferenceMessage[]): void {
    for (const message of batch) this.history.set(message.seq, message);
    if (this.messages.length === 0) this.mustHoldFrom = batch[0].seq;
    this.messages.push(...batch);
    this.nextSeq = this.messages.at(-1)!.seq + 1;
    const { ringBytes } = this.limits;
    if (bytesOf(this.messages) <= ringBytes) return;
    // What fits together is there together; of more than that, the newest one is.
    const together = bytesOf(batch) <= ringBytes ? batch[0] : batch.at(-1)!;
    const afterStep = newestWithin(this.messages, ringBytes - this.stepBytes)[0] ?? together;
    this.messages = newestWithin(this.messages, ringBytes);
    this.mustHoldFrom = Math.max(this.mustHoldFrom, Math.min(together.seq, afterStep.seq));
  }

  /** Takes over that the real pool holds so many bytes; false when it must not. */
  adopt(usedBytes: number): boolean {
    const held = newestWithin(this.messages, usedBytes);
    const isAllowed = bytesOf(held) === usedBytes && (held[0]?.seq ?? 1) <= this.mustHoldFrom;
    this.messages = held;
    this.mustHoldFrom = held[0]?.seq ?? this.mustHoldFrom;
    return isAllowed;
  }

  /** The messages that the limits on age and count let through at `nowMs`. */
  visible(nowMs: number): ReferenceMessage[] {
    const { maxAgeMs, maxMessages } = this.limits;
    const fromNanos = BigInt(Math.max(0, nowMs - maxAgeMs)) * 1_000_000n;
    return this.messages
      .slice(maxMessages === 0 ? 0 : -maxMessages)
      .filter(({ nanos }) => maxAgeMs === 0 || nanos >= fromNanos);
  }
}

/** Length of a message's frame: header, tags, payload, padding. */
export function frameBytes({ tags, json }: { tags: readonly string[]; json: string }): number {
  const text = (tags.length === 0 ? "" : JSON.stringify(tags)) + json;
  return Math.ceil((28 + new TextEncoder().encode(text).length) / 8) * 8;
}

function bytesOf(messages: readonly ReferenceMessage[]): number {
  return messages.reduce((sum, message) => sum + message.bytes, 0);
}

/** The newest of `messages`, as many as fit into so many bytes. */
function newestWithin(messages: readonly ReferenceMessage[], bytes: number): ReferenceMessage[] {
  let from = messages.length;
  while (from > 0 && (bytes -= messages[from - 1].bytes) >= 0) from--;
  return messages.slice(from);
}

/** A time of the pool as nanoseconds since 1970. */
export function nanosOf(time: string): bigint {
  const [toSecond, fraction] = time.replace("Z", "").split(".");
  return BigInt(Date.parse(`${toSecond}Z`)) * 1_000_000n + BigInt(fraction);
}

/** Nanoseconds since 1970 as RFC 3339 text with all nine digits. */
export function timeOf(nanos: bigint): string {
  const toSecond = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${toSecond}.${(nanos % 1_000_000_000n).toString().padStart(9, "0")}Z`;
}

/** The envelope of a message as JSON text. */
export function envelopeOf({ seq, nanos, tags, json }: ReferenceMessage): string {
  const meta = JSON.stringify({ tags });
  return `{"seq":${seq},"time":"${timeOf(nanos)}","meta":${meta},"data":${json}}`;
}
