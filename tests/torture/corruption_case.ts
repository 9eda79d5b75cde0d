/**
 * One corrupted pool: written, read, diagnosed, repaired and written to again, with
 * everything checked that is promised about it.
 *
 * @module
 */

import { Client, PlasmiteError, type Pool } from "@plasmite/pool";
import { assert, assertEquals, assertGreater } from "@std/assert";
import { diagnosePool, exportMessages, repairPool } from "../../pool/maintenance.ts";
import { appendPlaced, type PlacedFrame, type PoolImage, type Victim } from "./corruption_pool.ts";
import {
  attempt,
  checkLines,
  type Expectations,
  LiveReader,
  readEverything,
  Truth,
} from "./corruption_reading.ts";
import { isDamaged, isForged, judge, type Verdict } from "./corruption_verdict.ts";
import { mutate, type Mutation } from "./mutation.ts";

const VICTIM = "victim";
const PATIENT = "patient";
/** Who appends in a case: no writer of the images has this number. */
const WRITER = 0;

/** What became of a case, for the count. */
export type Outcome = "forged" | "damaged" | "unharmed";

/** Corrupts a pool with `mutations` and checks everything about it, in an empty `dir`. */
export async function runCase(
  dir: string,
  victim: Victim,
  mutations: readonly Mutation[],
): Promise<Outcome> {
  using client = new Client({ dir, lockTimeoutMs: 1000 });
  const path = client.path(VICTIM);
  Deno.writeFileSync(path, victim.image.bytes);
  using early = client.openPool(VICTIM);
  const frames = [...victim.image.frames, appendPlaced(early, WRITER, 1)];
  const image = { ...victim.image, bytes: Deno.readFileSync(path), frames };
  const live = new LiveReader(early);
  await live.read(new Truth(frames), () => true);
  const after = mutate(victim, image, mutations);
  overwrite(path, after);
  const verdict = judge(image, after, mutations);
  const truth = verdict.hasForgedFrames ? undefined : new Truth(frames);
  // With the id of another pool, what was spliced from that one counts.
  if (isNamedAs(victim.other, after)) truth?.addAll(victim.other.frames);
  const expectations = { truth, readable: verdict.readable };
  await readEverything(client, VICTIM, expectations);
  exportAll(path, expectations);
  diagnose(path, verdict);
  await repair(client, { image, after, verdict, expectations });
  await appendToIt(client, early, live, { image, verdict, expectations });
  await live.end();
  if (isForged(verdict)) return "forged";
  return isDamaged(verdict) ? "damaged" : "unharmed";
}

/** Where a pool's id is. */
const ID_OFFSET = 56;

function isNamedAs({ identity }: PoolImage, bytes: Uint8Array): boolean {
  return identity.id.every((byte, i) => bytes[ID_OFFSET + i] === byte);
}

/** Gives the file at `path` other bytes; whoever has it open sees them. */
function overwrite(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true });
  file.truncateSync(bytes.length);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

function exportAll(path: string, { truth, readable }: Expectations): void {
  const missed = new Set(readable?.map(({ seq }) => seq));
  const failure = attempt(() => {
    for (const bytes of exportMessages(path)) {
      if (truth === undefined) continue;
      const lines = new TextDecoder().decode(bytes);
      checkLines(lines, truth);
      for (const line of lines.split("\n").slice(0, -1)) missed.delete(JSON.parse(line).seq);
    }
  });
  assertEquals([...missed], [], `intact messages are not exported: ${failure}`);
}

function diagnose(path: string, verdict: Verdict): void {
  const diagnosis = attempt(() => diagnosePool(path));
  if (diagnosis instanceof PlasmiteError) {
    const isDeleted = isForged(verdict) && diagnosis.kind === "NotFound";
    assert(isDeleted, `doctor fails: ${diagnosis.message}`);
    return;
  }
  if (isForged(verdict)) return;
  const { status, issues, issueCount, lastGoodSeq } = diagnosis;
  assertEquals(status, isDamaged(verdict) ? "corrupt" : "ok", "the status that doctor gives");
  assertEquals(issueCount > 0, status === "corrupt");
  const isHeaderSame = verdict.identity === "same" && !verdict.isResized &&
    verdict.slots.every((fate) => fate === "same");
  if (!isHeaderSame) return;
  const firstDamaged = verdict.damaged.at(0)?.seq;
  assertEquals(issues.at(0)?.seq, firstDamaged, "the first message that doctor names");
  const good = verdict.intact.filter(({ seq }) => firstDamaged === undefined || seq < firstDamaged);
  assertEquals(lastGoodSeq, good.at(-1)?.seq, "the last good message that doctor names");
}

