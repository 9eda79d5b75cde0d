/**
 * Whether a cluster kept what it promised, from what writers were told, what readers got, and what
 * each server holds in the end.
 *
 * @module
 */

import { makeMessage, type Workload } from "../../process/workload.ts";
import { type Failure, type Run, type Sighting, sightingsOf } from "./account.ts";
import type { RawMessage } from "./inspector.ts";

/** Complaints of one kind that are told in full. */
const TOLD_OF_A_KIND = 5;

/** What there is to judge. */
export interface Evidence {
  /** What was acknowledged, by writer, in the order in which it was. */
  readonly acknowledged: readonly Run[];
  /** What failed. */
  readonly failures: readonly Failure[];
  /** What each reader got, in the order in which it did. */
  readonly readers: readonly (readonly Run[])[];
  /** What readers were told to be missing. */
  readonly gaps: readonly string[];
  /** What each server holds, by its name. */
  readonly replicas: ReadonlyMap<string, readonly RawMessage[]>;
}

/** Collects what is wrong. */
class Complaints {
  readonly #byKind = new Map<string, string[]>();

  add(kind: string, text: string): void {
    const known = this.#byKind.get(kind);
    if (known === undefined) this.#byKind.set(kind, [text]);
    else known.push(text);
  }

  lines(): string[] {
    return [...this.#byKind].flatMap(([kind, texts]) => [
      `${kind}: ${texts.length} times`,
      ...texts.slice(0, TOLD_OF_A_KIND).map((text) => `  ${text}`),
    ]);
  }
}

/** What is wrong, as lines for people; none when nothing is. */
export function complaintsAbout(evidence: Evidence): string[] {
  const complaints = new Complaints();
  const disordered = disorderedBy(evidence.failures);
  for (const [node, messages] of evidence.replicas) {
    const stored = storedOn(node, messages, disordered, complaints);
    judgeAcknowledged(node, evidence.acknowledged, stored, complaints);
    judgeFailures(node, evidence.failures, stored, complaints);
    judgeUnasked(node, evidence, stored, complaints);
    judgeReaders(node, evidence.readers, stored, complaints);
  }
  for (const gap of evidence.gaps) complaints.add("gap", `a reader was told of ${gap}`);
  return complaints.lines();
}

/** The messages, as `WRITER/COUNTER`, whose writer was told that their order is broken. */
function disorderedBy(failures: readonly Failure[]): Set<string> {
  return new Set(
    failures.filter(isAboutOrder).flatMap(({ writer, counter, count }) => {
      return Array.from({ length: count }, (_, i) => `${writer}/${counter + i}`);
    }),
  );
}

function isAboutOrder({ message }: Failure): boolean {
  return message.includes("in their order") || message.includes("not the one at index");
}

/** The messages of a server, the first one at index 0; complains unless they are in order. */
function storedOn(
  node: string,
  messages: readonly RawMessage[],
  disordered: ReadonlySet<string>,
  complaints: Complaints,
): Sighting[] {
  const newestOf = new Map<number, Sighting>();
  const ids = new Set<string>();
  const names = new Set<string>();
  return messages.map(({ seq, id, text }, index) => {
    const { writer, counter }: Workload = JSON.parse(text);
    const sighting = { writer, counter, seq };
    if (seq !== index + 1) complaints.add("number", `${node} has ${seq} after ${index} messages`);
    if (text !== JSON.stringify(makeMessage(writer, counter))) {
      complaints.add("garbled", `${node} has ${text} as ${seq}`);
    }
    if (ids.has(id)) complaints.add("id stored twice", `${node} has ${id} again as ${seq}`);
    ids.add(id);
    const name = `${writer}/${counter}`;
    if (names.has(name)) complaints.add("stored twice", `${node} has ${tell(sighting)} as well`);
    names.add(name);
    if (disordered.has(name)) return sighting;
    const before = newestOf.get(writer);
    if (before !== undefined && before.counter > counter) {
      complaints.add("order", `${node} has ${tell(sighting)} after ${tell(before)}: ${id}`);
    }
    newestOf.set(writer, sighting);
    return sighting;
  });
}

