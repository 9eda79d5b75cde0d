/**
 * Every test file is in exactly one lane, and nothing that goes wrong in one is lost in the sum.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path/from-file-url";
import { testFiles } from "./files.ts";
import { runLanes } from "./lane_process.ts";
import { isTestFile, type Lane, laneOf, type LaneRun, LANES, planRuns, REST } from "./lanes.ts";
import { countsOf, report } from "./outcome.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** The files that a run names: to run them, or to leave them to others. */
function namedBy({ name, args }: LaneRun): string[] {
  const [doc, ...rest] = args;
  assertEquals(doc, "--doc");
  if (name !== REST) return rest;
  assertEquals(rest.length, 1);
  assert(rest[0].startsWith("--ignore="));
  return rest[0].slice("--ignore=".length).split(",");
}

Deno.test("every test file is in exactly one lane", () => {
  const files = testFiles(ROOT, "tests");
  assert(files.includes("tests/lanes/lanes_test.ts") && files.length > 150);
  const [rest, ...named] = planRuns(files, LANES).map(namedBy);
  assertEquals(named.length, LANES.length, "a lane has no files");
  // `deno test` finds all files but those that it is to ignore.
  const others = files.filter((path) => !rest.includes(path));
  assertEquals([...others, ...named.flat()].toSorted(), files);
  assertEquals(new Set(named.flat()).size, named.flat().length);
});

Deno.test("a new file is in a lane by itself", () => {
  assertEquals(laneOf("tests/new/new_test.ts", LANES), REST);
  assertEquals(laneOf("tests/nats/new_test.ts", LANES), "nats");
  assertEquals(laneOf("tests/nats/cluster_new_test.ts", LANES), "cluster");
});

Deno.test("test files are those that deno test takes", () => {
  for (const path of ["a_test.ts", "b/a.test.js", "test.ts", "b/test.mjs"]) {
    assert(isTestFile(path), path);
  }
  for (const path of ["a.ts", "test_a.ts", "attest.ts", "a_test.ts.md", "test/a.ts"]) {
    assert(!isTestFile(path), path);
  }
});

Deno.test("a summary is read with and without colors, and the last one counts", () => {
  const nested = "ok | 9 passed | 0 failed (1s)";
  const last = "\x1b[0m\x1b[31mFAILED\x1b[0m | 12 passed (3 steps) | 1 failed (2 steps) | " +
    "4 ignored (1 step) | 5 filtered out \x1b[38;5;245m(1m2s)\x1b[0m";
  assertEquals(countsOf([nested, last, ""]), { passed: 12, failed: 1, ignored: 4 });
  assertEquals(countsOf([nested]), { passed: 9, failed: 0, ignored: 0 });
  assertEquals(countsOf(["error: Type checking failed", "x 1 passed"]), undefined);
});

Deno.test("tests that all pass end with their sum", () => {
  const outcome = { exitCode: 0, lines: ["ok | 2 passed | 0 failed | 1 ignored (5ms)"], ms: 1000 };
  const { lines, isGood } = report([{ ...outcome, name: "a" }, { ...outcome, name: "b" }]);
  assertEquals([lines.at(-1), isGood], ["4 passed, 0 failed (2 ignored)", true]);
});

Deno.test("a lane that ends badly without a failed test is a failure", () => {
  const good = { name: "a", exitCode: 0, lines: ["ok | 2 passed | 0 failed (5ms)"], ms: 1 };
  for (
    const bad of [
      { ...good, exitCode: 1 },
      { ...good, exitCode: 0, lines: ["nothing"] },
    ]
  ) {
    const { lines, isGood } = report([good, { ...bad, name: "b" }]);
    assert(!isGood && lines.at(-1)?.endsWith(", 1 failed (0 ignored)"), lines.join("\n"));
  }
  assertEquals(report([]).isGood, false);
});

/** Files of tests in a folder of their own, and the lanes they run in. */
const WORLD: Record<string, string> = {
  "deno.json": "{}",
  "tests/good_test.ts": `
    /**
     * \`\`\`ts
     * console.log("an example");
     * \`\`\`
     */
    export const one = 1;
    Deno.test("passes", () => {});
    Deno.test.ignore("is ignored", () => {});`,
  "tests/bad/bad_test.ts": `Deno.test("fails", () => { throw new Error("on purpose"); });`,
  "tests/gone/gone_test.ts": `Deno.test("dies", () => Deno.kill(Deno.pid, "SIGKILL"));`,
  "tests/endless/endless_test.ts": `Deno.test("hangs", async () => {
    setInterval(() => {}, 1000);
    await new Promise(() => {});
  });`,
};

/** Runs a plan of what is in {@linkcode WORLD}, with lanes for the folders that are named. */
async function runWorld(
  folders: readonly string[],
  { onLine = () => {}, signal = new AbortController().signal }: {
    onLine?: (line: string) => void;
    signal?: AbortSignal;
  },
) {
  const dir = Deno.makeTempDirSync({ prefix: "pls-lanes-" });
  try {
    for (const [path, text] of Object.entries(WORLD)) {
      const [folder] = path.match(/^tests\/\w+(?=\/)/) ?? ["tests"];
      if (folder !== "tests" && !folders.includes(folder.slice("tests/".length))) continue;
      Deno.mkdirSync(`${dir}/${folder}`, { recursive: true });
      Deno.writeTextFileSync(`${dir}/${path}`, text);
    }
    const lanes: Lane[] = folders.map((name) => ({ name, beginnings: [`tests/${name}/`] }));
    const runs = planRuns(testFiles(dir, "tests"), lanes);
    return await runLanes(runs, { cwd: dir, onLine, signal });
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

Deno.test("lanes that fail and lanes that die are told of behind the others", async () => {
  const printed: string[] = [];
  const outcomes = await runWorld(["bad", "gone"], { onLine: (line) => printed.push(line) });
  const { lines, isGood } = report(outcomes);
  const text = lines.join("\n");
  assert(!isGood);
  assertEquals(outcomes.map(({ name, exitCode }) => [name, exitCode === 0]), [
    [REST, true],
    ["bad", false],
    ["gone", false],
  ]);
  // The example in the documentation is a test too.
  assertMatch(text, /^lane rest: 2 passed, 0 failed \(1 ignored\) in \d+ s$/m);
  assertMatch(text, /^lane gone: no summary, exit code \d+ in \d+ s$/m);
  assertStringIncludes(text, "== what failed in the lane bad");
  assertStringIncludes(text, "on purpose");
  assertEquals(lines.at(-1), "2 passed, 2 failed (1 ignored)");
  assert(printed.every((line) => /^(rest|bad |gone) \|/.test(line)), printed.join("\n"));
});

Deno.test("lanes that are interrupted end", async () => {
  const interruption = new AbortController();
  const outcomes = await runWorld(["endless"], {
    onLine: (line) => {
      if (/^endless .*running 1 test/.test(line)) interruption.abort();
    },
    signal: interruption.signal,
  });
  const endless = outcomes.find(({ name }) => name === "endless");
  assert(endless !== undefined && endless.exitCode !== 0);
  assert(!report(outcomes).isGood);
});
