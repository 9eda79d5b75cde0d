/**
 * docs/format.md is the specification: its hex dump must decode to what it says, and
 * encoding that again must give the same bytes.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { FrameEncoder } from "../../pool/encoder.ts";
import { frameLength, isFrameIntact, sealFrame } from "../../pool/frame.ts";
import { checksum } from "../../pool/checksum.ts";
import { viewOf } from "../../pool/binary.ts";
import { decodeIndexEntry, encodeIndexEntry } from "../../pool/index_entry.ts";
import {
  decodeIdentity,
  encodeIdentity,
  FORMAT_VERSION,
  type Identity,
  planLayout,
} from "../../pool/layout.ts";
import {
  encodeState,
  type State,
  STATE_BYTES,
  STATE_OFFSETS,
  STATE_SPAN_BYTES,
  stateOffset,
} from "../../pool/state.ts";
import { StateSlots } from "../../pool/state_slots.ts";
import { frameMessage } from "../../pool/message.ts";

const FILE_BYTES = 8192;

/** The bytes that the dump in docs/format.md shows; those it leaves out are zero. */
function documentedFile(): Uint8Array {
  const page = Deno.readTextFileSync(new URL("../../docs/format.md", import.meta.url));
  const file = new Uint8Array(FILE_BYTES);
  const lines = page.matchAll(/^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} ?){1,16})(?: .*)?$/gm);
  for (const [, offset, hex] of lines) {
    file.set(Uint8Array.fromHex(hex.replaceAll(" ", "")), parseInt(offset, 16));
  }
  return file;
}

const ID = Uint8Array.fromHex("00112233445546778899aabbccddeeff");

const IDENTITY: Identity = {
  layout: planLayout({ sizeBytes: FILE_BYTES, indexCapacity: 64 }),
  id: ID,
  created: { seconds: 1767225600, nanos: 0 },
  maxAgeMs: 3_600_000,
  maxMessages: 0,
  seed: checksum(ID, 0, ID.length, 0),
};

const TIMES = [
  { seconds: 1767225600, nanos: 123_456_789 },
  { seconds: 1767225600, nanos: 123_456_790 },
];

const STATE: State = {
  generation: 2,
  head: 88,
  tail: 0,
  newest: 56,
  nextSeq: 3,
  oldestSeq: 1,
  lastTime: TIMES[1],
  deleted: false,
};

const OLDER_STATE: State = {
  ...STATE,
  generation: 1,
  head: 56,
  newest: 0,
  nextSeq: 2,
  lastTime: TIMES[0],
};

/** The entries for boundaries 1 and 2: the ring has one for every 32 bytes. */
const INDEX_ENTRIES = [
  { position: 56, seq: 2, time: TIMES[0] },
  { position: 88, seq: 3, time: TIMES[1] },
];

/** The same file from the values above. */
function encodedFile(): Uint8Array {
  const file = new Uint8Array(FILE_BYTES);
  file.set(encodeIdentity(IDENTITY));
  for (const state of [OLDER_STATE, STATE]) {
    const slot = new Uint8Array(STATE_BYTES);
    encodeState(state, IDENTITY.seed, slot, viewOf(slot));
    file.set(slot, stateOffset(state.generation));
  }
  INDEX_ENTRIES.forEach((entry, i) => {
    encodeIndexEntry(entry, i + 1, IDENTITY.seed, file, 4096 + (i + 1) * 32);
  });
  const frames = new FrameEncoder(IDENTITY.layout.ringBytes).encode([
    { data: { n: 7, on: true }, tags: ["k1"] },
    { data: null },
  ]);
  TIMES.forEach((time, i) => {
    const position = frames.offsets[i];
    sealFrame(frames.bytes, frames.view, position, {
      seq: i + 1,
      time,
      position,
      seed: IDENTITY.seed,
    });
  });
  file.set(frames.bytes.subarray(0, frames.offsets[2]), IDENTITY.layout.ringOffset);
  return file;
}

Deno.test("the documented hex dump is what the encoder writes", () => {
  assertEquals(toDump(documentedFile()), toDump(encodedFile()));
});

Deno.test("the documented hex dump decodes to the documented values", () => {
  const file = documentedFile();
  const identity = decodeIdentity(file.subarray(0, 4096), FILE_BYTES, "example.plasmite");
  assertEquals(identity, IDENTITY);

  const slots = new StateSlots(identity);
  slots.bytes.set(file.subarray(STATE_OFFSETS[0], STATE_OFFSETS[0] + STATE_SPAN_BYTES));
  assertEquals(slots.newest(), STATE);
  INDEX_ENTRIES.forEach((entry, i) => {
    assertEquals(decodeIndexEntry(file, 4096 + (i + 1) * 32, i + 1, identity.seed), entry);
  });

  const ring = file.subarray(identity.layout.ringOffset);
  const view = viewOf(ring);
  assert(isFrameIntact(ring, view, 0, 0, identity.seed));
  const first = frameMessage(ring, view, 0);
  assertEquals(
    first.envelope,
    '{"seq":1,"time":"2026-01-01T00:00:00.123456789Z","meta":{"tags":["k1"]},"data":{"n":7,"on":true}}',
  );
  assertEquals(frameLength(view, 0), 56);
  assert(isFrameIntact(ring, view, 56, 56, identity.seed));
  assertEquals(frameMessage(ring, view, 56).data, null);
});

Deno.test("our file version is not one of upstream's", () => {
  assert(FORMAT_VERSION > 1_000_000);
});

/** Non-zero lines of 16 bytes, as the page shows them. */
function toDump(file: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < file.length; at += 16) {
    const bytes = file.subarray(at, at + 16);
    if (bytes.every((byte) => byte === 0)) continue;
    lines.push(
      `${at.toString(16).padStart(4, "0")}  ${bytes.toHex().replace(/../g, "$& ").trimEnd()}`,
    );
  }
  return lines;
}

if (import.meta.main) console.log(toDump(encodedFile()).join("\n"));
