/**
 * A server of pools on NATS when NATS is away, pools are deleted behind its back, and many ask at
 * once: it says what is wrong, and goes on.
 *
 * @module
 */

import { NotFoundError } from "@plasmite/pool";
import { connect } from "@plasmite/pool/nats";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { errorOf, Place } from "../cli/pls.ts";
import { Serving } from "../cli/serving.ts";
import { clientOf, httpTransport, MODERN, stdioTransport } from "../mcp/ways.ts";
import { eventually } from "../server/eventually.ts";
import { freePort, NatsServer, natsTest, sharedServer } from "./nats_server.ts";

const server = sharedServer();

const JSON_TYPE = { "content-type": "application/json" };

/** A status and what the body says. */
interface Answer {
  status: number;
  // deno-lint-ignore no-explicit-any
  body: any;
}

async function ask({ url }: Serving, path: string, init?: RequestInit): Promise<Answer> {
  const response = await fetch(url + path, init);
  return { status: response.status, body: await response.json() };
}

function append(serving: Serving, pool: string, data: unknown): Promise<Answer> {
  const init = { method: "POST", body: JSON.stringify({ data }), headers: JSON_TYPE };
  return ask(serving, `/v0/pools/${pool}/append`, init);
}

natsTest("without NATS neither serve nor mcp starts, and both say so at once", async () => {
  await using place = new Place();
  const engine = `nats://127.0.0.1:${freePort()}`;
  for (const args of [["serve", "--bind", "127.0.0.1:0"], ["mcp"]]) {
    const ready = `${place.dir}/ready`;
    const { code, stdout, stderr } = await place.call([...args, "--engine", engine], {
      env: { PLASMITE_SERVE_READY_FILE: ready },
    });
    const { kind, message, hint } = errorOf(stderr);
    assertEquals([code, stdout, kind], [8, "", "Io"]);
    assertStringIncludes(message, engine);
    assertStringIncludes(hint, "nats-server");
    assertEquals([...Deno.readDirSync(place.dir)].some(({ name }) => name === "ready"), false);
  }
});

natsTest(
  "requests while NATS is away are refused with our envelope, and answered when it is back",
  async () => {
    await using place = new Place();
    await using away = await NatsServer.start();
    await using serving = await Serving.start(place, "--engine", away.url);
    await ask(serving, "/v0/pools", {
      method: "POST",
      body: '{"pool":"jobs"}',
      headers: JSON_TYPE,
    });
    assertEquals((await append(serving, "jobs", 1)).status, 200);
    await away.kill();
    const calls: [string, RequestInit?][] = [
      ["/v0/pools"],
      ["/v0/pools", { method: "POST", body: '{"pool":"other"}', headers: JSON_TYPE }],
      ["/v0/pools/jobs/info"],
      ["/v0/pools/jobs/messages"],
      ["/v0/pools/jobs/messages/1"],
      ["/v0/pools/jobs/append", { method: "POST", body: '{"data":2}', headers: JSON_TYPE }],
      ["/v0/pools/jobs/tail?max=1"],
      ["/v0/ui/pools/jobs/events?max=1"],
      ["/v0/pools/jobs", { method: "DELETE" }],
      ["/metrics"],
    ];
    const ready = ask(serving, "/readyz");
    const answers = await Promise.all(calls.map(([path, init]) => ask(serving, path, init)));
    for (const [index, { status, body }] of answers.entries()) {
      const what = `${calls[index][1]?.method ?? "GET"} ${calls[index][0]}: ${
        JSON.stringify(body)
      }`;
      assert(status >= 400, what);
      assert(["Io", "Busy"].includes(body.error.kind), what);
      assert(body.error.message.length > 0 && body.error.hint.length > 0, what);
      assertStringIncludes(body.error.message, away.address, what);
    }
    // Who asks whether it is ready does not wait for long.
    const { status: notReady, body: why } = await ready;
    assertEquals([notReady, why.error.kind], [503, "Busy"]);
    // It is alive, and says so.
    assertEquals((await ask(serving, "/healthz")).status, 200);
    await away.startAgain();
    await eventually("the server is ready again", async () => {
      return (await ask(serving, "/readyz")).status === 200;
    });
    const { status, body } = await append(serving, "jobs", "back");
    assertEquals(status, 200);
    // The append that was refused may have been stored, as its refusal says.
    assert([2, 3].includes(body.message.seq));
    const { body: page } = await ask(serving, "/v0/pools/jobs/messages");
    assertEquals(page.messages.at(-1).data, "back");
  },
);

