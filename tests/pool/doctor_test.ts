import { assert, assertEquals, assertLess, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { NotFoundError, PlasmiteError } from "../../pool/mod.ts";
import { diagnosePool, exportMessages } from "../../pool/maintenance.ts";
import { bytesWithChecksum, checksumSeed } from "../../pool/checksum_seed.ts";
import { checksum } from "../../pool/checksum.ts";
import { appendRaw, filledPool, offsetOf, spoil } from "./damage.ts";
import { ScratchClient } from "./scratch.ts";

const RING_OFFSET = 4096 + 32 * 32;

Deno.test("a checksum and its bytes tell the seed", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(0xffffffff), (bytes, seed) => {
    const sum = checksum(bytes, 0, bytes.length, seed);
    assertEquals(checksumSeed(bytes, 0, bytes.length, sum), seed);
    assertEquals(checksum(bytesWithChecksum(16, sum), 0, 16, 0), sum);
  }));
});

Deno.test("a pool that only pls wrote to is healthy, whatever is in it", () => {
  using client = new ScratchClient();
  for (const count of [0, 1, 100, 3000]) {
    const { path } = filledPool(client, `healthy-${count}`, count);
    const { status, issues, warnings, lastGoodSeq } = diagnosePool(path);
    assertEquals({ status, issues, warnings, lastGoodSeq }, {
      status: "ok",
      issues: [],
      warnings: [],
      lastGoodSeq: count || undefined,
    });
  }
});

Deno.test("any changed byte that counts is named", () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "random", 100);
  const whole = Deno.readFileSync(path);
  const identity = fc.integer({ min: 0, max: 127 });
  const slots = fc.integer({ min: 0, max: 63 }).map((at) => at % 2 === 0 ? 512 + at : 1024 + at);
  // The header of the first frame: further on there is padding that means nothing.
  const frames = fc.integer({ min: 0, max: 27 }).map((at) => RING_OFFSET + at);
  const offsets = fc.oneof(identity, slots, frames);
  fc.assert(fc.property(offsets, fc.integer({ min: 1, max: 255 }), (offset, change) => {
    const bytes = whole.slice();
    bytes[offset] ^= change;
    Deno.writeFileSync(path, bytes);
    const { status, issues } = diagnosePool(path);
    assertEquals(status, "corrupt", `${offset}`);
    assertEquals(issues[0].code, offset >= 4 && offset < 8 ? "format" : "corrupt");
  }));
});

Deno.test("doctor checks payloads and checksums (weakness 17)", () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "content", 9);
  spoil(path, [offsetOf(path, '{"i":4') + 3]);
  const { issues, lastGoodSeq } = diagnosePool(path);
  assertEquals([issues.length, issues[0].seq, lastGoodSeq], [1, 5, 4]);
  assertMatch(issues[0].message, /^message 5 is damaged: \d+ bytes from ring offset \d+ on /);
});

Deno.test("a right checksum over wrong content is named", () => {
  const faults: [string, string, RegExp][] = [
    ["", "{bad", /payload is not JSON/],
    ["", "[1,\n2]", /payload is not compact/],
    ["", '"\xff"', /payload is not UTF-8/],
    ["{}", "1", /tags are no JSON array of strings/],
    ["[1]", "1", /tags are no JSON array of strings/],
  ];
  for (const [tags, payload, message] of faults) {
    using client = new ScratchClient();
    const { path } = filledPool(client, "wrong", 3);
    appendRaw(path, tags, payload);
    const { issues } = diagnosePool(path);
    assertEquals([issues.length, issues[0].seq], [1, 4]);
    assertMatch(issues[0].message, message);
  }
});

Deno.test("a torn index entry is a warning and no issue", () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "index", 300);
  spoil(path, Array.from({ length: 32 }, (_, entry) => 4096 + 32 * entry));
  const { status, warnings } = diagnosePool(path);
  assertEquals([status, warnings.length], ["ok", 1]);
  assertMatch(warnings[0], /index entries are torn or stale/);
});

Deno.test("a file that was cut short or has grown is named so", () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "sized", 100);
  Deno.truncateSync(path, 70_000);
  assertMatch(diagnosePool(path).issues[0].message, /has grown: it has 70000 bytes, not 65536/);
  Deno.truncateSync(path, 6000);
  const { issues } = diagnosePool(path);
  assertMatch(issues[0].message, /was cut short: it has 6000 bytes, not 65536/);
  assertMatch(issues[1].message, /^messages \d+ to 100 are damaged/);
});

Deno.test("no file makes doctor fail with anything undocumented, or take long", () => {
  using client = new ScratchClient();
  const { path } = filledPool(client, "hostile", 200);
  const whole = Deno.readFileSync(path);
  const start = performance.now();
  const junk = fc.array(fc.tuple(fc.nat(9000), fc.uint8Array({ maxLength: 64 })), { maxLength: 6 });
  fc.assert(fc.property(junk, fc.nat(70_000), (parts, size) => {
    const bytes = whole.slice();
    for (const [offset, part] of parts) bytes.set(part, offset);
    Deno.writeFileSync(path, bytes);
    if (size < 65_536) Deno.truncateSync(path, size);
    try {
      diagnosePool(path);
      [...exportMessages(path)];
    } catch (error) {
      assert(error instanceof PlasmiteError && error.kind !== "Internal", String(error));
    }
  }));
  assertLess(performance.now() - start, 60_000);
});

Deno.test("a missing pool is NotFound, a directory is no pool", () => {
  using client = new ScratchClient();
  assertThrows(() => diagnosePool(client.path("missing")), NotFoundError);
  assertEquals(diagnosePool(client.dir).status, "corrupt");
});
