/**
 * How pools and servers are named by URLs, and that no error repeats a password.
 *
 * @module
 */

import { PlasmiteError, UsageError } from "@plasmite/pool";
import { connect, parseNatsUrl } from "@plasmite/pool/nats";
import { parseNatsReference } from "../../nats/internal_mod.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as fc from "fast-check";
import { natsTest, sharedServer } from "./nats_server.ts";

const server = sharedServer({ config: 'authorization { user: "u", password: "p" }' });

Deno.test("a URL names servers, whether they need TLS, and a pool", () => {
  const { address, pool } = parseNatsReference("nats://n1,n2.example:4223/night%20jobs");
  assertEquals(pool, "night jobs");
  assertEquals(address, {
    url: "nats://n1:4222,n2.example:4223",
    servers: ["n1:4222", "n2.example:4223"],
    tls: false,
  });
  assertEquals(parseNatsUrl("TLS://Cluster.Example").tls, true);
  assertEquals(parseNatsUrl("nats://n1").servers, ["n1:4222"]);
  assertEquals(parseNatsUrl("nats://n1/").servers, ["n1:4222"]);
  assertEquals(parseNatsUrl("nats://10.0.0.1:1").url, "nats://10.0.0.1:1");
});

Deno.test("an IPv6 address stands in brackets, with a port or without", () => {
  const { address, pool } = parseNatsReference("nats://[::1]:4333,[2001:db8::7]/work");
  assertEquals([address.servers, pool], [["[::1]:4333", "[2001:db8::7]:4222"], "work"]);
});

Deno.test("a user and a password, or a token, stand in front, percent-encoded", () => {
  const { address } = parseNatsReference("nats://ann%40x:p%2Fq%3A%25@n1/a%2Eb");
  assertEquals([address.user, address.password], ["ann@x", "p/q:%"]);
  assertEquals(address.url, "nats://n1:4222");
  assertEquals(parseNatsUrl("nats://s3cr3t@n1").token, "s3cr3t");
  assertEquals(parseNatsUrl("nats://u:@n1").password, "");
});

Deno.test("any name of a pool survives being written into a URL", () => {
  const names = fc.string({ unit: "binary", minLength: 1 });
  fc.assert(fc.property(names, (name) => {
    assertEquals(parseNatsReference(`nats://n1/${encodeURIComponent(name)}`).pool, name);
  }));
});

Deno.test("what is no URL of a pool, or of a server, is a usage error with an example", () => {
  const neither = [
    "nats:",
    "nats://",
    "nats:///work",
    "http://n1/work",
    "work",
    "nats://n1:99999/work",
    "nats://n1:0/work",
    "nats://n1,/work",
    "nats://n1 /work",
    "nats://n1/work?x=1",
    "nats://n1/work#x",
    "nats://n1/%zz",
    "nats://u%zz:p@n1/work",
  ];
  for (const text of [...neither, "nats://n1", "nats://n1/", "nats://n1/a/b"]) {
    const error = assertThrows(() => parseNatsReference(text), UsageError);
    assertStringIncludes(error.hint ?? "", "/jobs");
  }
  for (const text of [...neither, "nats://n1/work"]) {
    const error = assertThrows(() => parseNatsUrl(text), UsageError);
    assertStringIncludes(error.hint ?? "", "nats://");
  }
});

Deno.test("no complaint about a URL repeats what stands in front of the hosts", () => {
  const secret = "hunter2";
  const tails = fc.string({ unit: fc.constantFrom(..."/:@?#, %[].n1x\n") });
  const heads = fc.constantFrom(`u:${secret}@`, `${secret}@`, `u:p@${secret}@`, `u:/${secret}@`);
  const schemes = fc.constantFrom("nats", "tls", "NATS");
  fc.assert(fc.property(schemes, heads, tails, (scheme, head, tail) => {
    for (const parse of [parseNatsReference, parseNatsUrl]) {
      try {
        parse(`${scheme}://${head}${tail}`);
      } catch (error) {
        assertNoSecret(error, secret);
      }
    }
  }));
});

natsTest("no failure to connect or to open repeats a password or a token", async () => {
  const { address } = server();
  const [secret, pool] = ["hunter2", "work"];
  const urls = [`nats://u:${secret}@${address}`, `nats://${secret}@${address}`];
  for (const url of [...urls, `nats://u:${secret}@127.0.0.1:1`]) {
    await using client = connect(url);
    const error = await assertRejects(() => client.openPool(pool), PlasmiteError);
    assertNoSecret(error, secret);
    const listing = await assertRejects(() => client.listPools(), PlasmiteError);
    assertNoSecret(listing, secret);
  }
  await using client = connect(`nats://u:p@${address}`);
  const elsewhere = await assertRejects(
    () => client.openPool(`nats://u:${secret}@127.0.0.1:1/${pool}`),
    UsageError,
  );
  assertNoSecret(elsewhere, secret);
});

natsTest("what a pool says of itself has no password in it", async () => {
  const { address } = server();
  await using client = connect(`nats://u:p@${address}`);
  const { path } = await client.createPool("my jobs");
  assertEquals(path, `nats://${address}/my%20jobs`);
  assertEquals(client.server, `nats://${address}`);
  // The URL of a pool opens it, with and without what stands in front.
  for (const url of [path, `nats://u:p@${address}/my%20jobs`]) {
    const pool = await client.openPool(url);
    assertEquals(pool.name, path);
  }
});

/** Fails when an error, or what caused it, shows `secret` to whoever prints it. */
function assertNoSecret(error: unknown, secret: string): void {
  assert(error instanceof PlasmiteError);
  const { message, hint = "", path = "" } = error;
  for (const text of [message, hint, path]) assert(!text.includes(secret), text);
  assert(!Deno.inspect(error).includes(secret), Deno.inspect(error));
}
