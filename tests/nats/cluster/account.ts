/**
 * What the processes of a test tell line by line, and how it is written down: writers what they
 * were acknowledged and what they were refused, readers what was delivered to them.
 *
 * @module
 */

/** Messages of one writer, one after the other, under sequence numbers one after the other. */
export interface Run {
  readonly writer: number;
  /** Which of the writer's messages the first one is, from 1. */
  readonly counter: number;
  /** The sequence number of the first one. */
  readonly seq: number;
  readonly count: number;
}

/** Messages of one writer, appended together, of which it is not known that all were stored. */
export interface Failure {
  readonly writer: number;
  readonly counter: number;
  readonly count: number;
  /** The kind of the error: `Busy` or `Io`. */
  readonly kind: string;
  readonly message: string;
}

/** A message as its writer or reader knows it. */
export interface Sighting {
  readonly writer: number;
  readonly counter: number;
  readonly seq: number;
}

/** What a line says. */
export type Entry =
  | { readonly what: "acknowledged"; readonly run: Run }
  | { readonly what: "delivered"; readonly run: Run }
  | { readonly what: "failed"; readonly failure: Failure }
  | { readonly what: "gap"; readonly text: string }
  | { readonly what: "reconnect"; readonly text: string };

/** Puts messages that follow each other together. */
export function runsOf(sightings: Iterable<Sighting>): Run[] {
  const runs: { writer: number; counter: number; seq: number; count: number }[] = [];
  for (const { writer, counter, seq } of sightings) {
    const last = runs.at(-1);
    const goesOn = last !== undefined && last.writer === writer &&
      last.counter + last.count === counter && last.seq + last.count === seq;
    if (goesOn) last.count++;
    else runs.push({ writer, counter, seq, count: 1 });
  }
  return runs;
}

/** The messages of `runs`, one by one. */
export function* sightingsOf(runs: Iterable<Run>): Generator<Sighting> {
  for (const { writer, counter, seq, count } of runs) {
    for (let i = 0; i < count; i++) yield { writer, counter: counter + i, seq: seq + i };
  }
}

/** Tells the test something. */
export function tell(entry: Entry): void {
  console.log(JSON.stringify(entry));
}

/** Tells the test of messages. */
export function tellRuns(what: "acknowledged" | "delivered", sightings: Iterable<Sighting>): void {
  for (const run of runsOf(sightings)) tell({ what, run });
}

/** What a line says; undefined for lines that say something else. */
export function readEntry(line: string): Entry | undefined {
  return line.startsWith("{") ? JSON.parse(line) : undefined;
}
