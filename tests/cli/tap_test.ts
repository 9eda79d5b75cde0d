import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LineSplitter } from "../../cli/line_splitter.ts";
import { noTerminal, startOnTerminal } from "./on_terminal.ts";
import { denoArguments, errorOf, jsonLines, type Outcome, Place, Running, within } from "./pls.ts";

/** Calls `pls tap jobs` and does not wait. */
function start(place: Place, ...args: string[]): Running {
  return new Running(command(place, args, "piped").spawn());
}

function command(place: Place, args: readonly string[], stdin: "null" | "piped"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: denoArguments(["tap", "jobs", ...args]),
    cwd: place.dir,
    env: { PLS_DIR: place.pools, NO_COLOR: "" },
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

/** Calls `pls tap jobs` and waits for its end. */
async function tap(place: Place, ...args: string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await within("tap", command(place, args, "null").output());
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Everything the pool retains. */
// deno-lint-ignore no-explicit-any
async function recorded(place: Place): Promise<any[]> {
  return jsonLines(await place.done("follow", "jobs", "-n", "999999", "--replay", "0", "--jsonl"));
}

async function recordedLines(place: Place): Promise<string[]> {
  return (await recorded(place)).map(({ data }) => data.line).filter((line) => line !== undefined);
}

Deno.test("tap records start, lines and exit in the keys scripts know", async () => {
  await using place = new Place();
  const args = ["--create", "--tag", "a", "--tag", "b", "--", "sh", "-c", "echo hi; exit 3"];
  const { code, stdout, stderr } = await tap(place, ...args);
  assertEquals({ code, stdout, stderr }, { code: 3, stdout: "hi\n", stderr: "" });
  const [started, line, exit] = await recorded(place);
  assertEquals(started.data, { kind: "start", cmd: ["sh", "-c", "echo hi; exit 3"] });
  assertEquals(line.data, { kind: "line", line: "hi", stream: "stdout" });
  assertEquals(exit.data, { kind: "exit", code: 3, elapsed_ms: exit.data.elapsed_ms });
  assert(Number.isInteger(exit.data.elapsed_ms));
  assertEquals(
    [started, line, exit].map(({ meta }) => meta.tags),
    [["lifecycle"], ["a", "b"], ["lifecycle"]],
  );
});

Deno.test("tap passes each stream on to its own, and --quiet neither", async () => {
  await using place = new Place();
  const shell = ["--", "sh", "-c", "echo out; echo err >&2"];
  const { stdout, stderr } = await tap(place, "--create", ...shell);
  assertEquals([stdout, stderr], ["out\n", "err\n"]);
  const quiet = await tap(place, "-q", "--durability", "flush", ...shell);
  assertEquals(quiet, { code: 0, stdout: "", stderr: "" });
  const streams = (await recorded(place)).map(({ data }) => data.stream).filter(Boolean);
  assertEquals(streams.sort(), ["stderr", "stderr", "stdout", "stdout"]);
});

Deno.test("tap drops line ends, keeps empty lines, and a last line without an end", async () => {
  await using place = new Place();
  const script = "printf 'a\\r\\n\\nb\\rc\\r\\r\\nlast'";
  const { stdout } = await tap(place, "--create", "--", "sh", "-c", script);
  assertEquals(stdout, "a\r\n\nb\rc\r\r\nlast");
  assertEquals(await recordedLines(place), ["a", "", "b\rc", "last"]);
});

Deno.test("tap records what is not UTF-8 with replacements, and the exit", async () => {
  await using place = new Place();
  const { code } = await tap(place, "--create", "--", "sh", "-c", "printf 'a\\377b\\nc\\n'");
  assertEquals([code, await recordedLines(place)], [0, ["a\ufffdb", "c"]]);
  assertEquals((await recorded(place)).at(-1).data.kind, "exit");
});

Deno.test("tap records a line too long for the pool in parts", async () => {
  await using place = new Place();
  const script = "head -c 100000 /dev/zero | tr '\\0' x; echo; echo short";
  await tap(place, "--create", "--create-size", "256K", "-q", "--", "sh", "-c", script);
  const lines = (await recorded(place)).filter(({ data }) => data.kind === "line");
  assertEquals(
    lines.map(({ data }) => data.partial),
    [true, true, true, undefined, undefined],
  );
  assertEquals(lines.map(({ data }) => data.line).join(""), "x".repeat(100000) + "short");
});

Deno.test("parts of a line fit in the pool whatever is in them", async () => {
  await using place = new Place();
  // As JSON each of these bytes takes six.
  const args = ["-q", "--", "head", "-c", "100000", "/dev/zero"];
  const { code, stderr } = await tap(place, "--create", "--create-size", "8K", ...args);
  assertEquals([code, stderr], [0, ""]);
  assertEquals((await recorded(place)).at(-1).data.code, 0);
});

Deno.test("tap exits with 128 and the signal that ended the command", async () => {
  await using place = new Place();
  for (const [signal, name, code] of [["KILL", "SIGKILL", 137], ["HUP", "SIG1", 129]]) {
    const outcome = await tap(place, "--create", "--", "sh", "-c", `kill -${signal} $$`);
    const { data } = (await recorded(place)).at(-1);
    assertEquals(outcome.code, code);
    assertEquals(data, { kind: "exit", signal: name, elapsed_ms: data.elapsed_ms });
  }
});

Deno.test("tap sends a signal on, records the rest of the output, and how it ended", async () => {
  await using place = new Place();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const waiting = "sleep 60 >/dev/null 2>&1 & echo ready; wait";
    const script = `trap 'echo caught; kill $!; exit 7' ${signal.slice(3)}; ${waiting}`;
    const tapping = start(place, "--create", "--", "sh", "-c", script);
    assertEquals(await tapping.stdout.next(), "ready");
    tapping.signal(signal);
    assertEquals(await tapping.stdout.next(), "caught");
    assertEquals((await tapping.status()).code, 7);
    await tapping.end();
    assertEquals((await recordedLines(place)).slice(-2), ["ready", "caught"]);
    assertEquals((await recorded(place)).at(-1).data.code, 7);
  }
});

Deno.test("signals end tap when only something else still holds the output open", async () => {
  await using place = new Place();
  const tapping = start(place, "--create", "--", "sh", "-c", "sleep 60 & echo $!");
  const other = Number(await tapping.stdout.next());
  let isOver = false;
  const status = tapping.status().finally(() => isOver = true);
  // Nothing tells from outside that the command has ended: signal until tap does.
  while (!isOver) {
    signalIfRunning(tapping);
    await place.done("pool", "list");
  }
  assertEquals((await status).code, 0);
  Deno.kill(other);
  await tapping.end();
  assertEquals((await recorded(place)).at(-1).data.code, 0);
});

function signalIfRunning(running: Running): void {
  try {
    running.signal("SIGTERM");
  } catch {
    // It has ended in between.
  }
}

Deno.test("tap passes its standard input on", async () => {
  await using place = new Place();
  const tapping = start(place, "--create", "--", "head", "-n1");
  await tapping.type("typed\n");
  assertEquals(await tapping.stdout.next(), "typed");
  assertEquals((await tapping.status()).code, 0);
  await tapping.end();
});

Deno.test("a reader that leaves does not keep tap from recording", async () => {
  await using place = new Place();
  const tapping = start(place, "--create", "--", "sh", "-c", "echo 1; read go; seq 2 2000");
  assertEquals(await tapping.stdout.next(), "1");
  await tapping.stdout.close();
  await tapping.type("go\n");
  assertEquals((await tapping.status()).code, 0);
  await tapping.end();
  assertEquals((await recordedLines(place)).length, 2000);
});

Deno.test("an append that fails ends the command and is the failure told", async () => {
  await using place = new Place();
  const tapping = start(place, "--create", "--", "sh", "-c", "echo 1; read go; echo 2; exec cat");
  assertEquals(await tapping.stdout.next(), "1");
  await place.done("pool", "delete", "jobs");
  await tapping.type("go\n");
  assertEquals(JSON.parse((await tapping.stderr.next())!).error.kind, "NotFound");
  assertEquals((await tapping.status()).code, 3);
  await tapping.end();
});

Deno.test("a command that is not there is Usage and named, one that may not run is Io", async () => {
  await using place = new Place();
  const missing = await tap(place, "--create", "--", "no-such-command");
  const { kind, message } = errorOf(missing.stderr);
  assertEquals([missing.code, kind], [2, "Usage"]);
  assertStringIncludes(message, "no-such-command");
  assertEquals(await recorded(place), []);
  Deno.writeTextFileSync(`${place.dir}/plain`, "text");
  const plain = await tap(place, "--", `${place.dir}/plain`);
  assertEquals([plain.code, errorOf(plain.stderr).kind], [8, "Io"]);
});

Deno.test("tap wants two dashes, a command behind them, and a local pool", async () => {
  await using place = new Place();
  for (const args of [["ls"], ["--"], ["--create-size", "64K", "--", "ls"]]) {
    const { code, stderr } = await tap(place, ...args);
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"], args.join(" "));
  }
  const { code, stderr } = await place.pls("tap", "https://host/jobs", "--", "ls");
  assertEquals(code, 2);
  assertStringIncludes(errorOf(stderr).message, "local only");
});

Deno.test("tap into a missing pool hints at --create by example", async () => {
  await using place = new Place();
  const { code, stderr } = await tap(place, "--", "ls");
  assertEquals([code, errorOf(stderr).kind], [3, "NotFound"]);
  assertStringIncludes(errorOf(stderr).hint, "pls tap jobs --create --");
});

Deno.test({
  name: "a person reads what is tapped and how it ended",
  ignore: noTerminal,
  fn: async () => {
    await using place = new Place();
    const args = denoArguments(["tap", "jobs", "--create", "--", "seq", "2"]);
    const tapping = startOnTerminal(place, args);
    assertEquals(await tapping.stdout.next(), "tapping jobs <- seq 2");
    assertEquals([await tapping.stdout.next(), await tapping.stdout.next()], ["1", "2"]);
    const last = await tapping.stdout.next();
    assert(/^tapped 2 lines \(\d+\.\ds\) -> jobs exit 0$/.test(last!), last);
    await tapping.end();
  },
});

Deno.test("lines are the same however their bytes are cut", () => {
  const text = "é1\r\n\n…x\u{1f600}\nlast";
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const splitter = new LineSplitter(64);
    const lines = [];
    for (let at = 0; at < bytes.length; at += size) {
      lines.push(...splitter.push(bytes.slice(at, at + size)));
    }
    lines.push(...splitter.end());
    assertEquals(lines.map((line) => line.text), ["é1", "", "…x\u{1f600}", "last"]);
  }
});

Deno.test("parts of a line end between characters, and put together they are the line", () => {
  const line = "aé…\u{1f600}".repeat(10);
  for (const cut of [1, 7, 1000]) {
    const splitter = new LineSplitter(8);
    const bytes = new TextEncoder().encode(`${line}\r\nx`);
    const parts = [];
    for (let at = 0; at < bytes.length; at += cut) {
      parts.push(...splitter.push(bytes.slice(at, at + cut)));
    }
    assertEquals(parts.map(({ text }) => text).join(""), line);
    assertEquals(parts.map(({ partial }) => partial).lastIndexOf(true), parts.length - 2);
    assert(parts.every(({ text }) => new TextEncoder().encode(text).length <= 8));
    assertEquals(splitter.end(), [{ text: "x", partial: false }]);
  }
});
