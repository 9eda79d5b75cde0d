/**
 * The library does what the conformance manifests say: ours, and those of the workshop
 * this project came from when they are there.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { doFileModesBind } from "./engines.ts";
import { runManifest } from "./runner.ts";

const PROJECT = `${import.meta.dirname}/../..`;
const OURS = `${import.meta.dirname}/manifests`;
const SHARED = `${PROJECT}/../shared/conformance`;
const NOBODY = 65534;

for (const directory of [OURS, SHARED]) {
  for (const name of manifestsIn(directory)) {
    const whose = directory === OURS ? "" : "shared ";
    Deno.test(`the library conforms to ${whose}${name}`, () =>
      expectToPass(`${directory}/${name}`));
  }
}

const reasonToIgnore = reasonNotToRunAsNobody();
Deno.test({
  name: "the library conforms to permission-v0.json when file modes bind its user",
  ignore: reasonToIgnore !== undefined,
  fn: () => expectToPassAsNobody(`${OURS}/permission-v0.json`),
});
if (reasonToIgnore !== undefined) console.log(`permission-v0.json as nobody: ${reasonToIgnore}`);

function manifestsIn(directory: string): string[] {
  try {
    return Array.from(Deno.readDirSync(directory), ({ name }) => name)
      .filter((name) => name.endsWith(".json")).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function expectToPass(file: string): Promise<void> {
  const base = Deno.makeTempDirSync();
  try {
    const report = await runManifest(Deno.readTextFileSync(file), base);
    const failed = report.steps.filter(({ differences }) => differences.length > 0);
    for (const { label, skipped } of report.steps) {
      if (skipped !== undefined) console.log(`skipped ${label}: ${skipped}`);
    }
    assertEquals(failed, []);
    assert(report.passed);
  } finally {
    Deno.removeSync(base, { recursive: true });
  }
}

/** Only root can start a process of another user, which must be able to load the runner. */
function reasonNotToRunAsNobody(): string | undefined {
  if (doFileModesBind()) return "not needed, they bind this user";
  if (Deno.build.os === "windows") return "Windows has no file modes";
  const directories = [...Deno.realPathSync(PROJECT).matchAll(/\/|$/g)]
    .map(({ index, input }) => input.slice(0, index) || "/");
  const closed = directories.find((path) => ((Deno.statSync(path).mode ?? 0) & 0o5) !== 0o5);
  if (closed === undefined) return undefined;
  return `no other user can look into ${closed}`;
}

/** Puts Deno where another user can reach it: npm keeps it in root's home. */
function denoIn(home: string): string {
  const path = `${home}/deno-executable`;
  try {
    Deno.linkSync(Deno.execPath(), path);
  } catch {
    Deno.copyFileSync(Deno.execPath(), path); // On another file system.
  }
  return path;
}

/** Another user has no module cache: the runner is loaded without the project's npm packages. */
async function expectToPassAsNobody(file: string): Promise<void> {
  const home = Deno.makeTempDirSync();
  Deno.chmodSync(home, 0o777);
  const imports = { "@plasmite/pool": import.meta.resolve("../../mod.ts") };
  const importMap = `data:application/json,${encodeURIComponent(JSON.stringify({ imports }))}`;
  try {
    const { code, stdout, stderr } = await new Deno.Command(denoIn(home), {
      args: [
        ...["run", "--allow-all", "--no-prompt", "--no-config", "--no-lock"],
        ...["--import-map", importMap, import.meta.resolve("./main.ts"), file],
      ],
      cwd: home,
      uid: NOBODY,
      gid: NOBODY,
      clearEnv: true,
      env: { HOME: home, DENO_DIR: `${home}/deno`, NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder();
    assertEquals(code, 0, text.decode(stdout) + text.decode(stderr));
    assert(!text.decode(stdout).includes("skip"));
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
}