interface Situation {
  image: PoolImage;
  verdict: Verdict;
  expectations: Expectations;
}

/** Repairs a copy of the pool. */
async function repair(
  client: Client,
  { image, after, verdict, expectations }: Situation & { after: Uint8Array },
): Promise<void> {
  const path = client.path(PATIENT);
  Deno.writeFileSync(path, after);
  const report = attempt(() => repairPool(path));
  if (report instanceof PlasmiteError) {
    const mayFail = isForged(verdict) || !verdict.isTellable;
    assert(mayFail, `a pool that can be told is not repaired: ${report.message}`);
    assertEquals(Deno.readFileSync(path), after, "a file that is not repaired is changed");
    return;
  }
  assertEquals(diagnosePool(path).issues, [], "doctor is not happy after a repair");
  const expected = keptByRepair(image, verdict);
  await readEverything(client, PATIENT, { ...expectations, readable: expected });
  using pool = client.openPool(PATIENT);
  const newest = pool.info().bounds?.newest ?? 0;
  const next = attempt(() => pool.append("goes on"));
  if (next instanceof PlasmiteError) {
    assert(isForged(verdict), `a repaired pool refuses a message: ${next.message}`);
    return;
  }
  assertGreater(next.seq, newest);
  const isKnown = !isForged(verdict) && verdict.isTellable && verdict.slots.includes("same");
  if (isKnown) assertGreater(next.seq, verdict.intact.at(-1)?.seq ?? 0);
}

/** The messages that a repair must keep, as far as reading delivers them. */
function keptByRepair(image: PoolImage, verdict: Verdict): PlacedFrame[] | undefined {
  if (isForged(verdict) || !verdict.isTellable) return undefined;
  // Limits are lost with the identity, and then nothing keeps a message from being read.
  const { maxMessages } = image.identity;
  if (maxMessages === 0) return verdict.intact;
  const newest = image.frames.at(-1)!.seq;
  return verdict.intact.filter(({ seq }) => seq > newest - maxMessages);
}

/** Appends with the writer that was there before and with a new one, and reads again. */
async function appendToIt(
  client: Client,
  early: Pool,
  live: LiveReader,
  { image, verdict, expectations }: Situation,
): Promise<void> {
  using late = reopened(client);
  for (const pool of [early, late]) {
    const sent = pool === undefined ? undefined : attempt(() => pool.append("one more", ["n1"]));
    if (sent === undefined || sent instanceof PlasmiteError) {
      assert(verdict.readable === undefined || isForged(verdict), `a readable pool: ${sent}`);
      continue;
    }
    expectations.truth?.add(sent.seq, sent.envelope);
    const got = attempt(() => pool!.get(sent.seq));
    if (got instanceof PlasmiteError) {
      // What lies before it may have been cut off under the feet of an open pool.
      assert(verdict.isResized, `an appended message can't be got: ${got}`);
    } else if (isForged(verdict)) {
      // A forged state may have had its number given out a second time.
      expectations.truth?.check(got.seq, got.envelope);
    } else {
      assertEquals(got.envelope, sent.envelope);
    }
    if (isForged(verdict) || verdict.readable === undefined) continue;
    const newest = image.frames.at(-1)!;
    const isNewestLeft = verdict.intact.includes(newest);
    // When the newest message is gone with the state that spoke of it, nothing tells of it.
    if (!isNewestLeft && verdict.slots.includes("damaged")) continue;
    assertGreater(sent.seq, newest.seq, "a number is given out twice");
    const hasCome = await live.read(expectations.truth, ({ seq }) => seq === sent.seq);
    assert(hasCome, `message ${sent.seq} does not reach a live reader`);
  }
  await readEverything(client, VICTIM, { ...expectations, readable: undefined });
}

function reopened(client: Client): Pool | undefined {
  const pool = attempt(() => client.openPool(VICTIM));
  return pool instanceof PlasmiteError ? undefined : pool;
}
