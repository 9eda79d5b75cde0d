/**
 * The conformance runner tells right from wrong: a runner that passes everything would
 * be worse than none.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { ManifestError, parseManifest } from "./manifest.ts";
import { type ManifestReport, runManifest } from "./runner.ts";

type StepJson = Record<string, unknown>;

const CREATE: StepJson = { op: "create_pool", pool: "p", input: { size_bytes: 65536 } };
const APPEND: StepJson = {
  op: "append",
  pool: "p",
  input: { data: { n: 1 }, tags: ["a", "b"] },
};

async function run(...steps: StepJson[]): Promise<ManifestReport> {
  const base = Deno.makeTempDirSync();
  try {
    const manifest = { conformance_version: 0, name: "test", steps };
    return await runManifest(JSON.stringify(manifest), base);
  } finally {
    Deno.removeSync(base, { recursive: true });
  }
}

async function expectDifference(step: StepJson, text: string): Promise<void> {
  const report = await run(CREATE, APPEND, { id: "suspect", ...step });
  const differences = report.steps.at(-1)!.differences.join("\n");
  assertEquals(report.passed, false, `${JSON.stringify(step)} passed`);
  assertStringIncludes(report.steps.at(-1)!.label, "suspect");
  assertStringIncludes(differences, text);
}

async function expectRefusal(step: StepJson, text: string): Promise<void> {
  const error = await assertRejects(() => run(CREATE, { id: "suspect", ...step }), ManifestError);
  assertStringIncludes(error.message, "steps[1]");
  assertStringIncludes(error.message, "suspect");
  assertStringIncludes(error.message, text);
}

const get = { op: "get", pool: "p", input: { seq: 1 } };
const tail = { op: "tail", pool: "p", input: { since_seq: 1, max: 1 } };

Deno.test("a wrong value of any expectation fails the step", async () => {
  await expectDifference({ ...CREATE, pool: "q", expect: { created: false } }, "created");
  await expectDifference({ ...CREATE, expect: { created: true } }, "AlreadyExists");
  await expectDifference({ ...APPEND, expect: { seq: 1 } }, "seq: expected 1, got 2");
  await expectDifference({ ...get, expect: { data: { n: 2 } } }, "data");
  await expectDifference({ ...get, expect: { data: { n: 1, more: 1 } } }, "data");
  await expectDifference({ ...get, expect: { tags: ["b", "a"] } }, "tags");
  await expectDifference({ op: "list_pools", expect: { names: ["p", "q"] } }, "names");
  await expectDifference({ op: "list_pools", expect: { names: [] } }, "names");
  const info = { op: "pool_info", pool: "p" };
  await expectDifference({ ...info, expect: { file_size: 65537 } }, "file_size");
  await expectDifference({ ...info, expect: { bounds: { oldest: null } } }, "bounds");
  await expectDifference({ ...info, expect: { bounds: { oldest: 1, newest: 2 } } }, "bounds");
});

Deno.test("messages must be the expected ones, all of them and no others", async () => {
  const message = { data: { n: 1 }, tags: ["a", "b"] };
  for (const expectation of ["messages", "messages_unordered"]) {
    const passing = await run(CREATE, APPEND, { ...tail, expect: { [expectation]: [message] } });
    assert(passing.passed);
    const wrong: unknown[] = [
      [],
      [message, message],
      [{ data: { n: 2 } }],
      [{ tags: ["a"] }],
      [{ unknown: 1 }],
      "text",
    ];
    for (const messages of wrong) {
      await expectDifference({ ...tail, expect: { [expectation]: messages } }, expectation);
    }
  }
});

Deno.test("only messages_unordered passes over the order", async () => {
  const both = { ...tail, input: { since_seq: 1, max: 2 } };
  const messages = [{ seq: 2 }, { seq: 1 }];
  assert(
    (await run(CREATE, APPEND, APPEND, { ...both, expect: { messages_unordered: messages } }))
      .passed,
  );
  assert(!(await run(CREATE, APPEND, APPEND, { ...both, expect: { messages } })).passed);
});

Deno.test("a tail that delivers too little fails instead of waiting for ever", async () => {
  const input = { since_seq: 1, max: 2, timeout_ms: 200 };
  await expectDifference(
    { ...tail, input, expect: { messages: [{ seq: 1 }, { seq: 2 }] } },
    "messages",
  );
});

Deno.test("an expected error must come, and be the one expected", async () => {
  const missing = { ...get, input: { seq: 9 } };
  const kind = "NotFound";
  assert((await run(CREATE, { ...missing, expect: { error: { kind, has_seq: true } } })).passed);
  await expectDifference({ ...get, expect: { error: { kind } } }, "the step succeeded");
  await expectDifference({ ...missing, expect: { error: { kind: "Corrupt" } } }, "error.kind");
  for (
    const wrong of [{ message_contains: "on fire" }, { has_path: true }, { has_seq: false }, {
      has_offset: true,
    }]
  ) {
    await expectDifference({ ...missing, expect: { error: { kind, ...wrong } } }, "error.");
  }
});

Deno.test("an error that was not expected fails the step", async () => {
  await expectDifference({ ...get, input: { seq: 9 } }, "NotFoundError");
  await expectDifference({ op: "chmod_path", input: { path: "none", mode: "600" } }, "NotFound");
  await expectDifference({ op: "chmod_path", input: { path: "none", mode: "rwx" } }, "octal");
  const child = { op: "spawn_poke", pool: "none", input: { messages: [{ data: 1 }] } };
  await expectDifference(child, "a writer process failed");
});

Deno.test("nothing runs after a step that failed", async () => {
  const report = await run(CREATE, { ...get, id: "fails" }, APPEND, APPEND);
  assertEquals(report.steps.length, 2);
  assertEquals(report.notRun, 2);
  assertEquals(report.passed, false);
});

Deno.test("what the runner does not know is refused before anything runs", async () => {
  await expectRefusal({ op: "defragment", pool: "p" }, 'unknown op "defragment"');
  await expectRefusal({ op: "constructor" }, "unknown op");
  await expectRefusal({ ...get, expect: { colour: "red" } }, 'unknown key "colour"');
  await expectRefusal({ ...get, expect: { names: [] } }, 'unknown key "names"');
  await expectRefusal({ ...get, expect: { error: { kind: "Io", has_hint: true } } }, "has_hint");
  await expectRefusal({ ...get, expect: { error: {} } }, "kind");
  await expectRefusal({ ...get, input: { seq: 1, deep: true } }, 'unknown key "deep"');
  await expectRefusal({ ...get, input: {} }, "input.seq must be integer");
  await expectRefusal({ ...get, pool: undefined }, "needs pool");
  await expectRefusal({ op: "list_pools", pool: "p" }, "takes no pool");
  await expectRefusal({ ...get, then: "party" }, 'unknown key "then"');
});

Deno.test("a manifest of another version is refused", () => {
  const text = JSON.stringify({ conformance_version: 1, name: "later", steps: [] });
  assertThrows(() => parseManifest(text), ManifestError, "version");
});

Deno.test("the command prints a line for each step and exits 1 when one fails", async () => {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/manifest.json`;
  const steps = [CREATE, { ...get, id: "suspect" }, APPEND];
  Deno.writeTextFileSync(path, JSON.stringify({ conformance_version: 0, name: "m", steps }));
  const failing = await runCommand([path]);
  assertEquals(failing.code, 1);
  assertStringIncludes(failing.output, "ok   m: steps[0] create_pool");
  assertStringIncludes(failing.output, "FAIL m: steps[1] get suspect: failed: NotFoundError");
  assertStringIncludes(failing.output, "1 more steps were not run");
  assertStringIncludes(failing.output, "0 of 1 manifests passed");
  const passing = await runCommand([`${import.meta.dirname}/manifests/messages-v0.json`]);
  assertEquals(passing.code, 0, passing.output);
  assertStringIncludes(passing.output, "1 of 1 manifests passed");
  assertEquals((await runCommand([`${directory}/none.json`])).code, 1);
  assertEquals((await runCommand([])).code, 2);
  Deno.removeSync(directory, { recursive: true });
});

async function runCommand(args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-prompt", import.meta.resolve("./main.ts"), ...args],
    stderr: "null",
  }).output();
  return { code, output: new TextDecoder().decode(stdout) };
}
