/**
 * Who may connect: users, tokens, nkeys and credentials files, right, wrong and revoked.
 *
 * @module
 */

import { IoError, PermissionError, UsageError } from "@plasmite/pool";
import { connect, type ConnectOptions } from "@plasmite/pool/nats";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { makeUserKeys, Operator } from "./keys.ts";
import { NatsServer, natsTest } from "./nats_server.ts";
import { mayFailEarly } from "./world.ts";

/** Refused at once: far less than the time for which a server that is away is waited for. */
const AT_ONCE_MS = 5000;

/** Fails unless all that `url` leads to with `options` is refused, at once and with a hint. */
async function assertRefused(url: string, options: ConnectOptions = {}): Promise<void> {
  await using client = connect(url, options);
  const start = performance.now();
  for (
    const call of [
      () => client.openPool("work"),
      () => client.pool("work"),
      () => client.createPool("other"),
      () => client.listPools(),
      () => client.deletePool("work"),
    ]
  ) {
    const error = await assertRejects(call, PermissionError, "refused the credentials");
    assertStringIncludes(error.hint ?? "", "--nats-creds");
    assertEquals(error.path, client.server);
  }
  assert(performance.now() - start < AT_ONCE_MS, "it was not refused at once");
}

/** Fails unless a pool can be used. */
async function assertWelcome(url: string, options: ConnectOptions = {}): Promise<void> {
  await using client = connect(url, options);
  const pool = await client.pool("work");
  const { seq } = await pool.append("welcome");
  const [{ data }] = await Array.fromAsync(pool.tail({ sinceSeq: seq, maxMessages: 1 }));
  assertEquals(data, "welcome");
}

natsTest("a user and a password are checked", async () => {
  const config = 'authorization { user: "ann@x", password: "p/q:%" }';
  await using server = await NatsServer.start({ config });
  const { address } = server;
  await assertWelcome(`nats://ann%40x:p%2Fq%3A%25@${address}`);
  await assertRefused(`nats://ann%40x:wrong@${address}`);
  await assertRefused(`nats://bob:p%2Fq%3A%25@${address}`);
  await assertRefused(`nats://ann%40x:@${address}`);
  await assertRefused(`nats://a-token@${address}`);
  await assertRefused(`nats://${address}`);
});

natsTest("a token is checked, in the URL or beside it", async () => {
  await using server = await NatsServer.start({ config: 'authorization { token: "s3cr3t" }' });
  await assertWelcome(`nats://s3cr3t@${server.address}`);
  await assertWelcome(server.url, { token: "s3cr3t" });
  await assertRefused(`nats://other@${server.address}`);
  await assertRefused(server.url, { token: "other" });
  await assertRefused(server.url);
});

natsTest("an nkey is checked", async () => {
  const [known, unknown] = [makeUserKeys(), makeUserKeys()];
  const config = `authorization { users: [ { nkey: ${known.publicKey} } ] }`;
  await using server = await NatsServer.start({ config });
  await assertWelcome(server.url, { nkeySeed: known.seed });
  await assertWelcome(server.url, { nkeySeed: `${known.seed}\n` });
  await assertRefused(server.url, { nkeySeed: unknown.seed });
  await assertRefused(server.url);
});

natsTest("a credentials file is checked, and whether it has expired", async () => {
  const [operator, other] = [new Operator(), new Operator()];
  await using server = await NatsServer.start({ config: operator.config });
  await assertWelcome(server.url, { credentials: operator.credentials() });
  await assertRefused(server.url, { credentials: other.credentials() });
  const credentials = operator.credentials(new Date(Date.now() - 60_000));
  await assertRefused(server.url, { credentials });
});

Deno.test("what is no credential, or one too many, is a usage error before anything is sent", () => {
  const seed = makeUserKeys().seed;
  const credentials = new Operator().credentials();
  const url = "nats://127.0.0.1:1";
  const wrong: [string, ConnectOptions][] = [
    [url, { nkeySeed: "SUX" }],
    [url, { nkeySeed: seed.replace("SU", "SA") }],
    [url, { nkeySeed: credentials }],
    [url, { credentials: "" }],
    [url, { credentials: seed }],
    [url, { credentials, nkeySeed: seed }],
    [url, { token: "t", nkeySeed: seed }],
    ["nats://u:p@127.0.0.1:1", { token: "t" }],
    ["nats://t@127.0.0.1:1", { credentials }],
  ];
  for (const [at, options] of wrong) {
    const error = assertThrows(() => connect(at, options), UsageError);
    assert(error.hint !== undefined && !error.message.includes("SU"));
  }
});

natsTest("who is not allowed any more is told so, appending, reading and asking", async () => {
  const config = (password: string) => `authorization { user: "u", password: "${password}" }`;
  await using server = await NatsServer.start({ config: config("old") });
  await using client = connect(`nats://u:old@${server.address}`);
  const pool = await client.pool("work");
  await pool.append(1);
  const tail = pool.tail();
  await tail.next();
  const next = mayFailEarly(tail.next());
  server.config = config("new");
  await server.reload();
  await Promise.all([
    assertRejects(() => pool.append(2), PermissionError),
    assertRejects(() => pool.info(), PermissionError),
    assertRejects(() => next, PermissionError),
  ]);
  // Who has the new one goes on.
  await assertWelcome(`nats://u:new@${server.address}`);
});

natsTest("a server that is not there is an Io error with a hint, at once", async () => {
  await using server = await NatsServer.start();
  await using late = connect(server.url);
  await server.stop();
  const start = performance.now();
  for (const url of [server.url, `nats://localhost:${server.port},127.0.0.1:1`]) {
    await using client = connect(url);
    for (const call of [() => client.pool("work"), () => client.listPools()]) {
      const error = await assertRejects(call, IoError, "can't connect");
      assertEquals(error.path, client.server);
      assertStringIncludes(error.message, client.server);
      assertStringIncludes(error.hint ?? "", "nats-server");
    }
  }
  const unknown = connect("nats://no.such.host.invalid");
  await assertRejects(() => unknown.listPools(), IoError, "no.such.host.invalid");
  assert(performance.now() - start < 2 * AT_ONCE_MS);
  // What could not be reached once is tried again by the next call.
  await assertRejects(() => late.listPools(), IoError);
  await server.startAgain();
  assertEquals(await late.listPools(), []);
  // One of several servers is enough.
  await assertWelcome(`nats://127.0.0.1:1,${server.address}`);
});

natsTest("what answers and is no NATS server is an Io error", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answering = (async () => {
    for await (const connection of listener) {
      await connection.write(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
      connection.close();
    }
  })();
  await using client = connect(`nats://127.0.0.1:${listener.addr.port}`);
  await assertRejects(() => client.listPools(), IoError);
  listener.close();
  await answering.catch(() => {});
});
