/**
 * What pools are called on a server, and that any name a pool can have is as good as another.
 *
 * @module
 */

import { NotFoundError, UsageError } from "@plasmite/pool";
import { connect } from "@plasmite/pool/nats";
import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { poolOfStream, streamNames } from "../../nats/names.ts";
import { natsTest, sharedServer } from "./nats_server.ts";
import { Bare } from "./world.ts";

/** Names that mean something to NATS, to URLs, to file systems or to nobody. */
const ODD_NAMES = [
  "a.b",
  "a..b",
  ".",
  "*",
  ">",
  "a.*.>",
  " ",
  "two words",
  "tab\tand\nline",
  "\u0000",
  "=2E",
  "=",
  "%",
  "%20",
  "%2F",
  "ü",
  "u\u0308",
  "日本語",
  "🎈",
  "pls_x",
  "$JS.API",
  "a\\b",
  "?#[]@!$&'()*+,;:",
  "_-Az09",
  "x".repeat(251),
  ".".repeat(83),
];

const server = sharedServer();

/** Of any characters, or of those that encoding has to do with. */
const anyName = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(..."=.%2Ee5d_"), minLength: 1, maxLength: 4 }),
).filter((name) => !name.includes("/"));

Deno.test("a name becomes a stream and a subject that NATS takes, and is read back from it", () => {
  fc.assert(fc.property(fc.oneof(anyName, fc.constantFrom(...ODD_NAMES)), (name) => {
    const { stream, subject } = streamNames(name);
    assertMatch(stream, /^pls_[A-Za-z0-9_=-]{1,251}$/);
    assertEquals(subject, `pls.${stream.slice("pls_".length)}`);
    assertEquals(poolOfStream(stream), name);
  }));
});

Deno.test("letters, digits, - and _ stay, and each other byte is written as = and two digits", () => {
  const encoded: Record<string, string> = {
    "jobs": "jobs",
    "Night-shift_2": "Night-shift_2",
    "a.b": "a=2Eb",
    "two words": "two=20words",
    "=2E": "=3D2E",
    "%": "=25",
    "ü": "=C3=BC",
    "*>!~'()": "=2A=3E=21=7E=27=28=29",
  };
  for (const [name, text] of Object.entries(encoded)) {
    assertEquals(streamNames(name), { stream: `pls_${text}`, subject: `pls.${text}` });
  }
});

Deno.test("two names never share a stream", () => {
  fc.assert(fc.property(anyName, anyName, (one, other) => {
    assertEquals(streamNames(one).stream === streamNames(other).stream, one === other);
  }));
});

Deno.test("what no pool can be called is refused, with a hint about length and slashes", () => {
  for (const name of ["", "a/b", "/", "\ud800", "x".repeat(252), ".".repeat(84)]) {
    assertThrows(() => streamNames(name), UsageError);
  }
  const tooLong = assertThrows(() => streamNames("x".repeat(252)), UsageError, "too long");
  assertMatch(tooLong.hint ?? "", /251/);
});

Deno.test("streams of other programs are no pools", () => {
  const streams = ["orders", "pls", "pls_", "PLS_a", "pls_a=2e", "pls_a=2", "pls_=", "pls_=FF"];
  for (const stream of [...streams, "pls_=41", "pls_ü", "KV_pls_a"]) {
    assertEquals(poolOfStream(stream), undefined, stream);
  }
});

natsTest("pools of any name are created, listed, written, read and deleted", async () => {
  await using client = connect(server().url);
  await Promise.all(ODD_NAMES.map(async (name) => {
    await client.createPool(name);
    const pool = await client.openPool(name);
    await pool.append({ name });
    const { value } = await pool.tail({ maxMessages: 1 }).next();
    assertEquals(value?.data, { name });
    const { path } = await pool.info();
    assertEquals((await client.poolInfo(path)).name, path);
  }));
  const listed = await client.listPools();
  assertEquals(listed.map(({ name }) => name), [...ODD_NAMES].sort());
  for (const { name, info } of listed) assertEquals([info?.name, info?.nextSeq], [name, 2]);
  await Promise.all(ODD_NAMES.map(async (name) => {
    await client.deletePool(name);
    const error = await assertRejects(() => client.openPool(name), NotFoundError);
    assertEquals(error.path, name);
  }));
  assertEquals(await client.listPools(), []);
});

natsTest("streams of other programs are not in a list of pools", async () => {
  await using client = connect(server().url);
  await client.createPool("only");
  await using bare = await Bare.connect(server(), "only");
  const others = { orders: "orders.*", pls: "pls", "pls_=41": "pls.A", plans: "pls.a.b" };
  for (const [name, subject] of Object.entries(others)) {
    await bare.manager.streams.add({ name, subjects: [subject] });
  }
  assertEquals((await client.listPools()).map(({ name }) => name), ["only"]);
});
