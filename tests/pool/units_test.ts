/**
 * The pure parts: checksum, JSON text, times, layout, planning.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { loadNative, portableChecksum } from "../../pool/checksum.ts";
import { FRAME_HEADER_BYTES, frameBytes } from "../../pool/frame.ts";
import { viewOf } from "../../pool/binary.ts";
import { type Identity, planLayout } from "../../pool/layout.ts";
import { encodeState, INITIAL_STATE, type State } from "../../pool/state.ts";
import { StateSlots } from "../../pool/state_slots.ts";
import { JsonText, prettyJson, UsageError } from "../../pool/mod.ts";
import {
  boundariesReached,
  planAppend,
  planIndexWrites,
  ringRuns,
  stateAfterAppend,
  stateAfterDrop,
} from "../../pool/plan.ts";
import { sinceTimestamp } from "../../pool/since.ts";
import {
  compareTimes,
  formatTime,
  laterThan,
  parseTime,
  toMilliseconds,
} from "../../pool/timestamp.ts";

Deno.test("the JavaScript checksum gives what zlib's gives", () => {
  const native = loadNative();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(0xffffffff), (bytes, seed) => {
    assertEquals(portableChecksum(bytes, 0, bytes.length, seed), native(bytes, seed));
  }));
});

Deno.test("a message costs at most 40 bytes of overhead", () => {
  for (let payload = 1; payload < 100; payload++) {
    const overhead = frameBytes(0, payload) - payload;
    assert(overhead >= FRAME_HEADER_BYTES && overhead <= 40, `${overhead}`);
  }
});

Deno.test("JSON text keeps everything but white space", () => {
  const cases: [string, string][] = [
    ['{ "b" : 1 , "a" : [ 1.0 , -0 , 1e3 ] }', '{"b":1,"a":[1.0,-0,1e3]}'],
    ["12345678901234567890123", "12345678901234567890123"],
    ['{"10":1,"2":2}', '{"10":1,"2":2}'],
    ['"two  blanks, a \\" quote and \\\\"', '"two  blanks, a \\" quote and \\\\"'],
    ['{"a":1,"a":2}', '{"a":1,"a":2}'],
    ["\n[ ]\t", "[]"],
    [' "\\u00e9é" ', '"\\u00e9é"'],
  ];
  for (const [given, kept] of cases) assertEquals(JsonText.parse(given).text, kept);
});

Deno.test("JSON text of any value, however it is laid out, compacts to what JSON.stringify writes", () => {
  fc.assert(fc.property(fc.json(), fc.constantFrom(" ", "\t", 2, 7), (json, indent) => {
    const value = JSON.parse(json);
    assertEquals(JsonText.parse(JSON.stringify(value, null, indent)).text, JSON.stringify(value));
  }));
});

Deno.test("text that is not one JSON value is a usage error", () => {
  for (const text of ["", " ", "{", "{} {}", "nul", "{a:1}", "'x'", "01", "\u{feff}1"]) {
    assertThrows(() => JsonText.parse(text), UsageError, "invalid JSON");
  }
});

Deno.test("a lone surrogate survives as an escape", () => {
  assertEquals(JsonText.parse('"a\ud800"').text, '"a\\ud800"');
});

Deno.test("a very long string is compacted without exhausting the stack", () => {
  const text = `[ "${"x".repeat(20_000_000)}\\n" ]`;
  assertEquals(JsonText.parse(text).text.length, text.length - 2);
});

Deno.test("pretty JSON is laid out as JSON.stringify does it", () => {
  fc.assert(fc.property(fc.json(), (json) => {
    const value = JSON.parse(json);
    assertEquals(prettyJson(JSON.stringify(value)), JSON.stringify(value, null, 2));
  }));
});

Deno.test("pretty JSON keeps the spelling of numbers and can colour each part", () => {
  assertEquals(prettyJson('{"a":1.0}'), '{\n  "a": 1.0\n}');
  assertEquals(
    prettyJson('{"a":true}', { color: true }),
    '\x1b[39m{\x1b[0m\n  \x1b[36m"a"\x1b[0m\x1b[39m:\x1b[0m \x1b[35mtrue\x1b[0m\n\x1b[39m}\x1b[0m',
  );
});

Deno.test("times have nine digits and read back", () => {
  const text = "2026-01-01T00:00:00.000000007Z";
  assertEquals(formatTime(1767225600, 7), text);
  assertEquals(parseTime(text), { seconds: 1767225600, nanos: 7 });
  assertEquals(parseTime("2026-01-01T01:00:00.5+01:00"), {
    seconds: 1767225600,
    nanos: 500_000_000,
  });
  for (
    const bad of [
      "2026-01-01",
      "2026-02-30T00:00:00Z",
      "2026-01-01T00:00:00",
      "now",
      "2026-01-01T25:00:00Z",
    ]
  ) {
    assertEquals(parseTime(bad), undefined, bad);
  }
});

Deno.test("a time is always later than the one before, whatever the clock says", () => {
  const last = { seconds: 5, nanos: 999_999_999 };
  assertEquals(laterThan({ seconds: 4, nanos: 0 }, last), { seconds: 6, nanos: 0 });
  assertEquals(laterThan({ seconds: 5, nanos: 999_999_999 }, last), { seconds: 6, nanos: 0 });
  assertEquals(laterThan({ seconds: 7, nanos: 1 }, last), { seconds: 7, nanos: 1 });
});

Deno.test("since takes ages in either case and absolute times", () => {
  const nowMs = 1767225600_000;
  assertEquals(toMilliseconds(sinceTimestamp("5m", nowMs)), nowMs - 300_000);
  assertEquals(toMilliseconds(sinceTimestamp("2H", nowMs)), nowMs - 7_200_000);
  assertEquals(
    compareTimes(sinceTimestamp("2026-01-01T00:00:00Z", 0), { seconds: 1767225600, nanos: 0 }),
    0,
  );
  for (const bad of ["5", "5ms", "1w", "-5m", "1.5h", "", "yesterday"]) {
    assertThrows(() => sinceTimestamp(bad, nowMs), UsageError, "not a time");
  }
});

Deno.test("sizes and index capacities out of range are refused with the limit in the message", () => {
  assertThrows(() => planLayout({ sizeBytes: 8191 }), UsageError, "8192");
  assertThrows(() => planLayout({ sizeBytes: 2 ** 41 }), UsageError, "1099511627776");
  assertThrows(() => planLayout({ sizeBytes: 1.5 }), UsageError);
  assertThrows(() => planLayout({ sizeBytes: NaN }), UsageError);
  assertThrows(() => planLayout({ indexCapacity: 1_000_000 }), UsageError, "too large");
  assertThrows(() => planLayout({ indexCapacity: -1 }), UsageError);
});

Deno.test("every layout covers the ring with its index and stays inside the file", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 8192, max: 2 ** 31 }),
      fc.nat(2000),
      (sizeBytes, indexCapacity) => {
        fc.pre(indexCapacity <= sizeBytes / 64 && 4096 + indexCapacity * 32 + 1024 <= sizeBytes);
        const layout = planLayout({ sizeBytes, indexCapacity });
        assert(layout.ringOffset + layout.ringBytes <= sizeBytes);
        assert(layout.ringOffset + layout.ringBytes > sizeBytes - 8);
        assert(
          layout.indexCapacity * layout.indexSpanBytes >= layout.ringBytes || indexCapacity === 0,
        );
        assert(layout.ringBytes % 8 === 0 && layout.indexSpanBytes % 8 === 0);
      },
    ),
  );
});

const LAYOUT = planLayout({ sizeBytes: 8192, indexCapacity: 16 });
const IDENTITY: Identity = {
  layout: LAYOUT,
  id: new Uint8Array(16),
  created: { seconds: 0, nanos: 0 },
  maxAgeMs: 0,
  maxMessages: 0,
  seed: 0x12345678,
};

Deno.test("an append gives up just what its frames will lie on", () => {
  const state = {
    ...INITIAL_STATE,
    head: 10_000,
    tail: 10_000 - LAYOUT.ringBytes,
    nextSeq: 101,
    oldestSeq: 60,
  };
  assertEquals(planAppend(state, LAYOUT, 64), { requiredTail: state.tail + 64, end: 10_064 });
  const roomy = { ...state, tail: 9000 };
  assertEquals(planAppend(roomy, LAYOUT, 64), { requiredTail: 9000, end: 10_064 });
  assertEquals(planAppend(state, LAYOUT, LAYOUT.ringBytes).requiredTail, state.head);
});

Deno.test("dropping and appending each move the state one generation on", () => {
  const dropped = stateAfterDrop(INITIAL_STATE, 0, 1);
  assertEquals(dropped.generation, 1);
  const time = { seconds: 9, nanos: 9 };
  const appended = stateAfterAppend(dropped, { count: 2, newest: 32, end: 72, time });
  assertEquals(appended, {
    ...INITIAL_STATE,
    generation: 2,
    head: 72,
    newest: 32,
    nextSeq: 3,
    lastTime: time,
  });
});

Deno.test("positions map to the ring so that a run never leaves it", () => {
  fc.assert(
    fc.property(
      fc.nat(10_000_000),
      fc.integer({ min: 1, max: LAYOUT.ringBytes }),
      (start, length) => {
        const runs = ringRuns(LAYOUT, start * 8, length);
        assertEquals(runs.reduce((sum, run) => sum + run.length, 0), length);
        for (const run of runs) {
          assert(
            run.offset >= LAYOUT.ringOffset &&
              run.offset + run.length <= LAYOUT.ringOffset + LAYOUT.ringBytes,
          );
        }
      },
    ),
  );
});

Deno.test("a frame as long as the ring writes each index entry once at most", () => {
  const range = boundariesReached(
    LAYOUT,
    0,
    LAYOUT.indexCapacity * LAYOUT.indexSpanBytes + LAYOUT.indexSpanBytes,
  )!;
  const writes = planIndexWrites(IDENTITY, range, {
    position: 1,
    seq: 1,
    time: { seconds: 0, nanos: 0 },
  });
  const bytes = writes.reduce((sum, write) => sum + write.bytes.length, 0);
  assertEquals(bytes, LAYOUT.indexCapacity * 32);
});

function slots(...states: [state: State, at: number][]): Uint8Array {
  const bytes = new Uint8Array(576);
  for (const [state, at] of states) {
    const slot = bytes.subarray(at, at + 64);
    encodeState(state, IDENTITY.seed, slot, viewOf(slot));
  }
  return bytes;
}

function newestState(bytes: Uint8Array): State | undefined {
  const slots = new StateSlots(IDENTITY);
  slots.bytes.set(bytes);
  return slots.newest();
}

Deno.test("the newer intact state is in force, and a torn one never is", () => {
  const older: State = { ...INITIAL_STATE, generation: 8, head: 64, nextSeq: 2 };
  const newer: State = { ...INITIAL_STATE, generation: 9, head: 128, nextSeq: 3 };
  const bytes = slots([older, 0], [newer, 512]);
  assertEquals(newestState(bytes), newer);
  for (let at = 512; at < 576; at++) {
    const torn = bytes.slice();
    torn[at] ^= 1;
    assertEquals(newestState(torn), older);
    torn[at - 512] ^= 1;
    assertEquals(newestState(torn), undefined);
  }
});

Deno.test("slots are seen as they are, whatever was read or written before", () => {
  const states: State[] = Array.from({ length: 4 }, (_, i) => {
    return { ...INITIAL_STATE, generation: 6 + i, head: 64 * i, nextSeq: 1 + i, oldestSeq: 1 + i };
  }).map((state) => ({ ...state, tail: state.head }));
  const read = new StateSlots(IDENTITY);
  read.bytes.set(slots([states[0], 0], [states[1], 512]));
  assertEquals(read.newest(), states[1]);
  assertEquals([read.areIntact, read.isNewest(states[1])], [true, true]);

  // What is to be written counts once it is there.
  const { offset, bytes } = read.encode(states[2]);
  const written = bytes.slice();
  assertEquals([offset, read.newest()], [512, states[1]]);
  read.bytes.set(written, 0);
  assertEquals(read.newest(), states[2]);

  // Somebody else's, in both slots; then torn; then whole again.
  const theirs = slots([states[2], 0], [states[3], 512]);
  read.bytes.set(theirs);
  assertEquals(read.newest(), states[3]);
  for (let at = 512; at < 576; at++) {
    read.bytes[at] ^= 1;
    assertEquals(read.newest(), states[2]);
    assertEquals(read.areIntact, false);
    read.bytes.set(theirs);
    assertEquals(read.newest(), states[3]);
    assertEquals(read.areIntact, true);
  }
});

Deno.test("a state whose numbers make no sense is not believed, checksum or not", () => {
  const base: State = {
    ...INITIAL_STATE,
    generation: 1,
    head: 800,
    tail: 80,
    newest: 760,
    nextSeq: 9,
    oldestSeq: 3,
  };
  const bad: Partial<State>[] = [
    { tail: 801 * 8 },
    { head: 801 },
    { tail: 4 },
    { newest: 72 },
    { newest: 800 },
    { head: 80 + LAYOUT.ringBytes + 8 },
    { oldestSeq: 10 },
    { oldestSeq: 9 },
    { oldestSeq: 0 },
    { head: 2 ** 60, tail: 2 ** 60 - 8 },
    { nextSeq: 2 ** 60 },
  ];
  const good = slots([base, 0]);
  assertEquals(newestState(good), base);
  for (const change of bad) {
    const bytes = slots([{ ...base, ...change }, 0]);
    assertEquals(newestState(bytes), undefined, JSON.stringify(change));
  }
});

Deno.test("a string of ten million escapes is compacted and indented", () => {
  const text = `[ "${"\\n".repeat(1e7)}" ]`;
  assertEquals(JsonText.parse(text).text.length, text.length - 2);
  assertEquals(prettyJson(text).length, text.length + 2);
});
