/**
 * What scripts see of a pool on NATS is what they see of one on this machine: the same output,
 * byte for byte where nothing of the engine shows, the same keys where its figures do.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Place } from "../cli/pls.ts";
import { Both, keysOf, type Pair } from "./cli_both.ts";
import { natsTest, sharedServer } from "./nats_server.ts";

const server = sharedServer();

/** Both did the same. */
function assertSame({ file, nats }: Pair, what?: string): void {
  assertEquals(nats, file, what);
}

/** Both succeeded and said nothing on standard error. */
function assertDone(pair: Pair, what?: string): void {
  assertSame(pair, what);
  assertEquals([pair.nats.code, pair.nats.stderr], [0, ""], what);
}

natsTest("every way of feeding prints the same receipts and leaves the same messages", async () => {
  await using place = new Place();
  const both = new Both(place, server(), "the-feeding");
  Deno.writeTextFileSync(`${place.dir}/lines.jsonl`, '{"line":1}\n\n[2]\n"three"\n');
  const pretty = '{\n  "a": 1\n}\n{\n  "b": [\n    2\n  ]\n}\n';
  const inputs: [string[], string?][] = [
    [["feed", "POOL", '{"first":true}', "--create", "--tag", "a", "--tag", "b c"]],
    [["feed", "POOL", "12345678901234567890.50"]],
    [["feed", "POOL", '{"b":1,"a":1,"b":2,"__proto__":{"é":"\\u00e9\\ud83d"}}']],
    [["feed", "POOL", "--tag", "t"], '{"id":1}\nnull\n  {"id":2}  \n'],
    [["feed", "POOL"], pretty],
    [["feed", "POOL"], '\x1e{"seq":1}\n\x1e{"seq":\n2}\n'],
    [["feed", "POOL"], 'data: {"event":1}\n\ndata: {"event":\ndata: 2}\n\n'],
    [["feed", "POOL", "--in", "jsonl"], '{"id":3}\n{"id":4}\n'],
    [["feed", "POOL", "-i", "json"], '{\n"one":\n[1,2]}\n'],
    [["feed", "POOL", "-i", "seq"], "\x1e1\n\x1e2\n"],
    [["feed", "POOL", "-i", "jq"], '{"x":1}{"x":2} [3]4 "5"'],
    [["feed", "POOL", "--file", "lines.jsonl"]],
    [["feed", "POOL", "-f", "-"], '"dash"\n'],
    [["feed", "POOL", "--retry", "3", "--retry-delay", "10ms", "1"]],
    [["feed", "POOL", "--durability", "fast", "1"]],
  ];
  for (const [args, stdin] of inputs) {
    assertDone(await both.callWith({ args, stdin }), args.join(" "));
  }
  assertDone(await both.call("pool", "export", "POOL"));
  const lines = Array.from({ length: 3000 }, (_, i) => `{"i":${i},"text":"${"é".repeat(i % 99)}"}`);
  assertDone(await both.callWith({ args: ["feed", "POOL"], stdin: lines.join("\n") }));
  assertDone(await both.call("follow", "POOL", "--tail", "2000", "--replay", "0", "--jsonl"));
});

natsTest("bad input is told of, passed over and ended with in the same words", async () => {
  await using place = new Place();
  const both = new Both(place, server(), "the-complaining");
  assertSame(await both.call("pool", "create", "POOL", "--json", "--size", "nothing"));
  await both.call("pool", "create", "POOL");
  const inputs: [string[], string?][] = [
    [["feed", "POOL", "{"]],
    [["feed", "POOL"], ""],
    [["feed", "POOL"], '1\n2\n}\n4\n{"\n'],
    [["feed", "POOL", "-e", "skip"], '1\n}\n{"a":\n3\n'],
    [["feed", "POOL", "-e", "skip"], `1\n"${"x".repeat(2 ** 20)}"\n3\n`],
    [["feed", "POOL", "-i", "jq", "-e", "skip"], "1"],
    [["feed", "POOL", "--file", "missing"]],
    [["feed", "POOL", "1", "--retry-delay", "1s"]],
    [["fetch", "POOL", "0"]],
    [["fetch", "POOL", "x"]],
    [["follow", "POOL", "--where", ".data =="]],
    [["follow", "POOL", "--where", ".data", "--tail", "1"]],
    [["follow", "POOL", "--since", "yesterday"]],
    [["follow", "POOL", "--replay", "1"]],
    [["follow", "POOL", "--timeout", "1.5"]],
    [["duplex", "POOL"], ""],
    [["duplex", "POOL"], "}\n"],
    [["tap", "POOL", "--", "no-such-program"]],
    [["tap", "POOL"]],
    [["pool", "import", "POOL"], "1"],
    [["pool", "import", "POOL", "--append"], '{"seq":1}\n'],
    [["pool", "export", "POOL", "--jsonl"]],
    [["pool", "info"]],
  ];
  for (const [args, stdin] of inputs) {
    const { file, nats } = await both.callWith({ args, stdin });
    assertEquals(withoutPath(nats.stderr), withoutPath(file.stderr), args.join(" "));
    assertEquals([nats.code, nats.stdout], [file.code, file.stdout], args.join(" "));
  }
  assertDone(await both.call("pool", "export", "POOL"));
});

