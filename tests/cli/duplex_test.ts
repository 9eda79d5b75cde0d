import { assertEquals, assertStringIncludes } from "@std/assert";
import { RecordReader } from "../../cli/duplex/record_reader.ts";
import { MAX_RECORD_BYTES } from "../../cli/input/records.ts";
import { noTerminal, startOnTerminal } from "./on_terminal.ts";
import { denoArguments, errorOf, jsonLines, Place } from "./pls.ts";

/** A place with a pool `chat`. */
async function withChat(...messages: string[]): Promise<Place> {
  const place = new Place();
  await place.done("pool", "create", "chat");
  for (const message of messages) await place.done("feed", "chat", message);
  return place;
}

/** The data of everything the pool retains. */
async function sent(place: Place): Promise<unknown[]> {
  const lines = await place.done("follow", "chat", "-n", "9999", "--replay", "0", "--jsonl");
  return jsonLines(lines).map(({ data }) => data);
}

// deno-lint-ignore no-explicit-any
const data = (line: string | undefined): any => JSON.parse(line!).data;

Deno.test("duplex sends JSON that is piped in, and ends with it", async () => {
  await using place = await withChat();
  const stdin = '{"id":1}\n\n{"id":\n2}\n"no line end"';
  const { code, stderr } = await place.call(["duplex", "chat"], { stdin });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await sent(place), [{ id: 1 }, { id: 2 }, "no line end"]);
});

Deno.test("duplex receives while its input is silent, and sends at once", async () => {
  await using place = await withChat();
  const duplex = place.start("duplex", "chat", "--jsonl", "--me", "a");
  await duplex.type('{"from":"b","n":1}\n');
  assertEquals(data(await duplex.stdout.next()), { from: "b", n: 1 });
  await place.done("feed", "chat", '{"from":"c"}');
  assertEquals(data(await duplex.stdout.next()), { from: "c" });
});

