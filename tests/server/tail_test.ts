/**
 * Tails: where they start, what they let through, how they end and how they are resumed.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Envelope } from "@plasmite/pool";
import { eventually } from "./eventually.ts";
import { type Failure, failureOf, startTestServer, type TestServer } from "./start_server.ts";

const TAIL = "/v0/pools/work/tail";
const EVENTS = "/v0/ui/pools/work/events";

/** Appends numbers. */
function append(server: TestServer, ...numbers: number[]): void {
  using pool = server.client.openPool("work");
  for (const i of numbers) pool.append({ i }, i % 2 === 0 ? ["even", "a,b"] : ["odd"]);
}

/** A line of a tail: an envelope, a notice, or the error that ends it. */
interface TailLine extends Partial<Envelope> {
  gap?: { from_seq: number; to_seq: number; count: number; reason: string };
  position?: { next_seq: number };
  error?: Failure;
}

/** The lines of a tail that ends, read as JSON. */
async function lines(server: TestServer, path: string): Promise<TailLine[]> {
  const { status, text } = await server.call(path);
  assertEquals(status, 200, text);
  if (text === "") return [];
  assert(text.endsWith("\n"));
  return text.slice(0, -1).split("\n").map((line) => JSON.parse(line));
}

async function seqs(server: TestServer, query: string): Promise<number[]> {
  return (await lines(server, `${TAIL}?${query}`)).map(({ seq }) => seq ?? NaN);
}

