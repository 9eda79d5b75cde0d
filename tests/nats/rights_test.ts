/**
 * What a user may do, what a server has turned off, and limits that are reached: told at once,
 * as what it is.
 *
 * @module
 */

import { IoError, PermissionError, PlasmiteError } from "@plasmite/pool";
import { connect, type NatsPool } from "@plasmite/pool/nats";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { NatsServer, natsTest } from "./nats_server.ts";

/** Far less than the time for which a server that is away, or without a leader, is waited for. */
const AT_ONCE_MS = 5000;

/** A server on which `all` may do everything, and `some` only what `permissions` says. */
function serverWith(permissions: string): Promise<NatsServer> {
  return NatsServer.start({
    config: `authorization { users: [
      { user: all, password: p }
      { user: some, password: p, permissions: { ${permissions} } }
    ] }`,
  });
}

/** The pool `work` as two users have it: with a message in it. */
async function twoUsers(server: NatsServer) {
  const all = connect(`nats://all:p@${server.address}`);
  const some = connect(`nats://some:p@${server.address}`);
  const pool = await all.pool("work");
  await pool.append("first");
  return {
    all,
    some,
    pool,
    async [Symbol.asyncDispose]() {
      await all[Symbol.asyncDispose]();
      await some[Symbol.asyncDispose]();
    },
  };
}

/** Fails unless `call` is refused for want of permission, at once; returns the error. */
async function assertForbidden(call: () => Promise<unknown>): Promise<PermissionError> {
  const start = performance.now();
  const error = await assertRejects(call, PermissionError);
  const tookMs = performance.now() - start;
  assert(tookMs < AT_ONCE_MS, `it took ${tookMs} ms: ${error.message}`);
  return error;
}

natsTest("who may not publish to a pool is told so at once, and may read it", async () => {
  await using server = await serverWith('publish: { deny: "pls.work" }');
  await using users = await twoUsers(server);
  const pool = await users.some.openPool("work");
  const error = await assertForbidden(() => pool.append(2));
  assertStringIncludes(error.message, "pls.work");
  assertEquals(error.path, "work");
  assert(error.hint !== undefined);
  await assertForbidden(() => pool.appendMany(Array.from({ length: 1000 }, () => ({ data: 1 }))));
  assertEquals((await pool.get(1)).data, "first");
  const tail = pool.tail({ maxMessages: 2 });
  await users.pool.append("second");
  assertEquals((await Array.fromAsync(tail)).map(({ data }) => data), ["first", "second"]);
  // Another pool is none of its concern.
  assertEquals((await (await users.some.pool("other")).append(1)).seq, 1);
});

natsTest("who may publish and nothing else is told so of everything else", async () => {
  await using server = await serverWith('publish: [ "pls.work" ]');
  await using users = await twoUsers(server);
  const { some } = users;
  for (
    const call of [
      () => some.openPool("work"),
      () => some.pool("work"),
      () => some.createPool("mine"),
      () => some.listPools(),
      () => some.deletePool("work"),
      () => some.poolInfo("work"),
    ]
  ) assertStringIncludes((await assertForbidden(call)).message, "$JS.API");
});

natsTest("who may not follow is told so at once, and may append", async () => {
  await using server = await serverWith(
    'publish: [ "pls.>", "$JS.API.STREAM.INFO.>", "$JS.API.STREAM.MSG.GET.>" ]',
  );
  await using users = await twoUsers(server);
  const pool = await users.some.openPool("work");
  assertEquals((await pool.append("second")).seq, 2);
  assertEquals((await pool.get(2)).data, "second");
  for (const options of [{}, { last: 1 }, { last: 0 }, { untilSeq: 2 }, { last: 1, tags: ["t"] }]) {
    await assertForbidden(() => pool.tail(options).next());
  }
});

natsTest("who may not ask a consumer for messages is told so at once", async () => {
  await using server = await serverWith('publish: { deny: "$JS.API.CONSUMER.MSG.NEXT.>" }');
  await using users = await twoUsers(server);
  const pool = await users.some.openPool("work");
  const error = await assertForbidden(() => pool.tail().next());
  assertStringIncludes(error.message, "$JS.API.CONSUMER.MSG.NEXT");
});

natsTest("who may not create or delete is told so, and may use what there is", async () => {
  await using server = await serverWith(
    'publish: { deny: [ "$JS.API.STREAM.CREATE.>", "$JS.API.STREAM.DELETE.>" ] }',
  );
  await using users = await twoUsers(server);
  await assertForbidden(() => users.some.createPool("mine"));
  await assertForbidden(() => users.some.pool("mine"));
  await assertForbidden(() => users.some.deletePool("work"));
  const pool = await users.some.pool("work");
  assertEquals((await pool.append("second")).seq, 2);
});

natsTest("who may not listen for answers is told so at once", async () => {
  await using server = await serverWith('subscribe: { deny: "_INBOX.>" }');
  await using users = await twoUsers(server);
  await assertForbidden(() => users.some.openPool("work"));
});

natsTest(
  "rights that are taken away are missed at once, while appending and following",
  async () => {
    const config = (permissions: string) =>
      `authorization { users: [ { user: u, password: p, permissions: { ${permissions} } } ] }`;
    await using server = await NatsServer.start({ config: config('publish: ">"') });
    await using client = connect(`nats://u:p@${server.address}`);
    const pool = await client.pool("work");
    await pool.append(1);
    server.config = config('publish: { deny: "pls.>" }');
    await server.reload();
    await assertForbidden(() => pool.append(2));
    server.config = config('publish: ">"');
    await server.reload();
    assertEquals((await pool.append(2)).seq, 2);
  },
);