natsTest("what is retained is selected and written in the same way", async () => {
  await using place = new Place();
  const both = new Both(place, server(), "the-selecting");
  await both.call("pool", "create", "POOL");
  assertDone(await both.call("follow", "POOL", "--tail", "5", "--replay", "0"), "an empty pool");
  assertDone(await both.call("pool", "export", "POOL"), "an empty pool");
  for (const tag of ["odd", "even"]) {
    const stdin = '{"n":1}\n{"n":2,"big":12345678901234567890}\n[3]\n';
    await both.callWith({ args: ["feed", "POOL", "--tag", tag, "--tag", "all"], stdin });
  }
  const follow = ["follow", "POOL", "--replay", "0"];
  const ends = [
    [...follow, "--tail", "3"],
    [...follow, "--tail", "100", "--jsonl"],
    [...follow, "--since", "1h", "--data-only"],
    [...follow, "--since", "1h", "--data-only", "--format", "jsonl"],
    [...follow, "--since", "2020-01-01T00:00:00Z", "--tag", "even", "--tag", "all", "--jsonl"],
    [...follow, "--tail", "2", "--tag", "odd", "--jsonl"],
    [...follow, "--tail", "2", "--where", ".data.n == 1", "--jsonl"],
    [...follow, "--tail", "9", "--where", '.meta.tags | any(. == "odd")', "--tag", "all", "--one"],
    ["follow", "POOL", "--since", "2999-01-01T00:00:00Z"],
    ["follow", "POOL", "--tail", "1", "--one"],
    ["follow", "POOL", "--tail", "3", "--one", "--format", "jsonl"],
    ["follow", "POOL", "--tail", "2", "--tag", "even", "--one", "--jsonl", "--data-only"],
    ["follow", "POOL", "--since", "1h", "--one", "--where", ".seq > 4"],
    ["fetch", "POOL", "1"],
    ["fetch", "POOL", "5"],
    ["pool", "export", "POOL"],
  ];
  for (const args of ends) assertDone(await both.call(...args), args.join(" "));
  const timeouts = [
    ["follow", "POOL", "--timeout", "200ms"],
    ["follow", "POOL", "--tail", "2", "--jsonl", "--timeout", "3s"],
    ["follow", "POOL", "--since", "1h", "--jsonl", "--timeout", "3s", "--no-notify"],
    ["follow", "POOL", "--tail", "7", "--one", "--timeout", "200ms"],
    ["follow", "POOL", "--tag", "none", "--tail", "1", "--timeout", "200ms", "--quiet-drops"],
  ];
  for (const args of timeouts) {
    const pair = await both.call(...args);
    assertSame(pair, args.join(" "));
    assertEquals([pair.nats.code, pair.nats.stderr], [124, ""]);
  }
});

