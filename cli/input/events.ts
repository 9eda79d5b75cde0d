/**
 * Server-sent events: the data of each is one value, everything else is ignored.
 *
 * An event ends at a blank line, and so does what is wrong with it: it is told of
 * there, and the next event is read like any other.
 *
 * @module
 */

import type { LineFormat } from "./lines.ts";
import { type BatchBuilder, snippetOf } from "./record_batch.ts";
import { isLongerThan } from "./utf8.ts";

const DATA = "data:";

/** The data of one event after another. */
export class ServerSentEvents implements LineFormat {
  /** The name of the field with its blank, and a carriage return. */
  readonly framingBytes = DATA.length + 2;
  readonly #batch: BatchBuilder;
  readonly #maxRecordBytes: number;
  #data: string[] = [];
  #length = 0;
  /** The beginning of the data, once that is too long to be held. */
  #tooLongHead?: string;

  /** Adds the values to `batch`. */
  constructor(batch: BatchBuilder, maxRecordBytes: number) {
    this.#batch = batch;
    this.#maxRecordBytes = maxRecordBytes;
  }

  /** Takes one line. */
  line(text: string, number: number): void {
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (line === "") this.end(number);
    else if (line.startsWith(DATA)) this.#add(dataOf(line));
  }

  /** Takes the beginning of a line that is too long, which only matters in data. */
  tooLong(head: string): void {
    if (!head.startsWith(DATA)) return;
    this.#data.push(dataOf(head));
    this.#giveUp();
  }

  /** Takes the end of an event on line `number`. */
  end(number: number): void {
    const text = this.#data.join("\n");
    if (this.#tooLongHead === undefined && isLongerThan(this.#maxRecordBytes, text)) {
      this.#giveUp();
    }
    if (this.#tooLongHead !== undefined) this.#batch.rejectTooLong(this.#tooLongHead, number);
    else this.#batch.add(text, number);
    this.#tooLongHead = undefined;
    this.#data = [];
    this.#length = 0;
  }

  #add(data: string): void {
    if (this.#tooLongHead !== undefined) return;
    this.#data.push(data);
    this.#length += data.length + 1;
    if (this.#length - 1 > this.#maxRecordBytes) this.#giveUp();
  }

  #giveUp(): void {
    this.#tooLongHead ??= snippetOf(this.#data.join("\n"));
    this.#data = [];
  }
}

/** What follows the name of the field, and one blank. */
function dataOf(line: string): string {
  return line.slice(line[DATA.length] === " " ? DATA.length + 1 : DATA.length);
}
