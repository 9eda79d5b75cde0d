/**
 * The workflows fit the project: what they call is there, what they build is what is released,
 * and no job may do more than it has to.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import config from "../../deno.json" with { type: "json" };
import { archiveName, SUMS_NAME } from "../../release/project.ts";
import { TARGETS } from "../../release/targets.ts";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Record<string, unknown>;
  readonly env?: Record<string, string>;
}

interface Job {
  readonly needs?: string | string[];
  readonly uses?: string;
  readonly steps?: Step[];
  readonly permissions?: Record<string, string>;
  readonly strategy?: { matrix: { os?: string[]; include?: { target: string; os: string }[] } };
  readonly "runs-on"?: string;
  readonly "timeout-minutes"?: number;
}

interface Workflow {
  readonly on: Record<string, unknown>;
  readonly permissions: Record<string, string>;
  readonly concurrency: unknown;
  readonly jobs: Record<string, Job>;
}

const ROOT = new URL("../../", import.meta.url);
const PATHS = [
  ".github/workflows/ci.yml",
  ".github/workflows/release.yml",
  "examples/ci/gate.yml",
  "examples/ci/gate_served.yml",
];
const workflows = new Map(PATHS.map((path) => [path, readWorkflow(path)]));
const ci = workflows.get(PATHS[0])!;
const release = workflows.get(PATHS[1])!;

function readWorkflow(path: string): Workflow {
  return parse(Deno.readTextFileSync(new URL(path, ROOT))) as Workflow;
}

function jobsOf(workflow: Workflow): [string, Job][] {
  return Object.entries(workflow.jobs);
}

function stepsOf(workflow: Workflow): Step[] {
  return jobsOf(workflow).flatMap(([, job]) => job.steps ?? []);
}

/** All that a workflow, or one job of it, runs in the shell. */
function scriptsOf(steps: readonly Step[]): string {
  return steps.map(({ run }) => run ?? "").join("\n");
}

Deno.test("no workflow goes untested", () => {
  for (const folder of [".github/workflows/", "examples/ci/"]) {
    const found = Array.from(Deno.readDirSync(new URL(folder, ROOT)), ({ name }) => folder + name)
      .filter((path) => /\.ya?ml$/.test(path));
    assertEquals(found.filter((path) => !PATHS.includes(path)), []);
  }
});

Deno.test("every task that a workflow runs exists", () => {
  const tasks = [ci, release].flatMap((workflow) => [
    ...scriptsOf(stepsOf(workflow)).matchAll(/deno task ([\w:]+)/g),
  ]).map(([, task]) => task);
  assert(tasks.includes("compile") && tasks.includes("compile:all") && tasks.includes("publish"));
  assertEquals(tasks.filter((task) => !(task in config.tasks)), []);
});

Deno.test("every file of the project that a workflow names exists", async () => {
  const text = PATHS.slice(0, 2).map((path) => Deno.readTextFileSync(new URL(path, ROOT))).join();
  const named = [...text.matchAll(/(?<![\w/.])(?:\.ci|docs|release|tests)\/[\w./]*\w/g)];
  assert(named.length > 5);
  for (const [path] of named) await Deno.stat(new URL(path, ROOT));
});

Deno.test("Deno is the pinned one, everywhere", () => {
  const setups = [ci, release].flatMap(stepsOf)
    .filter(({ uses }) => uses?.startsWith("denoland/setup-deno@"));
  assert(setups.length > 2);
  for (const { with: given } of setups) {
    assertEquals(given?.["deno-version-file"], ".deno-version");
    assertEquals(given?.["deno-version"], undefined);
  }
  assertMatch(Deno.readTextFileSync(new URL(".deno-version", ROOT)), /^\d+\.\d+\.\d+\n$/);
});

Deno.test("CI runs on three systems, and tests what was compiled", () => {
  assertEquals(ci.jobs.test.strategy?.matrix.os, [
    "ubuntu-latest",
    "macos-latest",
    "windows-latest",
  ]);
  const scripts = scriptsOf(stepsOf(ci));
  for (const line of [".ci/run", "deno task check", "deno task test", "deno task compile"]) {
    assert(scripts.split("\n").includes(line), line);
  }
  assert(scripts.indexOf("deno test -A tests/shipped") > scripts.indexOf("deno task compile"));
});

Deno.test("a release tries every target, on a system of that kind", () => {
  const include = release.jobs.smoke.strategy?.matrix.include ?? [];
  assertEquals(include.map(({ target }) => target), TARGETS.map(({ triple }) => triple));
  const runners = { linux: /^ubuntu-/, darwin: /^macos-/, windows: /^windows-/ };
  for (const [i, { os, arch }] of TARGETS.entries()) {
    assertMatch(include[i].os, runners[os]);
    // Of Linux and macOS there are runners of both kinds.
    if (os === "linux") assertEquals(include[i].os.endsWith("-arm"), arch === "aarch64");
    if (os === "darwin") assertEquals(include[i].os.endsWith("-intel"), arch === "x86_64");
  }
});