Deno.test("duplex hides what comes from its own name, whoever wrote it", async () => {
  await using place = await withChat(
    '{"from":"a","n":1}',
    '{"from":"b","n":2}',
    '{"from":1}',
    "[1]",
  );
  const call = (...args: string[]) =>
    place.call(["duplex", "chat", "-n", "9", "--jsonl", ...args], { stdin: '{"from":"a","n":3}' });
  const shown = async (...args: string[]) =>
    jsonLines((await call(...args)).stdout).map(({ seq }) => seq);
  assertEquals(await shown("--me", "a"), [2, 3, 4]);
  assertEquals(await shown("--me", "a", "--echo-self"), [1, 2, 3, 4, 5, 6]);
  assertEquals(await shown(), [1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("what was received before the last message sent is printed before the end", async () => {
  await using place = await withChat();
  const stdin = Array.from({ length: 2000 }, (_, n) => `{"n":${n}}\n`).join("");
  const { code, stdout } = await place.call(["duplex", "chat", "--jsonl"], { stdin });
  assertEquals([code, jsonLines(stdout).map(({ data }) => data.n)], [
    0,
    Array.from({ length: 2000 }, (_, n) => n),
  ]);
});

Deno.test("duplex --since prints what is retained since then", async () => {
  await using place = await withChat("1", "2");
  const args = ["duplex", "chat", "--since", "1h", "--jsonl"];
  const { stdout } = await place.call(args, { stdin: "3" });
  assertEquals(jsonLines(stdout).map(({ data }) => data), [1, 2, 3]);
});

Deno.test("duplex --since in the future ends without reading its input", async () => {
  await using place = await withChat();
  const duplex = place.start("duplex", "chat", "--since", "2999-01-01T00:00:00Z");
  assertEquals((await duplex.status()).code, 0);
});

/** The records that a reader makes of pieces of `text` of this size. */
function recordsOf(text: string, size: number): string[] {
  const bytes = new TextEncoder().encode(text);
  const reader = new RecordReader();
  const batches = [];
  for (let at = 0; at < bytes.length; at += size) {
    batches.push(...reader.push(bytes.slice(at, at + size)));
  }
  batches.push(...reader.end());
  return batches.flatMap(({ values }) => values.map((value) => value.text));
}

Deno.test("the first line tells the format of the input, however it is cut", () => {
  for (
    const text of [
      '\ufeff{"a":"é"}\n\n[\n1]\n2',
      '\x1e{"a":"é"}\n\x1e[1]\n\x1e2\n',
      '\n\ndata: {"a":"é"}\n\n: note\nevent: x\ndata: [1]\n\ndata:2',
    ]
  ) {
    for (let size = 1; size < 64; size++) {
      assertEquals(recordsOf(text, size), ['{"a":"é"}', "[1]", "2"], `${size}: ${text}`);
    }
  }
});

Deno.test("a record that is too long is rejected before it has come to its end", () => {
  const reader = new RecordReader();
  const batches = [...reader.push(new Uint8Array(MAX_RECORD_BYTES + 1).fill(0x31))];
  assertEquals(batches.map(({ rejected }) => rejected?.kind), ["Oversize"]);
});

Deno.test("input with no value is Usage", async () => {
  await using place = await withChat();
  for (const stdin of ["", "\n \n"]) {
    const { code, stderr } = await place.call(["duplex", "chat"], { stdin });
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
  }
});

Deno.test("what precedes bad input is sent, and the failure names the line", async () => {
  await using place = await withChat();
  const { code, stderr } = await place.call(["duplex", "chat"], { stdin: "1\n2\nnope\n3\n" });
  assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
  assertStringIncludes(errorOf(stderr).message, "line 3");
  assertEquals(await sent(place), [1, 2]);
});

Deno.test("input that is not UTF-8 is Io, what precedes it is sent", async () => {
  await using place = await withChat();
  const stdin = new Uint8Array([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a]);
  const { code, stderr } = await place.call(["duplex", "chat"], { stdin });
  assertEquals([code, errorOf(stderr).kind], [8, "Io"]);
  assertEquals(await sent(place), [1]);
});

Deno.test("duplex exits with 124 when nothing was shown for --timeout", async () => {
  await using place = await withChat();
  const duplex = place.start("duplex", "chat", "--me", "a", "--timeout", "300ms", "--jsonl");
  // What is hidden does not start the time anew.
  await duplex.type('{"from":"a"}\n');
  assertEquals((await duplex.status()).code, 124);
  assertEquals(await duplex.stdout.next(), undefined);
  assertEquals(await duplex.stderr.next(), undefined);
});

Deno.test("a pool that is deleted ends duplex with NotFound", async () => {
  await using place = await withChat('"old"');
  const duplex = place.start("duplex", "chat", "-n1", "--jsonl");
  assertEquals(data(await duplex.stdout.next()), "old");
  await place.done("pool", "delete", "chat");
  assertEquals(JSON.parse((await duplex.stderr.next())!).error.kind, "NotFound");
  assertEquals((await duplex.status()).code, 3);
});

Deno.test("duplex on a missing name hints at the exact command to run", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("duplex", "chat", "--me", "a");
  assertEquals([code, errorOf(stderr).kind], [3, "NotFound"]);
  assertStringIncludes(errorOf(stderr).hint, "exact command: pls duplex chat --create --me a");
});

Deno.test("duplex tells of bad arguments before it looks for the pool", async () => {
  await using place = new Place();
  for (
    const args of [["--since", "x"], ["--jsonl", "--format", "pretty"], ["-n1", "--since", "1h"]]
  ) {
    const { code, stderr } = await place.pls("duplex", "missing", ...args);
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"], args.join(" "));
  }
});

/** Arguments of `deno` for a chat under the name `a`. */
const chatAs = (...args: string[]) => denoArguments(["duplex", "chat", "--jsonl", ...args]);

Deno.test({
  name: "two people chat: each line typed is a message, and nobody reads their own",
  ignore: noTerminal,
  fn: async () => {
    await using place = await withChat('"hello"');
    const ana = startOnTerminal(place, chatAs("--me", "ana", "-n1"));
    const ben = startOnTerminal(place, chatAs("--me", "ben", "-n1"));
    for (const person of [ana, ben]) assertEquals(data(await person.stdout.next()), "hello");
    await ana.type("  \nhi ben \n");
    assertEquals(data(await ben.stdout.next()), { from: "ana", msg: "hi ben " });
    await ben.type("hi ana\n");
    assertEquals(data(await ana.stdout.next()), { from: "ben", msg: "hi ana" });
    // Ctrl-D on an empty line.
    await ana.type("\x04");
    assertEquals((await ana.status()).code, 0);
    for (const person of [ana, ben]) await person.end();
  },
});

Deno.test({
  name: "duplex on a terminal wants a name",
  ignore: noTerminal,
  fn: async () => {
    await using place = await withChat();
    const duplex = startOnTerminal(place, chatAs());
    assertStringIncludes((await duplex.stdout.next())!, "needs --me NAME");
    assertEquals((await duplex.status()).code, 2);
    await duplex.end();
  },
});

Deno.test({
  name: "a person reads how long duplex waited in vain, as it was typed",
  ignore: noTerminal,
  fn: async () => {
    await using place = await withChat();
    const duplex = startOnTerminal(place, chatAs("--me", "ana", "--timeout", "20ms"));
    assertEquals(await duplex.stdout.next(), "no message for 20ms");
    assertEquals((await duplex.status()).code, 124);
    await duplex.end();
  },
});