/** The events of an SSE answer: type and data of each. */
function events(text: string): [string, string][] {
  assert(text.endsWith("\n\n") || text === "");
  return text.split("\n\n").slice(0, -1).map((event) => {
    const [, type, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
    return [type, data];
  });
}

/** A pool of 8 KiB called `tiny` whose oldest messages are lost. */
function overfill(server: TestServer): { oldest: number; newest: number } {
  server.client.createPool("tiny", { sizeBytes: 8192 });
  using pool = server.client.openPool("tiny");
  for (let i = 1; i <= 300; i++) pool.append({ i, fill: "f".repeat(60) });
  const { bounds } = pool.info();
  if (bounds === undefined || bounds.oldest === 1) throw new Error("nothing was lost");
  return bounds;
}

Deno.test("a tail gives history first, then what is appended", async () => {
  await using server = await startTestServer();
  append(server, 1, 2);
  const response = await server.request(`${TAIL}?max=4`);
  assertEquals(response.headers.get("content-type"), "application/jsonl");
  assertEquals(response.headers.get("cache-control"), "no-cache, no-transform");
  assertEquals(response.headers.get("plasmite-version"), "0");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (text.split("\n").length < 3) text += (await reader.read()).value;
  append(server, 3, 4);
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  assertEquals(
    text.trim().split("\n").map((line) => JSON.parse(line).data.i),
    [1, 2, 3, 4],
  );
});

Deno.test("a tail as events has the same envelopes", async () => {
  await using server = await startTestServer();
  append(server, 1, 2, 3);
  const { text, headers } = await server.call(`${EVENTS}?max=3`);
  assertEquals(headers.get("content-type"), "text/event-stream");
  assertEquals(headers.get("cache-control"), "no-cache, no-transform");
  const plain = (await server.call(`${TAIL}?max=3`)).text.trim().split("\n");
  assertEquals(events(text), plain.map((line) => ["message", line]));
});

Deno.test("a tail starts and ends where it is asked to", async () => {
  await using server = await startTestServer();
  append(server, 1, 2, 3, 4, 5, 6);
  assertEquals(await seqs(server, "since_seq=4&until_seq=6"), [4, 5, 6]);
  assertEquals(await seqs(server, "since_seq=5&max=1"), [5]);
  assertEquals(await seqs(server, "last=2&max=2"), [5, 6]);
  assertEquals(await seqs(server, "last=2&tag=odd&max=2"), [3, 5]);
  assertEquals(await seqs(server, "last=2&where=.data.i%252==1&max=2"), [3, 5]);
  assertEquals(await seqs(server, "last=1&tag=odd&where=.data.i%3C5&max=1"), [3]);
  assertEquals(await seqs(server, "last=0&timeout_ms=50"), []);
  assertEquals(await seqs(server, "since=1h&max=2"), [1, 2]);
  assertEquals(await seqs(server, "until_seq=2"), [1, 2]);
  assertEquals(await seqs(server, "tag=even&tag=a,b&until_seq=6"), [2, 4, 6]);
  assertEquals(await seqs(server, "tag=%20even%20&tag=&until_seq=6"), [2, 4, 6]);
  assertEquals(await seqs(server, "tag=even,odd&until_seq=6"), []);
  assertEquals(await seqs(server, "where=.data.i%3E4&until_seq=6"), [5, 6]);
  assertEquals(await seqs(server, "max=0"), []);
  assertEquals(await seqs(server, "timeout_ms=0"), []);
  assertEquals(await seqs(server, "since_seq=99&timeout_ms=50"), []);
});

Deno.test("a tail from beyond the newest message waits for it", async () => {
  await using server = await startTestServer();
  append(server, 1);
  const response = await server.request(`${TAIL}?since_seq=3&max=1`);
  append(server, 2, 3);
  assertEquals(JSON.parse(await response.text()).seq, 3);
});

Deno.test("a tail resumed after each part gives every message once", async () => {
  await using server = await startTestServer();
  append(server, 1, 2, 3, 4, 5, 6, 7);
  const seen: number[] = [];
  while (seen.length < 7) {
    seen.push(...await seqs(server, `since_seq=${(seen.at(-1) ?? 0) + 1}&max=3&until_seq=7`));
  }
  assertEquals(seen, [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("what a pool has lost is silent, an error or a notice, as asked for", async () => {
  await using server = await startTestServer();
  const { oldest, newest } = overfill(server);
  const query = `since_seq=1&until_seq=${newest}`;
  const silent = await lines(server, `/v0/pools/tiny/tail?${query}`);
  assertEquals([silent[0].seq, silent.at(-1)?.seq], [oldest, newest]);

  const [failure, ...rest] = await lines(server, `/v0/pools/tiny/tail?${query}&gap_policy=error`);
  assertEquals([failure.error?.kind, failure.error?.seq, rest], ["RetentionGap", 1, []]);
  const failed = events(
    (await server.call(`/v0/ui/pools/tiny/events?${query}&gap_policy=error`)).text,
  );
  assertEquals(failed.map(([type]) => type), ["error"]);
  assertEquals(JSON.parse(failed[0][1]).error.seq, 1);

  const [notice, first] = await lines(server, `/v0/pools/tiny/tail?${query}&notices=true`);
  const gap = { from_seq: 1, to_seq: oldest - 1, count: oldest - 1, reason: "retention" };
  assertEquals([notice, first.seq], [{ gap }, oldest]);
  const told = events((await server.call(`/v0/ui/pools/tiny/events?${query}&notices=true`)).text);
  assertEquals([told[0], told[1][0]], [["gap", JSON.stringify({ gap })], "message"]);

  const none = await lines(server, `/v0/pools/tiny/tail?max=1&notices=true&gap_policy=error`);
  assertEquals(none[0].seq, oldest, "history that is gone is no gap without since_seq");
});

Deno.test("a tail that is overtaken tells exactly what it missed", async () => {
  await using server = await startTestServer();
  server.client.createPool("tiny", { sizeBytes: 8192 });
  using pool = server.client.openPool("tiny");
  const response = await server.request("/v0/pools/tiny/tail?notices=true&until_seq=2000");
  // All at once, so that nobody reads in between.
  for (let i = 1; i <= 2000; i++) pool.append({ i, fill: "f".repeat(60) });
  const all = (await response.text()).trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(all.pop(), { position: { next_seq: 2001 } });
  let expected = 1;
  for (const { gap, seq } of all) {
    assertEquals(gap?.from_seq ?? seq, expected);
    if (gap !== undefined) assertEquals(gap.count, gap.to_seq - gap.from_seq + 1);
    expected = (gap?.to_seq ?? seq) + 1;
  }
  assertEquals(expected, 2001);
  assert(all.some(({ gap }) => gap !== undefined));
});

Deno.test("messages up to until_seq that are missing end a tail with a notice", async () => {
  await using server = await startTestServer();
  const { oldest } = overfill(server);
  const all = await lines(
    server,
    `/v0/pools/tiny/tail?since_seq=1&until_seq=${oldest - 1}&notices=true`,
  );
  assertEquals([all.length, all[0].gap?.to_seq], [2, oldest - 1]);
  assertEquals(all[1], { position: { next_seq: oldest } });
});

Deno.test("a tail that lets nothing through tells how far it has come", async () => {
  await using server = await startTestServer();
  append(server, 1, 2, 3);
  for (const filter of ["tag=none", "where=false"]) {
    const all = await lines(server, `${TAIL}?${filter}&until_seq=3&notices=true`);
    assertEquals(all, [{ position: { next_seq: 4 } }]);
  }
});

Deno.test("a tail names the pool it is of, also when another has its name", async () => {
  await using server = await startTestServer();
  const before = (await server.call(`${TAIL}?max=0`)).headers.get("plasmite-pool-id");
  assertEquals(before, server.client.openPool("work").info().id);
  server.client.deletePool("work");
  server.client.createPool("work");
  assert((await server.call(`${TAIL}?max=0`)).headers.get("plasmite-pool-id") !== before);
});

Deno.test("a filter that gives no boolean ends a tail with an error", async () => {
  await using server = await startTestServer();
  append(server, 1);
  const [failure] = await lines(server, `${TAIL}?where=.data.i`);
  assertEquals(failure.error?.kind, "Usage");
  assertStringIncludes(failure.error?.hint ?? "", "Compare");
});

Deno.test("a tail is refused before it begins", async () => {
  await using server = await startTestServer({ limits: { maxTailTimeoutMs: 5000 } });
  for (const path of [TAIL, EVENTS]) {
    const refusals: [string, number, string][] = [
      [path.replace("work", "none"), 404, "NotFound"],
      [`${path}?timeout_ms=5001`, 400, "Usage"],
      [`${path}?timeout_ms=18446744073709551615`, 400, "Usage"],
      [`${path}?gap_policy=stop`, 400, "Usage"],
      [`${path}?notices=yes`, 400, "Usage"],
      [`${path}?max=1&max=2`, 400, "Usage"],
      [`${path}?max=many`, 400, "Usage"],
    ];
    for (const [url, status, kind] of refusals) {
      const answer = await server.call(url);
      assertEquals([answer.status, failureOf(answer).kind], [status, kind], url);
    }
    assertEquals((await server.call(`${path}?max=0&unknown=1`)).status, 200);
  }
  assertEquals(await server.metric("plasmite_tails"), 0);
});

Deno.test("a tail ends by itself after the server's limit", async () => {
  await using server = await startTestServer({ limits: { maxTailTimeoutMs: 100 } });
  assertEquals(await lines(server, TAIL), []);
  await eventually("its place is free", async () => await server.metric("plasmite_tails") === 0);
});
