import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  AlreadyExistsError,
  InternalError,
  IoError,
  JsonText,
  NotFoundError,
  PermissionError,
  PlasmiteError,
  UsageError,
} from "@plasmite/pool";
import { connect } from "@plasmite/pool/remote";
import { CuttingProxy } from "./proxy.ts";
import { Served } from "./served.ts";

Deno.test("a served pool is created, described, listed and deleted", async () => {
  await using served = await Served.start();
  const client = served.connect();
  const created = await client.createPool("jobs", { sizeBytes: 65_536, maxMessages: 10 });
  assertEquals(created, { ...served.local.poolInfo("jobs"), name: "jobs" });
  assertEquals([created.sizeBytes, created.maxMessages, created.nextSeq], [65_536, 10, 1]);
  await assertRejects(() => client.createPool("jobs"), AlreadyExistsError);
  served.local.pool("jobs").append({ a: 1 }, ["t"]);
  const info = await client.poolInfo("jobs");
  assertEquals(info, { ...served.local.poolInfo("jobs"), name: "jobs" });
  assertEquals([info.bounds, info.nextSeq], [{ oldest: 1, newest: 1 }, 2]);
  served.local.createPool("archive");
  assertEquals((await client.listPools()).map(({ name }) => name), ["archive", "jobs"]);
  await client.deletePool("jobs");
  await assertRejects(() => client.poolInfo("jobs"), NotFoundError);
  await assertRejects(() => client.openPool("jobs"), NotFoundError);
  await assertRejects(() => client.deletePool("jobs"), NotFoundError);
});

Deno.test("a pool that the server can't read is listed with its error, beside the others", async () => {
  await using served = await Served.start();
  served.local.createPool("good");
  Deno.writeTextFileSync(`${served.local.dir}/bad.plasmite`, "not a pool at all");
  const [bad, good] = await served.connect().listPools();
  assertEquals([bad.name, bad.info, good.name, good.error], ["bad", undefined, "good", undefined]);
  assertEquals(bad.error?.kind, served.local.listPools()[0].error?.kind);
  assertEquals(good.info, { ...served.local.poolInfo("good"), name: "good" });
});

Deno.test("what is appended over the network is in the pool as it was spelled", async () => {
  await using served = await Served.start();
  const pool = await served.connect().pool("work");
  const text = '{"z":12345678901234567890,"a":1.50,"text":"\\u00e9 \\ud83d\\ude00 \\n"}';
  const tags = ['a"b', "c]},", "é"];
  const one = await pool.append({ task: "résumé", big: 2 ** 53 }, tags, { durability: "flush" });
  const many = await pool.appendMany([
    { json: JsonText.parse(text), tags: ["x"] },
    { data: null },
    { data: [1, "two", { three: 3 }] },
  ]);
  const local = served.local.openPool("work");
  assertEquals([one, ...many].map(({ seq }) => seq), [1, 2, 3, 4]);
  for (const message of [one, ...many]) {
    assertEquals(message.envelope, local.get(message.seq).envelope);
    assertEquals((await pool.get(message.seq)).envelope, message.envelope);
  }
  assertEquals(local.get(2).json, text);
  assertEquals(await pool.appendMany([]), []);
  const [alone] = await pool.appendMany([{ json: JsonText.parse("1.0"), tags: ["n"] }]);
  assertEquals(local.get(5).envelope, alone.envelope);
});

Deno.test("a name may hold what a URL can't, whether as a name or in a URL", async () => {
  await using served = await Served.start();
  const client = served.connect();
  for (const name of ["night jobs", "100%", "%41", "naïve ☃", "a&b=c?d#e", "x.plasmite"]) {
    await client.createPool(name);
    const pool = await client.openPool(`${served.url}/${encodeURIComponent(name)}`);
    await pool.append({ name });
    assertEquals(served.local.openPool(name).get(1).data, { name });
    assertEquals((await client.openPool(name)).name, name);
  }
});

Deno.test("paths, other servers and names that URLs can't carry are refused before a request", async () => {
  await using client = connect("http://127.0.0.1:1");
  for (const name of ["", ".", "..", "a/b", "../x", "http://elsewhere/jobs", "nats://h/jobs"]) {
    await assertRejects(() => client.openPool(name), UsageError);
  }
});

Deno.test("what the server refuses has its kind, hint and seq, and the pool's name as path", async () => {
  await using served = await Served.start();
  const client = served.connect();
  const pool = await client.pool("work", { sizeBytes: 8192 });
  const missing = await assertRejects(() => pool.get(7), NotFoundError);
  assertEquals([missing.seq, missing.path], [7, "work"]);
  assert(missing.hint);
  for (const seq of [2 ** 64, -1, 1.5]) await assertRejects(() => pool.get(seq), NotFoundError);
  const tooBig = await assertRejects(() => pool.append("x".repeat(10_000)), UsageError);
  assertEquals(tooBig.path, "work");
  assert(tooBig.hint);
  const overLimit = await assertRejects(() => pool.append("x".repeat(1_100_000)), UsageError);
  assertStringIncludes(overLimit.hint ?? "", "--max-body-bytes");
  await assertRejects(() => client.createPool("tiny", { sizeBytes: 1 }), UsageError);
  served.local.deletePool("work");
  await assertRejects(() => pool.append(1), NotFoundError);
});

