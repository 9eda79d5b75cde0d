/**
 * Bytes that no client would send: each connection gets one line that is a reply or a failure, or
 * nothing when there never was a line, and the server goes on.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { IPC_METHODS } from "../../../messaging/contracts/mod.ts";
import { Served } from "./served.ts";

/** Methods that answer by themselves. */
const METHODS = IPC_METHODS.filter((name) => !["ListWatch", "SubsWait", "Read"].includes(name));

const MEMBERS = [
  ...["session", "handle", "name", "manifold", "namespace", "channel", "payload", "payloads"],
  ...["bare_target", "source_handle", "targets", "ttl_seconds", "max_bytes", "kind", "force"],
];

const value = fc.oneof(
  fc.constantFrom<unknown>(
    "nina",
    "lobby",
    "ops.east",
    "",
    "inbox",
    "a.b",
    null,
    true,
    7,
    -1,
    1e300,
  ),
  fc.constantFrom<unknown>("\ud800", "\u0000", "../../x", "%2e", "\u202e", "ä".repeat(40), [], {}),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.array(fc.string({ maxLength: 5 }), { maxLength: 3 }),
);
const params = fc.dictionary(fc.constantFrom(...MEMBERS, "other"), value, { maxKeys: 6 });
const request = fc.record({
  method: fc.constantFrom<string>(...METHODS),
  params: fc.oneof({ weight: 9, arbitrary: params as fc.Arbitrary<unknown> }, {
    weight: 1,
    arbitrary: fc.jsonValue(),
  }),
}).map((one) => new TextEncoder().encode(JSON.stringify(one)));

/** A request as it is, with some bytes changed, or bytes as they fall. */
const line = fc.oneof(
  { weight: 6, arbitrary: request },
  {
    weight: 2,
    arbitrary: fc.tuple(request, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
);

Deno.test("whatever a client sends, it gets one reply, and others are answered", async () => {
  await using served = await Served.open();
  const internal: string[] = [];
  await fc.assert(
    fc.asyncProperty(line, fc.boolean(), async (bytes, hasEnd) => {
      using raw = await served.connect();
      await raw.send(bytes);
      if (hasEnd) await raw.send("\n").catch(() => {});
      await raw.closeWrite().catch(() => {});
      const lines = await raw.lines();
      const isRequest = hasEnd || bytes.includes(10);
      if (!isRequest) return assertEquals(lines, []);
      const text = new TextDecoder().decode(bytes);
      // What was changed into a wait ended with the client.
      if (lines.length === 0) return assert(/ListWatch|SubsWait|Read/.test(text), text);
      assertEquals(lines.length, 1, text);
      const reply = JSON.parse(lines[0]);
      assert("result" in reply !== "error" in reply, lines[0]);
      if (reply.error?.code === "E_INTERNAL") internal.push(`${text} -> ${lines[0]}`);
    }),
    { numRuns: 1500 },
  );
  assertEquals((await served.ask("Status")).logged_in, true);
  assertEquals(internal, []);
});