Deno.test("nothing is published before everything was built and tried", () => {
  const before = (job: string): string[] => {
    const needs = [release.jobs[job].needs ?? []].flat();
    return [...new Set([...needs, ...needs.flatMap(before)])];
  };
  const publishing = jobsOf(release)
    .filter(([, { permissions }]) => Object.values(permissions ?? {}).includes("write"))
    .map(([name]) => name);
  assertEquals(publishing, ["attest", "github", "jsr"]);
  for (const job of publishing) {
    for (const needed of ["verify", "test", "build", "smoke"]) {
      assert(before(job).includes(needed), `${job} does not wait for ${needed}`);
    }
  }
  assertEquals(release.jobs.test.uses, "./.github/workflows/ci.yml");
  assert("workflow_call" in ci.on);
});

Deno.test("what fits together is checked before the build, after it, and where it is tried", () => {
  const checks = (job: string) =>
    scriptsOf(release.jobs[job].steps ?? []).match(/deno task release:check .*/g) ?? [];
  const complete = 'deno task release:check --tag "$GITHUB_REF_NAME"';
  assertEquals(checks("verify"), [`${complete} --allow-missing`]);
  assertEquals(checks("build"), [complete]);
  assertEquals(checks("smoke"), [complete]);
});

Deno.test("a job may write what it publishes, and nothing else", () => {
  const allowed: Record<string, Record<string, string>> = {
    attest: { "id-token": "write", attestations: "write" },
    github: { contents: "write" },
    jsr: { "id-token": "write" },
  };
  assertEquals(release.permissions, {});
  for (const [name, { permissions }] of jobsOf(release)) {
    assertEquals({ contents: "read", ...allowed[name] }, {
      contents: "read",
      ...permissions,
    }, name);
  }
  for (const [path, { permissions }] of workflows) {
    if (path !== PATHS[1]) assertEquals(permissions, { contents: "read" }, path);
  }
});

Deno.test("what was built is what is released: archives, sums, notes, formula, scripts", () => {
  const scripts = scriptsOf(release.jobs.github.steps ?? []);
  const uploaded = release.jobs.build.steps!.find(({ uses }) => uses?.includes("upload-artifact"))!;
  const paths = String(uploaded.with?.path).trim().split("\n");
  for (const path of paths) assert(scripts.includes(path), `${path} is built, and not released`);
  assert(paths.includes(`dist/${SUMS_NAME}`));
  assert(paths.includes(`dist/${archiveName({ triple: "*" })}`));
  const attested = release.jobs.attest.steps!.find(({ uses }) => uses?.includes("attest"))!;
  assertEquals(String(attested.with?.["subject-path"]).trim().split("\n"), [
    `dist/${archiveName({ triple: "*" })}`,
    "dist/*/pls",
    "dist/*/pls.exe",
  ]);
});

Deno.test("no script has something put into it that others may choose", () => {
  for (const [path, workflow] of workflows) {
    for (const { run, name } of stepsOf(workflow)) {
      assert(!run?.includes("${{"), `${path}: ${name ?? run}: give it as an environment variable`);
    }
  }
});

Deno.test("every job has a bound, every workflow a group, and no checkout keeps the token", () => {
  for (const [path, workflow] of workflows) {
    assert(workflow.concurrency !== undefined, path);
    for (const [name, job] of jobsOf(workflow)) {
      assert(job.uses !== undefined || job["timeout-minutes"] !== undefined, `${path}: ${name}`);
    }
    for (const { uses, with: given } of stepsOf(workflow)) {
      if (!uses?.startsWith("actions/checkout@")) continue;
      assertEquals(given?.["persist-credentials"], false, path);
    }
  }
});

Deno.test("a release is built from nothing that a cache holds", () => {
  assertEquals(stepsOf(release).filter((step) => step.with?.cache !== undefined), []);
  assertEquals(stepsOf(release).filter(({ uses }) => uses?.startsWith("actions/cache")), []);
});

Deno.test("the examples call scripts that lie beside them", async () => {
  for (const path of PATHS.slice(2)) {
    const called = [...scriptsOf(stepsOf(workflows.get(path)!)).matchAll(/\bci\/(\w+\.sh)/g)];
    assert(called.length > 1, path);
    for (const [, name] of called) {
      const { mode } = await Deno.stat(new URL(`examples/ci/${name}`, ROOT));
      if (Deno.build.os !== "windows") assertEquals((mode ?? 0) & 0o111, 0o111, name);
    }
  }
});