natsTest("a request that comes while NATS restarts waits for it", async () => {
  await using place = new Place();
  await using away = await NatsServer.start();
  await using serving = await Serving.start(place, "--engine", away.url);
  await ask(serving, "/v0/pools", { method: "POST", body: '{"pool":"jobs"}', headers: JSON_TYPE });
  await away.kill();
  const waiting = Promise.all([
    append(serving, "jobs", 1),
    ask(serving, "/v0/pools/jobs/info"),
    ask(serving, "/v0/pools"),
    ask(serving, "/v0/pools/jobs/messages"),
  ]);
  await away.startAgain();
  for (const { status, body } of await waiting) assertEquals(status, 200, JSON.stringify(body));
});

natsTest("an open tail goes on when NATS is back, in lines and in events", async () => {
  await using place = new Place();
  await using away = await NatsServer.start();
  await using serving = await Serving.start(place, "--engine", away.url);
  await using client = connect(away.url);
  const pool = await client.pool("jobs");
  await pool.append("first");
  const readers = await Promise.all(
    ["pools/jobs/tail", "ui/pools/jobs/events"].map(async (path) => {
      const { body } = await fetch(`${serving.url}/v0/${path}?notices=true`);
      return new Texts(body!);
    }),
  );
  for (const reader of readers) await reader.until('"first"');
  await away.kill();
  await away.startAgain();
  const { seq } = await pool.append("second");
  assertEquals(seq, 2);
  for (const reader of readers) {
    await reader.until('"second"');
    assertEquals(reader.text.match(/"seq":\d+/g), ['"seq":1', '"seq":2']);
    await reader.cancel();
  }
});

/** The text of a body that goes on. */
class Texts {
  text = "";
  readonly #reader: ReadableStreamDefaultReader<string>;

  constructor(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Reads until `wanted` has come. */
  async until(wanted: string): Promise<void> {
    while (!this.text.includes(wanted)) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error(`it ended before ${wanted}: ${this.text}`);
      this.text += value;
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

natsTest(
  "credentials that are revoked are told of as Permission, and good ones work again",
  async () => {
    await using place = new Place();
    const config = (password: string) => `authorization { user: "u", password: "${password}" }`;
    await using guarded = await NatsServer.start({ config: config("old") });
    const engine = guarded.url.replace("//", "//u:old@");
    await using serving = await Serving.start(place, "--engine", engine);
    await ask(serving, "/v0/pools", {
      method: "POST",
      body: '{"pool":"jobs"}',
      headers: JSON_TYPE,
    });
    const { body: tail } = await fetch(`${serving.url}/v0/pools/jobs/tail`);
    const texts = new Texts(tail!);
    await append(serving, "jobs", "before");
    await texts.until("before");
    guarded.config = config("new");
    await guarded.reload();
    await eventually("the server refuses the old password", async () => {
      const { status, body } = await ask(serving, "/v0/pools/jobs/info");
      if (status === 200) return false;
      assertEquals([status, body.error.kind], [403, "Permission"], JSON.stringify(body));
      return true;
    });
    const refused = await append(serving, "jobs", "refused");
    assertEquals([refused.status, refused.body.error.kind], [403, "Permission"]);
    await texts.until('"kind":"Permission"');
    guarded.config = config("old");
    await guarded.reload();
    const { status, body } = await append(serving, "jobs", "again");
    assertEquals([status, body.message?.seq], [200, 2], JSON.stringify(body));
    await texts.cancel();
  },
);

natsTest(
  "a pool that is deleted and made anew behind the server's back is used as it is now",
  async () => {
    await using place = new Place();
    await using serving = await Serving.start(place, "--engine", server().url);
    await using client = connect(server().url);
    for (const round of [1, 2, 3]) {
      await client.createPool("replaced");
      // The server keeps the pool open to append to.
      assertEquals((await append(serving, "replaced", round)).body.message.seq, 1);
      assertEquals((await append(serving, "replaced", round)).body.message.seq, 2);
      const { body } = await ask(serving, "/v0/pools/replaced/messages");
      assertEquals(body.messages.map(({ data }: { data: number }) => data), [round, round]);
      await client.deletePool("replaced");
      const gone = await append(serving, "replaced", round);
      assertEquals([gone.status, gone.body.error.kind], [404, "NotFound"]);
      assertEquals((await ask(serving, "/v0/pools/replaced/info")).status, 404);
    }
  },
);

natsTest("a message of a pool that is gone is not what is missing", async () => {
  await using client = connect(server().url);
  const pool = await client.pool("gone");
  await pool.append(1);
  await client.deletePool("gone");
  const ofPool = await assertRejects(() => pool.get(1), NotFoundError);
  // Whoever is told of a number looks for another message, and not for another pool.
  assertEquals(ofPool.seq, undefined);
});

natsTest("a tail of a pool that is deleted ends with NotFound", async () => {
  await using place = new Place();
  await using serving = await Serving.start(place, "--engine", server().url);
  await using client = connect(server().url);
  await (await client.pool("tailed")).append(1);
  const { body } = await fetch(`${serving.url}/v0/pools/tailed/tail`);
  const texts = new Texts(body!);
  await texts.until('"data":1');
  await client.deletePool("tailed");
  await texts.until('"error"');
  assertStringIncludes(texts.text, '"kind":"NotFound"');
  await texts.cancel();
});

natsTest("many that append, read and follow at once are all served", async () => {
  await using place = new Place();
  await using serving = await Serving.start(place, "--engine", server().url);
  await using client = connect(server().url);
  const pools = ["busy-a", "busy-b", "busy-c"];
  for (const name of pools) await client.createPool(name, { sizeBytes: 4 * 1024 * 1024 });
  const [writers, each] = [12, 25];
  const tails = pools.map((name) =>
    fetch(`${serving.url}/v0/pools/${name}/tail?max=${writers * each}`).then((one) => one.text())
  );
  const written = await Promise.all(Array.from({ length: writers }, async (_, writer) => {
    const seqs: Record<string, number[]> = {};
    for (let n = 0; n < each; n++) {
      await Promise.all(pools.map(async (name) => {
        const { status, body } = await append(serving, name, { writer, n });
        assertEquals(status, 200, JSON.stringify(body));
        (seqs[name] ??= []).push(body.message.seq);
        const read = await ask(serving, `/v0/pools/${name}/messages/${body.message.seq}`);
        assertEquals(read.body.message.data, { writer, n });
      }));
    }
    return seqs;
  }));
  for (const [index, name] of pools.entries()) {
    const all = written.flatMap((seqs) => seqs[name]).toSorted((a, b) => a - b);
    assertEquals(all, Array.from({ length: writers * each }, (_, i) => i + 1));
    for (const seqs of written) assertEquals(seqs[name], seqs[name].toSorted((a, b) => a - b));
    const lines = (await tails[index]).trim().split("\n").map((line) => JSON.parse(line).seq);
    assertEquals(lines, all);
  }
});

natsTest("more requests than have a place are refused with Busy, and nothing breaks", async () => {
  await using place = new Place();
  const flags = ["--engine", server().url, "--max-tail-concurrency", "4"];
  await using serving = await Serving.start(place, ...flags);
  await using client = connect(server().url);
  await client.createPool("crowded");
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, n) => append(serving, "crowded", n)),
  );
  const counts = { 200: 0, 423: 0 };
  for (const { status, body } of answers) {
    assert(status === 200 || status === 423, JSON.stringify(body));
    if (status === 423) assertEquals(body.error.kind, "Busy");
    counts[status]++;
  }
  assert(counts[200] >= 4, JSON.stringify(counts));
  assertEquals((await client.poolInfo("crowded")).nextSeq, counts[200] + 1);
  assertEquals((await append(serving, "crowded", "after")).status, 200);
});

