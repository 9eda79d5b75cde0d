/**
 * What the list of messages shows, one row each: messages, gaps between them, notices.
 *
 * @module
 */

/** A message. Its data stays text: numbers beyond JavaScript's keep every digit. */
export interface MessageEntry {
  /** Tells it from the others. */
  kind: "message";
  /** Sequence number. */
  seq: number;
  /** When it was appended, RFC 3339 with nine fractional digits. */
  time: string;
  /** Labels. */
  tags: readonly string[];
  /** The data, compact JSON as it is stored. */
  data: string;
  /** The whole envelope as it came. */
  envelope: string;
}

/** Messages that are gone. */
export interface GapEntry {
  /** Tells it from the others. */
  kind: "gap";
  /** First one missing. */
  fromSeq: number;
  /** Last one missing. */
  toSeq: number;
  /** Why: `retention` or `damage`. */
  reason: string;
}

/** Something else to know, said between the messages. */
export interface NoticeEntry {
  /** Tells it from the others. */
  kind: "notice";
  /** What it says. */
  text: string;
}

/** One row. */
export type Entry = MessageEntry | GapEntry | NoticeEntry;

const JSON_STRING = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;
const ENVELOPE = new RegExp(
  String.raw`^\{"seq":(\d+),"time":"([^"]+)","meta":\{"tags":` +
    String.raw`(\[(?:${JSON_STRING}(?:,${JSON_STRING})*)?\])\},"data":`,
);
const NO_TAGS: readonly string[] = [];

/**
 * Takes an envelope apart without reading its data. The server writes the keys in one order,
 * the data last.
 *
 * @throws {Error} when it is no envelope.
 */
export function parseMessage(envelope: string): MessageEntry {
  const match = ENVELOPE.exec(envelope);
  if (match === null) throw new Error("the server sent something that is no message");
  const [head, seq, time, tags] = match;
  return {
    kind: "message",
    seq: Number(seq),
    time,
    tags: tags === "[]" ? NO_TAGS : JSON.parse(tags),
    data: envelope.slice(head.length, -1),
    envelope,
  };
}

/** Reads the notice of a gap. */
export function parseGap(text: string): GapEntry {
  const { gap } = JSON.parse(text);
  return { kind: "gap", fromSeq: gap.from_seq, toSeq: gap.to_seq, reason: gap.reason };
}
