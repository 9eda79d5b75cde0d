/**
 * What a pool and its tails are, in a few lines without a server: the reference for a pool that
 * random things were done to.
 *
 * @module
 */

import type { Gap, Message, TailOptions } from "@plasmite/pool";

/** What is stored under a number: a message, something else, or nothing any more. */
export type Entry = Message | "damage" | "hole";

/** What a tail tells, in order: messages, gaps, and how it ends. */
export type TailEvent = { message: string } | { gap: Gap } | { end: "end" | string };

/** Tail options as the model understands them: they always end, and filter by number. */
export interface ModelTail extends Pick<TailOptions, "sinceSeq" | "last" | "since" | "tags"> {
  untilSeq: number;
  maxMessages?: number;
  gapPolicy: "continue" | "error";
  /** Only even numbers, as `where` says. */
  onlyEven?: boolean;
}

/** A pool: entries by number, of which there is none for 0. */
export class ModelPool {
  readonly entries: Entry[] = ["hole"];

  /** The number of the next message. */
  get nextSeq(): number {
    return this.entries.length;
  }

  /** The first number that is there, or the next one. */
  get oldest(): number {
    const oldest = this.entries.findIndex((entry) => entry !== "hole");
    return oldest < 0 ? this.nextSeq : oldest;
  }

  /** The message with a number, if it is one. */
  message(seq: number): Message | undefined {
    const entry = this.entries[seq];
    return typeof entry === "object" ? entry : undefined;
  }

  /** What a tail tells. */
  follow(options: ModelTail): TailEvent[] {
    const { untilSeq, maxMessages = Infinity, gapPolicy } = options;
    const events: TailEvent[] = [];
    let [expected, delivered] = [this.#start(options), 0];
    while (delivered < maxMessages && expected <= untilSeq) {
      const message = this.message(expected);
      if (message === undefined) {
        const gap = this.#gap(expected, untilSeq);
        if (gapPolicy === "error") {
          const kind = gap.reason === "damage" ? "Corrupt" : "RetentionGap";
          return [...events, { end: `${kind} ${gap.fromSeq}` }];
        }
        events.push({ gap });
        expected = gap.toSeq + 1;
        continue;
      }
      if (passes(message, options)) {
        events.push({ message: message.envelope });
        delivered++;
      }
      expected++;
    }
    return [...events, { end: "end" }];
  }

  #start(options: ModelTail): number {
    const { sinceSeq, last, since, gapPolicy } = options;
    if (sinceSeq !== undefined) return gapPolicy === "error" ? sinceSeq : Math.max(1, sinceSeq);
    if (since !== undefined) return this.#firstOf((message) => message.time >= since);
    if (last === undefined) return this.oldest;
    if (last === 0 || !isFiltered(options)) return Math.max(this.oldest, this.nextSeq - last);
    const matching = this.entries.flatMap((entry, seq) => {
      return typeof entry === "object" && passes(entry, options) ? [seq] : [];
    });
    return matching.at(-last) ?? matching.at(0) ?? this.nextSeq;
  }

  #firstOf(isIt: (message: Message) => boolean): number {
    const first = this.entries.findIndex((entry) => typeof entry === "object" && isIt(entry));
    return first < 0 ? this.nextSeq : first;
  }

  /** What is missing from a number on: all that is gone, or one that is damaged. */
  #gap(fromSeq: number, untilSeq: number): Gap {
    if (this.entries[fromSeq] === "damage") {
      return { fromSeq, toSeq: fromSeq, count: 1, reason: "damage" };
    }
    let toSeq = fromSeq;
    while (toSeq < untilSeq && this.entries[toSeq + 1] === "hole") toSeq++;
    return { fromSeq, toSeq, count: toSeq - fromSeq + 1, reason: "retention" };
  }
}

function isFiltered({ tags = [], onlyEven = false }: ModelTail): boolean {
  return tags.length > 0 || onlyEven;
}

function passes(message: Message, { tags = [], onlyEven = false }: ModelTail): boolean {
  return tags.every((tag) => message.tags.includes(tag)) && (!onlyEven || message.seq % 2 === 0);
}