natsTest("a missing pool and a missing message end with the codes and kinds of files", async () => {
  await using place = new Place();
  const both = new Both(place, server(), "the-missing");
  const needing = [
    ["feed", "POOL", "1"],
    ["fetch", "POOL", "1"],
    ["follow", "POOL"],
    ["follow", "POOL", "--tail", "1", "--replay", "1"],
    ["duplex", "POOL", "--me", "a"],
    ["tap", "POOL", "--", "true"],
    ["pool", "info", "POOL"],
    ["pool", "info", "POOL", "--json"],
    ["pool", "export", "POOL"],
    ["pool", "import", "POOL"],
  ];
  for (const args of needing) {
    const { file, nats } = await both.callWith({ args, stdin: "1" });
    const [local, served] = [file, nats].map(({ stderr }) => JSON.parse(stderr).error);
    assertEquals([nats.code, nats.stdout], [3, ""], args.join(" "));
    assertEquals([served.kind, served.message], [local.kind, local.message], args.join(" "));
    assertStringIncludes(served.hint, "`pls pool create POOL`", args.join(" "));
    assertStringIncludes(served.hint, `\`pls pool list ${server().url}\``, args.join(" "));
  }
  assertSame(await both.call("pool", "delete", "POOL", "--json").then(withoutErrors));
  await both.call("pool", "create", "POOL");
  for (const seq of ["1", "99", "9007199254740991", "18446744073709551615"]) {
    const { file, nats } = await both.call("fetch", "POOL", seq);
    assertEquals([nats.code, nats.stdout], [3, ""]);
    assertEquals(withoutPath(nats.stderr), withoutPath(file.stderr), seq);
  }
});

natsTest("pools are described by the same keys, in the same layout", async () => {
  await using place = new Place();
  const both = new Both(place, server(), "the-describing");
  const json = (pair: Pair) => {
    assertEquals([pair.nats.code, pair.nats.stderr], [0, ""]);
    const [file, nats] = [pair.file, pair.nats].map(({ stdout }) => JSON.parse(stdout));
    assertEquals(keysOf(nats), keysOf(file));
    return { file, nats };
  };
  const figures = (text: string) => text.replaceAll(/\b[\da-f-]{36}\b|\d+(\.\d+)?/g, "0");
  const sameLayout = ({ file, nats }: Pair) => {
    assertEquals([nats.code, nats.stderr], [0, ""]);
    const [local, served] = [file, nats].map(({ stdout }) =>
      figures(stdout).replaceAll(/ +/g, " ")
    );
    assertEquals(served, local);
  };
  const created = json(await both.call("pool", "create", "POOL", "--size", "64K", "--json"));
  assertEquals(created.nats.created[0].file_size, 65_536);
  assertEquals(created.nats.created[0].bounds, {});
  sameLayout(await both.call("pool", "info", "POOL"));
  await both.callWith({ args: ["feed", "POOL"], stdin: "1\n2\n3\n" });
  sameLayout(await both.call("pool", "info", "POOL"));
  const { file, nats } = json(await both.call("pool", "info", "POOL", "--json"));
  assertEquals([nats.bounds, nats.next_seq], [file.bounds, file.next_seq]);
  assertEquals(nats.metrics.message_count, 3);
  const exported = await both.call("pool", "export", "POOL");
  json(
    await both.callWith({
      args: ["pool", "import", "POOL", "--append", "--json"],
      stdin: exported.file.stdout.replaceAll("TIME", "2026-01-01T00:00:00.5Z"),
    }),
  );
  sameLayout(
    await both.callWith({
      args: ["pool", "import", "POOL", "--append"],
      stdin: exported.file.stdout.replaceAll("TIME", "2026-01-01T00:00:00.5Z"),
    }),
  );
  const deleted = json(await both.call("pool", "delete", "POOL", "--json"));
  assertEquals(deleted.nats, { deleted: [{ pool: "POOL", path: "POOL" }], failed: [] });
  sameLayout(await both.call("pool", "create", "POOL"));
  sameLayout(await both.call("pool", "delete", "POOL"));
});

/** What is told, without the name of a file, which a local pool's errors have in other places. */
function withoutPath(stderr: string): string {
  return stderr.replaceAll(/"path":"POOL",?/g, "").replaceAll(/,(?=})/g, "")
    .replaceAll(/("index":\d+|"pool_path":"POOL"),?/g, "");
}

/** A pair without what is underneath its errors. */
function withoutErrors({ file, nats }: Pair): Pair {
  const strip = ({ stdout, ...outcome }: Pair["file"]) => ({
    ...outcome,
    stdout: stdout.replaceAll(/,"causes":\[[^\]]*\]/g, "").replaceAll(/"hint":"[^"]*"/g, ""),
  });
  return { file: strip(file), nats: strip(nats) };
}
