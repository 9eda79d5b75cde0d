/**
 * `pls serve --engine nats://…` answers as `pls serve` on files does: the same requests to both, of
 * the protocol and of the page, and the same answers.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { errorOf, Place } from "../cli/pls.ts";
import { contentOf, Serving } from "../cli/serving.ts";
import { keysOf } from "./cli_both.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";
import { Bare } from "./world.ts";

const server = sharedServer();

/** What an answer says, without what differs from call to call. */
interface Answer {
  status: number;
  type: string | null;
  text: string;
}

/** A server of files and one of NATS. */
class Pair implements AsyncDisposable {
  readonly #files: Serving;
  readonly #nats: Serving;
  readonly #place: Place;

  private constructor(place: Place, files: Serving, nats: Serving) {
    this.#place = place;
    this.#files = files;
    this.#nats = nats;
  }

  static async start(...flags: string[]): Promise<Pair> {
    const place = new Place();
    const [files, nats] = await Promise.all([
      Serving.start(place, ...flags),
      Serving.start(place, "--engine", server().url, ...flags),
    ]);
    return new Pair(place, files, nats);
  }

  /** Where the one on NATS answers. */
  get url(): string {
    return this.#nats.url;
  }

  /** Sends a request to both. */
  async ask(path: string, init?: RequestInit): Promise<{ files: Answer; nats: Answer }> {
    const [files, nats] = [
      await this.#answer(this.#files, path, init),
      await this.#answer(this.#nats, path, init),
    ];
    return { files, nats };
  }

  /** Sends a request to both, whose answers have to be the same. */
  async same(path: string, init?: RequestInit): Promise<Answer> {
    const { files, nats } = await this.ask(path, init);
    assertEquals(nats, files, `${init?.method ?? "GET"} ${path}`);
    return nats;
  }

  /** Posts JSON to both. */
  async post(path: string, body: unknown, type = "application/json"): Promise<Answer> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return await this.same(path, { method: "POST", body: text, headers: { "content-type": type } });
  }

  async #answer({ url }: Serving, path: string, init?: RequestInit): Promise<Answer> {
    const response = await fetch(url + path, init);
    const text = (await response.text()).replaceAll(/"?\d{4}-\d\d-\d\dT[\d:.]+Z"?/g, '"TIME"');
    return { status: response.status, type: response.headers.get("content-type"), text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]();
    await this.#nats[Symbol.asyncDispose]();
    await this.#place[Symbol.asyncDispose]();
  }
}

/** What is left of a body when paths are taken out, of which files have others. */
function withoutPath(answer: Answer): Answer {
  return { ...answer, text: answer.text.replaceAll(/"path":"[^"]*",?/g, "").replaceAll(",}", "}") };
}

/** What a refusal says, with only the keys of what is told in other words. */
function failureOf({ text }: Answer) {
  const { kind, message, seq, ...more } = JSON.parse(text).error;
  return { kind, message, seq, more: Object.keys(more) };
}

natsTest("messages are appended, read, paged and followed as on files", async () => {
  await using pair = await Pair.start();
  const name = "http%20messages";
  await pair.ask("/v0/pools", {
    method: "POST",
    body: '{"pool":"http messages"}',
    headers: { "content-type": "application/json" },
  });
  const pool = `/v0/pools/${name}`;
  await pair.post(`${pool}/append`, { data: { n: 1 }, tags: ["a", "é 日"] });
  await pair.post(`${pool}/append`, '{"data":{"z":1.0,"a":12345678901234567890},"tags":null}');
  await pair.post(`${pool}/append`, { data: null, durability: "fast" });
  const lines = '{"data":4,"tags":["a"]}\n{"data":[5]}\n\n{"data":"6"}';
  await pair.post(`${pool}/messages`, lines, "application/jsonl");
  await pair.post(
    `${pool}/messages?atomic=line`,
    '{"data":7}\n}\n{"data":8}\n',
    "application/jsonl",
  );
  for (
    const body of ["{", "[]", '{"tags":["x"]}', '{"data":1,"tags":"x"}', '{"data":1,"tags":[1]}']
  ) {
    assert((await pair.post(`${pool}/append`, body)).status >= 400);
  }
  await pair.post(`${pool}/messages`, '{"data":9}\n{"tags":[]}\n', "application/jsonl");
  const paths = [
    "/messages/1",
    "/messages/2",
    "/messages",
    "/messages?limit=3",
    "/messages?since_seq=4&limit=2",
    "/messages?last=2",
    "/messages?last=2&tag=a",
    "/messages?since=1h&limit=1",
    "/messages?where=.seq%20%3E%206",
    "/messages?until_seq=3",
    "/messages?limit=0",
    "/messages?since=x",
    "/messages?last=1&since_seq=1",
    "/messages?where=.data%20%2B",
    "/tail?max=3",
    "/tail?last=2&timeout_ms=300",
    "/tail?since_seq=3&until_seq=6",
    "/tail?tag=a&until_seq=8",
    "/tail?where=.data%20%3D%3D%204&max=1",
    "/tail?since=1h&max=2&notices=true",
    "/tail?last=0&timeout_ms=100&notices=true",
    "/tail?since_seq=0&gap_policy=error",
    "/tail?timeout_ms=999999999",
    "/tail?gap_policy=shrug",
  ];
  for (const path of paths) {
    const { files, nats } = await pair.ask(pool + path);
    assertEquals(withoutPath(nats), withoutPath(files), path);
  }
  const { files, nats } = await pair.ask(`${pool}/messages/99`);
  assertEquals([nats.status, failureOf(nats)], [404, failureOf(files)]);
});

