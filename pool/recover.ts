/**
 * Opening a pool file whose header may be damaged: what it was follows from the parts
 * that are intact, or the file is given up.
 *
 * @module
 */

import { getUint64, viewOf } from "./binary.ts";
import { checksum } from "./checksum.ts";
import { bytesWithChecksum, checksumSeed } from "./checksum_seed.ts";
import { CorruptError, fromSystemError, UsageError } from "./errors.ts";
import type { PoolFile } from "./file.ts";
import { findState } from "./head_search.ts";
import {
  decodeIdentity,
  encodeIdentity,
  FORMAT_VERSION,
  type Identity,
  IDENTITY_BYTES,
  type Layout,
  MAGIC,
  planLayout,
} from "./layout.ts";
import { MendedFile } from "./mended_file.ts";
import type { FileWrite } from "./plan.ts";
import { FrameReader } from "./frame_reader.ts";
import { isStronger, type Proof, proofOf } from "./recovery_proof.ts";
import { RingFile } from "./ring.ts";
import { rollForward } from "./roll_forward.ts";
import {
  encodeState,
  INITIAL_STATE,
  type State,
  STATE_BYTES,
  STATE_OFFSETS,
  stateOffset,
} from "./state.ts";
import { now } from "./timestamp.ts";

/** Index capacities tried one by one when the header does not tell the right one. */
const CAPACITIES_TRIED_MAX = 2 ** 18;
/** Of those, how many with the right number at the right place: others hold it by chance. */
const LAYOUTS_BY_NEWEST_MAX = 16;

/** A pool file opened in spite of damage to its header. */
export interface RecoveredPool {
  /** The pool, its header mended. It can be read only. */
  ring: RingFile;
  /** The state in force, or one that ends with the newest intact message. */
  state: State;
  /** Bytes the file really has. */
  presentBytes: number;
  /** Whether the identity block says what it said when it was written. */
  hasIdentity: boolean;
  /** Whether the pool's id is known. */
  hasId: boolean;
  /** Whether a state slot is intact, so that the state is not a guess. */
  hasState: boolean;
}

/**
 * Opens the pool in `file` with as much of its header as is left or can be told from
 * the rest.
 *
 * @throws {UsageError} when it is a pool of another version.
 * @throws {CorruptError} when nothing tells what pool it was.
 */
export function recoverPool(file: PoolFile, path: string): RecoveredPool {
  const { bytes, presentBytes } = readIdentity(file, path);
  const exact = exactIdentity(bytes, path);
  if (exact !== undefined) return withState(file, path, exact, { hasIdentity: true, hasId: true })!;
  let best: { pool: RecoveredPool; proof: Proof } | undefined;
  for (const identity of likelyIdentities(file, bytes, presentBytes)) {
    const hasId = identity.seed === seedOf(idOf(bytes));
    const pool = withState(file, path, identity, { hasIdentity: false, hasId });
    if (pool === undefined) continue;
    const proof = proofOf(pool);
    if (proof?.isCertain) return pool;
    if (proof !== undefined && isStronger(proof, best?.proof)) best = { pool, proof };
  }
  return best?.pool ?? withoutHope(bytes, presentBytes, path);
}

function readIdentity(file: PoolFile, path: string): { bytes: Uint8Array; presentBytes: number } {
  const bytes = new Uint8Array(IDENTITY_BYTES);
  try {
    const presentBytes = file.size();
    const whole = presentBytes >= IDENTITY_BYTES && file.readAt(bytes, 0);
    return { bytes: whole ? bytes : bytes.subarray(0, 0), presentBytes };
  } catch (error) {
    throw fromSystemError(error, path);
  }
}

/** The identity whose checksum is right, whatever the size of the file and the magic number. */
function exactIdentity(bytes: Uint8Array, path: string): Identity | undefined {
  if (bytes.length < IDENTITY_BYTES) return undefined;
  const patched = bytes.slice();
  const view = viewOf(patched);
  const isOurs = view.getUint32(4, true) === FORMAT_VERSION;
  // Another version with our magic number is another version, not damage.
  if (!isOurs && view.getUint32(0, true) === MAGIC) decodeIdentity(bytes, 0, path);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, FORMAT_VERSION, true);
  try {
    return decodeIdentity(patched, getUint64(view, 16), path);
  } catch (error) {
    if (error instanceof CorruptError) return undefined;
    throw error;
  }
}

function withoutHope(bytes: Uint8Array, fileBytes: number, path: string): never {
  decodeIdentity(bytes, fileBytes, path);
  throw new CorruptError("the file is not a pool", { path });
}

function idOf(bytes: Uint8Array): Uint8Array {
  return bytes.slice(56, 72);
}

function seedOf(id: Uint8Array): number {
  return checksum(id, 0, id.length, 0);
}

/**
 * The pool of this identity, with its state, or with one that the ring tells; undefined
 * when there is no state and the id is a guess as well.
 */