function judgeAcknowledged(
  node: string,
  runs: readonly Run[],
  stored: readonly Sighting[],
  complaints: Complaints,
): void {
  const newestOf = new Map<number, Sighting>();
  // Of appends that were under way together, an earlier one may be the last to be acknowledged.
  const inOrder = runs.toSorted((a, b) => a.counter - b.counter);
  for (const told of sightingsOf(inOrder)) {
    const there = stored[told.seq - 1];
    if (there?.writer !== told.writer || there.counter !== told.counter) {
      complaints.add(
        "acknowledged and lost",
        `${tell(told)} was acknowledged; ${node} has ${tell(there)}`,
      );
    }
    const before = newestOf.get(told.writer);
    if (before !== undefined && (before.seq >= told.seq || before.counter === told.counter)) {
      complaints.add("acknowledged out of order", `${tell(told)} after ${tell(before)}`);
    }
    newestOf.set(told.writer, told);
  }
}

/**
 * What failed was stored from its first message on, or the error says that the order is broken; and
 * of what the error says to be appended nothing is missing.
 */
function judgeFailures(
  node: string,
  failures: readonly Failure[],
  stored: readonly Sighting[],
  complaints: Complaints,
): void {
  if (failures.length === 0) return;
  const found = new Set(stored.map(({ writer, counter }) => `${writer}/${counter}`));
  for (const failure of failures) {
    const { writer, counter, count, kind, message } = failure;
    const told = Number(/(\d+) of \d+ were appended/.exec(message)?.[1] ?? 0);
    const isThere = Array.from({ length: count }, (_, i) => found.has(`${writer}/${counter + i}`));
    const all = isThere.filter(Boolean).length;
    const hasHoles = isThere.lastIndexOf(true) >= all;
    const where = `${node} has ${all} of ${count} from message ${counter} of writer ${writer}`;
    if (hasHoles && !isAboutOrder(failure)) {
      complaints.add("a failed batch has holes", `${where}: ${message}`);
    }
    if (all < told) complaints.add("said to be appended and lost", `${where}: ${message}`);
    if (kind === "Busy" && all > 0) {
      complaints.add("said not to be appended and stored", `${where}: ${message}`);
    }
  }
}

/** What is stored was acknowledged, or failed. */
function judgeUnasked(
  node: string,
  { acknowledged, failures }: Evidence,
  stored: readonly Sighting[],
  complaints: Complaints,
): void {
  const known = new Set<string>();
  for (const { writer, counter } of sightingsOf(acknowledged)) known.add(`${writer}/${counter}`);
  for (const { writer, counter, count } of failures) {
    for (let i = 0; i < count; i++) known.add(`${writer}/${counter + i}`);
  }
  for (const sighting of stored) {
    if (!known.has(`${sighting.writer}/${sighting.counter}`)) {
      complaints.add("stored and nobody knows", `${node} has ${tell(sighting)}`);
    }
  }
}

function judgeReaders(
  node: string,
  readers: Evidence["readers"],
  stored: readonly Sighting[],
  complaints: Complaints,
): void {
  readers.forEach((runs, reader) => {
    let count = 0;
    for (const got of sightingsOf(runs)) {
      const there = stored[count++];
      const isSame = there?.seq === got.seq && there.writer === got.writer &&
        there.counter === got.counter;
      if (!isSame) {
        complaints.add(
          "delivered otherwise than stored",
          `reader ${reader} got ${tell(got)} as its message ${count}; ${node} has ${tell(there)}`,
        );
      }
    }
    if (count < stored.length) {
      complaints.add("not delivered", `reader ${reader} got ${count} of ${stored.length} messages`);
    }
  });
}

function tell(sighting: Sighting | undefined): string {
  if (sighting === undefined) return "nothing";
  return `message ${sighting.counter} of writer ${sighting.writer} as ${sighting.seq}`;
}