Deno.test("a token opens the server, another one does not, and neither is repeated", async () => {
  const token = "s3cret-token";
  await using served = await Served.start({ token });
  const pool = await served.connect({ token }).pool("work");
  await pool.append(1);
  assertEquals((await Array.fromAsync(pool.tail({ maxMessages: 1 })))[0].data, 1);
  for (const options of [{}, { token: "an0ther" }]) {
    const error = await assertRejects(() => served.connect(options).openPool("work"));
    assert(error instanceof PermissionError && error.hint);
    assert(!Deno.inspect(error).includes("an0ther"));
  }
  for (const bad of ["", "two words", "s3cret\nline"]) {
    let thrown: unknown;
    try {
      served.connect({ token: bad });
    } catch (error) {
      thrown = error;
    }
    assert(thrown instanceof UsageError);
    assert(!Deno.inspect(thrown).includes("s3cret"));
  }
});

Deno.test("a write-only server takes appends, a read-only one none", async () => {
  await using writeOnly = await Served.start({ access: "write-only" });
  writeOnly.local.createPool("in");
  const into = await writeOnly.connect().openPool("in");
  assertEquals((await into.append(1)).seq, 1);
  assertStringIncludes((await assertRejects(() => into.get(1), PermissionError)).message, "forbid");
  await assertRejects(() => into.tail().next(), PermissionError);
  await using readOnly = await Served.start({ access: "read-only" });
  readOnly.local.pool("out").append(1);
  const from = await readOnly.connect().openPool("out");
  assertEquals((await from.get(1)).data, 1);
  await assertRejects(() => from.append(2), PermissionError);
});

Deno.test("a server that is not there is an Io error with its address and a hint", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  await using client = connect(url);
  for (
    const call of [
      () => client.openPool("work"),
      () => client.listPools(),
      () => client.createPool("work"),
    ]
  ) {
    const error = await assertRejects(call, IoError);
    assertStringIncludes(error.message, `can't connect to ${url}`);
    assert(error.hint && error.path === url && error.cause instanceof Error);
  }
});

/** Answers every request alike. */
function answering(respond: () => Response): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, respond);
}

Deno.test("without an envelope, the status decides the kind", async () => {
  const kinds = {
    400: "Usage",
    401: "Permission",
    403: "Permission",
    404: "NotFound",
    409: "AlreadyExists",
    410: "Io",
    413: "Usage",
    415: "Io",
    422: "Io",
    423: "Busy",
    302: "Io",
    500: "Internal",
    503: "Internal",
  };
  for (const [status, kind] of Object.entries(kinds)) {
    await using server = answering(() =>
      new Response("plain text", {
        status: Number(status),
        headers: { location: "http://127.0.0.1:1/" },
      })
    );
    await using client = connect(`http://127.0.0.1:${server.addr.port}`);
    const error = await assertRejects(() => client.poolInfo("jobs"), PlasmiteError);
    assertEquals([error.kind, error.path, error.message.includes(status)], [kind, "jobs", true]);
    assert(error.hint);
  }
});

Deno.test("an envelope decides the kind whatever the status, and an unknown kind is Internal", async () => {
  for (const [told, kind] of [["RetentionGap", "RetentionGap"], ["Weird", "Internal"]]) {
    const error = { kind: told, message: "m", hint: "h", path: "/srv/p", seq: 3, offset: 4 };
    await using server = answering(() => Response.json({ error }, { status: 418 }));
    await using client = connect(`http://127.0.0.1:${server.addr.port}`);
    const thrown = await assertRejects(() => client.poolInfo("jobs"), PlasmiteError);
    const { message, hint, path, seq, offset } = thrown;
    assertEquals(
      { kind: thrown.kind, message, hint, path, seq, offset },
      { kind: kind as "Internal", message: "m", hint: "h", path: "jobs", seq: 3, offset: 4 },
    );
  }
});

Deno.test("an answer that is not understood is Internal", async () => {
  for (const body of ["", "{}", '{"pool":{}}', '{"pools":[{}]}', "<html>"]) {
    await using server = answering(() => new Response(body));
    await using client = connect(`http://127.0.0.1:${server.addr.port}`);
    await assertRejects(() => client.poolInfo("jobs"), InternalError);
    await assertRejects(() => client.listPools(), InternalError);
  }
});

Deno.test("an append whose answer is lost is sent once, and the error says that it may have happened", async () => {
  await using served = await Served.start();
  served.local.createPool("work");
  await using proxy = new CuttingProxy(served.port);
  await using client = connect(proxy.url);
  const pool = await client.openPool("work");
  // The connection that opened the pool is kept, and takes the first append.
  proxy.dropsAnswers = true;
  for (const inputs of [[{ data: 1 }], [{ data: 2 }, { data: 3 }]]) {
    const error = await assertRejects(() => pool.appendMany(inputs), IoError);
    assertStringIncludes(error.message, "lost");
    assertStringIncludes(error.hint ?? "", "may have been appended or not");
  }
  assertEquals(served.local.poolInfo("work").bounds, { oldest: 1, newest: 3 });
  const error = await assertRejects(() => client.deletePool("work"), IoError);
  assertStringIncludes(error.message, "lost the connection");
  assertEquals(served.local.listPools(), []);
});

Deno.test("a question is asked again when a kept connection has broken", async () => {
  await using served = await Served.start();
  served.local.createPool("work");
  await using proxy = new CuttingProxy(served.port);
  await using client = connect(proxy.url);
  const pool = await client.openPool("work");
  await pool.append(1);
  proxy.breakAll();
  assertEquals((await pool.info()).nextSeq, 2);
});

Deno.test("a closed client does nothing more", async () => {
  await using served = await Served.start();
  const abort = new AbortController();
  const client = served.connect({ signal: abort.signal });
  const pool = await client.pool("work");
  const waiting = pool.tail().next();
  abort.abort();
  assertEquals(await waiting, { done: true, value: undefined });
  await assertRejects(() => pool.append(1), UsageError, "closed");
  await assertRejects(() => client.listPools(), UsageError, "closed");
});