function withState(
  file: PoolFile,
  path: string,
  identity: Identity,
  known: { hasIdentity: boolean; hasId: boolean },
): RecoveredPool | undefined {
  const { fileBytes, ringOffset, ringBytes } = identity.layout;
  const patches: FileWrite[] = [{ offset: 0, bytes: encodeIdentity(identity) }];
  const ring = new RingFile(new MendedFile(file, { fileBytes, patches }), path);
  const presentBytes = file.size();
  const written = readState(ring);
  if (written === undefined && !known.hasId) return undefined;
  let state: State;
  if (written === undefined) {
    state = findState(ring, presentBytes - ringOffset) ?? INITIAL_STATE;
  } else {
    // The other slot, if torn, may have held a newer state.
    state = ring.hadBothStates() ? written : rollForward(new FrameReader(ring), written, ringBytes);
  }
  if (state !== written) patches.push(statePatch(state, identity.seed));
  return { ring, state, presentBytes, hasState: written !== undefined, ...known };
}

function readState(ring: RingFile): State | undefined {
  try {
    return ring.readState();
  } catch (error) {
    if (error instanceof CorruptError) return undefined;
    throw error;
  }
}

function statePatch(state: State, seed: number): FileWrite {
  const bytes = new Uint8Array(STATE_BYTES);
  encodeState(state, seed, bytes, viewOf(bytes));
  return { offset: stateOffset(state.generation), bytes };
}

/** What the pool may have been, by what is left of its header. */
function* likelyIdentities(
  file: PoolFile,
  bytes: Uint8Array,
  presentBytes: number,
): Generator<Identity> {
  if (bytes.length < IDENTITY_BYTES) return;
  const view = viewOf(bytes);
  const sizes = new Set([presentBytes, getUint64(view, 16)]);
  for (const { seed, state } of likelySeeds(file, bytes)) {
    for (const sizeBytes of sizes) {
      for (const indexCapacity of [getUint64(view, 24), undefined]) {
        const layout = layoutOf({ sizeBytes, indexCapacity });
        if (layout !== undefined) yield assumedIdentity(bytes, layout, seed);
      }
      for (const layout of layoutsByNewest(file, sizeBytes, state)) {
        yield assumedIdentity(bytes, layout, seed);
      }
    }
  }
}

function layoutOf(options: { sizeBytes: number; indexCapacity?: number }): Layout | undefined {
  try {
    return planLayout(options);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function assumedIdentity(bytes: Uint8Array, layout: Layout, seed: number): Identity {
  const left = idOf(bytes);
  const id = seedOf(left) === seed ? left : bytesWithChecksum(left.length, seed);
  return { layout, id, seed, created: now(), maxAgeMs: 0, maxMessages: 0 };
}

/** What the checksums of the state slots start from, and that of the id. */
function* likelySeeds(
  file: PoolFile,
  bytes: Uint8Array,
): Generator<{ seed: number; state?: { newest: number; seq: number } }> {
  const slots = STATE_OFFSETS.map((offset) => readSlot(file, offset))
    .filter((slot) => slot !== undefined)
    .sort((a, b) => b.generation - a.generation);
  for (const slot of slots) yield { seed: slot.seed, state: slot };
  yield { seed: seedOf(idOf(bytes)) };
}

function readSlot(
  file: PoolFile,
  offset: number,
): { seed: number; generation: number; newest: number; seq: number } | undefined {
  const bytes = new Uint8Array(STATE_BYTES);
  if (file.size() < offset + STATE_BYTES || !file.readAt(bytes, offset)) return undefined;
  const view = viewOf(bytes);
  const [generation, nextSeq, newest] = [8, 32, 56].map((at) => getUint64(view, at));
  if (![generation, nextSeq, newest].every(Number.isSafeInteger) || nextSeq < 1) return undefined;
  const seed = checksumSeed(bytes, 4, STATE_BYTES, view.getUint32(0, true));
  return { seed, generation, newest, seq: nextSeq - 1 };
}

/** The layouts in which the newest message may lie where the state says. */
function* layoutsByNewest(
  file: PoolFile,
  sizeBytes: number,
  state: { newest: number; seq: number } | undefined,
): Generator<Layout> {
  if (state === undefined || state.seq < 1 || layoutOf({ sizeBytes }) === undefined) return;
  const header = new Uint8Array(16);
  const view = viewOf(header);
  const capacities = Math.min(CAPACITIES_TRIED_MAX, Math.floor(sizeBytes / 64));
  let found = 0;
  for (let indexCapacity = 0; indexCapacity <= capacities; indexCapacity++) {
    const layout = layoutOf({ sizeBytes, indexCapacity });
    if (layout === undefined || found === LAYOUTS_BY_NEWEST_MAX) return;
    const offset = layout.ringOffset + state.newest % layout.ringBytes;
    const isThere = offset + header.length <= file.size() && file.readAt(header, offset);
    if (!isThere || getUint64(view, 8) !== state.seq) continue;
    found++;
    yield layout;
  }
}