natsTest(
  "pools are made, described, listed and deleted with the keys that files have",
  async () => {
    await using pair = await Pair.start();
    const sameKeys = async (path: string, init?: RequestInit) => {
      const { files, nats } = await pair.ask(path, init);
      assertEquals([nats.status, nats.type], [files.status, files.type], path);
      const [local, served] = [files, nats].map(({ text }) => JSON.parse(text));
      assertEquals(keysOf(served), keysOf(local), path);
      return served;
    };
    const create = (body: unknown) => ({
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
    const limits = { size_bytes: 131_072, max_age_ms: 60_000, max_messages: 50 };
    const { pool } = await sameKeys("/v0/pools", create({ pool: "http made", ...limits }));
    assertEquals([pool.name, pool.path], ["http made", server().pool("http made")]);
    assertEquals([pool.file_size, pool.max_age_ms, pool.max_messages], [131_072, 60_000, 50]);
    const again = await sameKeys("/v0/pools", create({ pool: "http made" }));
    assertEquals(again.error.kind, "AlreadyExists");
    await pair.post("/v0/pools/http%20made/append", { data: 1 });
    for (const path of ["/v0/pools/http%20made/info", "/v0/ui/pools/http%20made/info"]) {
      const { pool } = await sameKeys(path);
      assertEquals(pool.bounds, { oldest: 1, newest: 1 });
    }
    await sameKeys("/v0/pools/open", create({ pool: "http made" }));
    for (const path of ["/v0/pools", "/v0/ui/pools"]) {
      const { nats } = await pair.ask(path);
      const names = JSON.parse(nats.text).pools.map(({ name }: { name: string }) => name);
      assertEquals(names.includes("http made"), true);
      assertEquals(names, names.toSorted());
    }
    const index = await pair.ask("/v0/pools", create({ pool: "http index", index_capacity: 9 }));
    assertEquals([index.nats.status, JSON.parse(index.nats.text).error.kind], [400, "Usage"]);
    for (
      const body of [{ pool: "" }, { pool: "a/b" }, { pool: 1 }, {}, { pool: "x", size_bytes: "1" }]
    ) {
      const { files, nats } = await pair.ask("/v0/pools", create(body));
      assertEquals(withoutPath(nats), withoutPath(files), JSON.stringify(body));
    }
    const flush = await pair.ask(
      "/v0/pools/http%20made/append",
      create({ data: 1, durability: "flush" }),
    );
    assertEquals(flush.nats.status, 400);
    assertStringIncludes(JSON.parse(flush.nats.text).error.message, "3 replicas");
    await pair.same("/v0/pools/http%20made", { method: "DELETE" });
    for (const path of ["info", "messages", "tail", "messages/1"]) {
      const { files, nats } = await pair.ask(`/v0/pools/http%20made/${path}`);
      assertEquals([nats.status, files.status], [404, 404], path);
      assertEquals(failureOf(nats), failureOf(files), path);
    }
  },
);

natsTest("the page gets what it asks for", async () => {
  await using pair = await Pair.start("--access", "read-write");
  const { text, status } = await pair.same("/ui");
  assertEquals(status, 200);
  assertMatch(text, /<html/i);
  await pair.same("/v0/ui/session");
  const json = { "content-type": "application/json" };
  await pair.ask("/v0/pools", { method: "POST", body: '{"pool":"page"}', headers: json });
  for (let n = 1; n <= 5; n++) {
    await pair.post("/v0/pools/page/append", { data: { n }, tags: [`t${n}`] });
  }
  for (
    const query of [
      "last=3&notices=true&timeout_ms=300",
      "since_seq=2&until_seq=4&notices=true",
      "last=1&tag=t2&until_seq=5&notices=true",
      "since=1h&where=.data.n%20%3E%203&until_seq=5&notices=true",
      "last=0&timeout_ms=50&notices=true",
    ]
  ) {
    const { files, nats } = await pair.ask(`/v0/ui/pools/page/events?${query}`);
    assertEquals(nats, files, query);
    assertEquals(nats.type, "text/event-stream");
  }
  await pair.same("/v0/pools/page", { method: "DELETE" });
});

natsTest("events tell of messages that the stream has dropped, and go on behind them", async () => {
  await using place = new Place();
  await using serving = await Serving.start(place, "--engine", server().url);
  await place.call(["feed", server().pool("gap"), "--create"], { stdin: "1\n2\n3\n4\n" });
  await using bare = await Bare.connect(server(), "gap");
  await bare.manager.streams.purge(bare.stream, { seq: 3 });
  const query = "since_seq=1&until_seq=4&notices=true";
  const response = await fetch(`${serving.url}/v0/ui/pools/gap/events?${query}`);
  const events = (await response.text()).split("\n\n").map((event) => event.split("\n")[0]);
  assertEquals(events, ["event: gap", "event: message", "event: message", "event: position", ""]);
  const tail = await fetch(`${serving.url}/v0/pools/gap/tail?since_seq=1&gap_policy=error`);
  assertEquals(JSON.parse((await tail.text()).trim()).error.kind, "RetentionGap");
});

natsTest("metrics, health and readiness tell of NATS as of files", async () => {
  await using pair = await Pair.start();
  const json = { "content-type": "application/json" };
  await pair.ask("/v0/pools", { method: "POST", body: '{"pool":"counted"}', headers: json });
  await pair.post("/v0/pools/counted/append", { data: 1 });
  await pair.post("/v0/pools/counted/messages", '{"data":1}\n{"data":2}', "application/jsonl");
  await pair.same("/healthz");
  await pair.same("/readyz");
  const { text } = (await pair.ask("/metrics")).nats;
  const value = (name: string) =>
    Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ").at(-1));
  assertEquals(value("plasmite_appended_messages_total"), 3);
  assertEquals(value('plasmite_pool_next_seq{pool="counted"}'), 4);
  assertEquals(value('plasmite_pool_ring_bytes{pool="counted"}'), 1_048_576);
  assert(value('plasmite_pool_used_bytes{pool="counted"}') > 0);
  assertEquals(value("plasmite_pools_unreadable"), 0);
  await pair.same("/v0/pools/counted", { method: "DELETE" });
  await pair.same("/v0/openapi.json");
});

natsTest("the password of the engine is in no answer, notice, log or ready file", async () => {
  await using place = new Place();
  const secret = "hunter2";
  await using guarded = await NatsServer.start({
    config: `authorization { user: "u", password: "${secret}" }`,
  });
  const engine = guarded.url.replace("//", `//u:${secret}@`);
  const log = `${place.dir}/requests.log`;
  await using serving = await Serving.start(place, "--engine", engine, "--request-log", log);
  const json = { "content-type": "application/json" };
  const texts: string[] = [];
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(serving.url + path, init);
    texts.push(await response.text(), JSON.stringify([...response.headers]));
  };
  await ask("/v0/pools", { method: "POST", body: '{"pool":"a"}', headers: json });
  await ask("/v0/pools", { method: "POST", body: '{"pool":"a"}', headers: json });
  await ask("/v0/pools/a/append", { method: "POST", body: '{"data":1}', headers: json });
  for (
    const path of [
      ...["/v0/pools", "/v0/pools/a/info", "/v0/pools/a/messages/9", "/v0/pools/none/info"],
      ...["/v0/pools/none/tail", "/metrics", "/v0/pools/a/tail?max=1", "/readyz", "/ui"],
    ]
  ) await ask(path);
  await guarded.stop();
  await Promise.all([ask("/v0/pools/a/info"), ask("/readyz")]);
  for (const text of texts) assert(!text.includes(secret), text);
  assert(!(await contentOf(log)).includes(secret));
});

natsTest(
  "an engine is a URL or a remote of the configuration, and has its own credentials",
  async () => {
    await using place = new Place();
    const config = 'authorization { token: "s3cret" }';
    await using guarded = await NatsServer.start({ config });
    Deno.writeTextFileSync(`${place.dir}/token`, "s3cret");
    const remotes = {
      cluster: { url: guarded.url, token_file: "token" },
      web: { url: "http://127.0.0.1:1" },
    };
    Deno.writeTextFileSync(`${place.dir}/config.jsonc`, JSON.stringify({ remotes }));
    for (const engine of ["cluster", "cluster:"]) {
      await using serving = await Serving.start(place, "--engine", engine);
      await serving.append("jobs", 1).catch(() => {});
      assertEquals((await (await fetch(`${serving.url}/readyz`)).json()).ok, true);
    }
    for (
      const engine of ["web", "nobody", "http://127.0.0.1:1", "./pools", `${guarded.url}/jobs`, ""]
    ) {
      const { code, stderr } = await place.pls(
        "serve",
        "--engine",
        engine,
        "--bind",
        "127.0.0.1:0",
      );
      assertEquals([code, errorOf(stderr).kind], [2, "Usage"], engine);
    }
  },
);