for (const transport of ["stdio", "http"] as const) {
  natsTest(
    `MCP over ${transport} survives that NATS goes away, and tells of news when it is back`,
    async () => {
      await using place = new Place();
      await using away = await NatsServer.start();
      await using stack = new AsyncDisposableStack();
      await using client = connect(away.url);
      const pool = await client.pool("jobs");
      const mcp = clientOf(MODERN);
      if (transport === "stdio") {
        await mcp.connect(stdioTransport(place.pools, "--engine", away.url));
      } else {
        const { url } = stack.use(await Serving.start(place, "--engine", away.url));
        await mcp.connect(httpTransport(url));
      }
      stack.defer(() => mcp.close());
      let updates = 0;
      mcp.setNotificationHandler("notifications/resources/updated", () => {
        updates++;
      });
      const uri = "plasmite:///pools/jobs";
      const listening = await mcp.listen({ resourceSubscriptions: [uri] });
      stack.defer(() => listening.close());
      const call = (name: string, args: Record<string, unknown>) =>
        mcp.callTool({ name: `plasmite_${name}`, arguments: args });
      assertEquals((await call("feed", { pool: "jobs", data: 1 })).isError ?? false, false);
      await eventually("news of the first message", () => updates > 0);
      await away.kill();
      const refused = await call("read", { pool: "jobs" });
      assertEquals(refused.isError, true);
      const { error_kind, message } = refused.structuredContent as Record<string, string>;
      assert(["Io", "Busy"].includes(error_kind), message);
      await away.startAgain();
      await eventually("reading works again", async () => {
        return !(await call("read", { pool: "jobs" })).isError;
      });
      const waiting = call("wait", { pool: "jobs", after_seq: 1, timeout_ms: 20_000 });
      const before = updates;
      const { seq } = await pool.append("back");
      const { messages } = (await waiting).structuredContent as { messages: { seq: number }[] };
      assertEquals(messages.map((one) => one.seq), [seq]);
      await eventually("news of the message behind the pause", () => updates > before);
    },
  );
}