/** Fails unless `call` ends with an Io error, at once; returns it. */
async function assertIo(call: () => Promise<unknown>): Promise<IoError> {
  const start = performance.now();
  const error = await assertRejects(call, PlasmiteError);
  assert(error instanceof IoError, `${error.kind}: ${error.message}`);
  assert(performance.now() - start < AT_ONCE_MS, error.message);
  return error;
}

natsTest("a server without JetStream is an Io error that says how to enable it", async () => {
  await using server = await NatsServer.start({ jetstream: false });
  await using client = connect(server.url);
  for (
    const call of [
      () => client.openPool("work"),
      () => client.pool("work"),
      () => client.createPool("work"),
      () => client.listPools(),
      () => client.deletePool("work"),
    ]
  ) {
    const error = await assertIo(call);
    assertStringIncludes(error.message, "JetStream");
    assertStringIncludes(error.hint ?? "", "nats-server -js");
  }
});

natsTest("an account without JetStream is an Io error that says how to enable it", async () => {
  await using server = await NatsServer.start({
    config: `accounts {
      WITH { jetstream: enabled, users: [ { user: with, password: p } ] }
      WITHOUT { users: [ { user: without, password: p } ] }
    }`,
  });
  await using client = connect(`nats://without:p@${server.address}`);
  for (const call of [() => client.openPool("work"), () => client.createPool("work")]) {
    const error = await assertIo(call);
    assertStringIncludes(error.message, "JetStream");
    assertStringIncludes(error.hint ?? "", "enable JetStream for the account");
  }
  await using other = connect(`nats://with:p@${server.address}`);
  assertEquals((await (await other.pool("work")).append(1)).seq, 1);
});

natsTest(
  "JetStream that is turned off at a restart is told while appending and following",
  async () => {
    await using server = await NatsServer.start();
    await using client = connect(server.url);
    const pool = await client.pool("work");
    await pool.append(1);
    const { port } = server;
    await server.stop();
    await using without = await NatsServer.start({ jetstream: false, port });
    await Promise.all([assertWithout(() => pool.append(2)), assertWithout(() => pool.get(1))]);
    assertEquals(without.port, port);
  },
);

async function assertWithout(call: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(call, IoError);
  assertStringIncludes(error.message, "JetStream");
}

natsTest("an account's limit of streams is an Io error that says whose limit it is", async () => {
  await using server = await NatsServer.start({
    config: `accounts { A {
      jetstream: { max_streams: 2, max_file: 1MB, max_mem: 1MB }
      users: [ { user: u, password: p } ]
    } }`,
  });
  await using client = connect(`nats://u:p@${server.address}`);
  const sizeBytes = 100_000;
  await client.createPool("one", { sizeBytes });
  // A size that the account has no room for.
  const large = await assertIo(() => client.createPool("large", { sizeBytes: 2 ** 20 }));
  assertStringIncludes(large.hint ?? "", "account");
  await client.createPool("two", { sizeBytes });
  const many = await assertIo(() => client.createPool("three", { sizeBytes }));
  assertStringIncludes(many.hint ?? "", "account");
  assertEquals((await client.listPools()).map(({ name }) => name), ["one", "two"]);
  // What is there can be filled, as its size is its own.
  const pool = await client.openPool("two");
  for (let i = 0; i < 20; i++) await appendKiB(pool, 10);
  assert((await pool.info()).usedBytes <= sizeBytes);
});

async function appendKiB(pool: NatsPool, count: number): Promise<void> {
  await pool.appendMany(Array.from({ length: count }, () => ({ data: "x".repeat(1024) })));
}

natsTest("a server without room for a pool says so, and how to get some", async () => {
  await using server = await NatsServer.start({ jetstream: "max_file_store: 1MB" });
  await using client = connect(server.url);
  const error = await assertIo(() => client.createPool("large", { sizeBytes: 2 ** 24 }));
  assertStringIncludes(error.hint ?? "", "max_file_store");
  await client.createPool("small", { sizeBytes: 2 ** 18 });
});

natsTest(
  "a stream that another program limits refuses what is beyond, with the reason",
  async () => {
    await using server = await NatsServer.start();
    await using client = connect(server.url);
    const { jetstreamManager, DiscardPolicy } = await import("@nats-io/jetstream");
    const { connect: connectBarely } = await import("@nats-io/transport-node");
    const connection = await connectBarely({ servers: server.address });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({
      ...{ name: "pls_strict", subjects: ["pls.strict"], discard: DiscardPolicy.New },
      ...{ max_msgs: 3, max_msg_size: 1000 },
    });
    await connection.close();
    const pool = await client.openPool("strict");
    const large = await assertRejects(() => pool.append("x".repeat(2000)), PlasmiteError);
    assertStringIncludes(large.message, "1000");
    const full = await assertRejects(
      () => pool.appendMany([1, 2, 3, 4, 5].map((data) => ({ data }))),
      PlasmiteError,
    );
    assertStringIncludes(full.message, "maximum messages exceeded");
    assertStringIncludes(full.message, "3 of 5 were appended");
    assertEquals((await pool.info()).bounds, { oldest: 1, newest: 3 });
  },
);
