/**
 * Archives hold what they should, whoever makes them gets the same, and other tools can read
 * them and their sums.
 *
 * @module
 */

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { pack } from "../../release/pack.ts";
import { archiveName, executablePath, SUMS_NAME } from "../../release/project.ts";
import { TARGETS } from "../../release/targets.ts";
import { BuiltProject } from "./built_project.ts";

/** Releases are packed on Linux; shell scripts stand for executables here. */
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });

const ALL = { allowMissing: false };

/** What a program of the system prints, run in `cwd`. */
function run(cwd: URL, command: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(command, { args, cwd }).outputSync();
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr));
  return text.decode(stdout);
}

test("every target has an archive that tar unpacks, with modes and owners set", async () => {
  using project = new BuiltProject();
  await pack(project, ALL);
  for (const target of TARGETS) {
    const listing = run(project.made("."), "tar", "-tvzf", archiveName(target));
    const entries = listing.trim().split("\n").map((line) => line.split(/\s+/));
    const name = target.os === "windows" ? "pls.exe" : "pls";
    assertEquals(entries.map((words) => [words[0], words.at(-1)!]), [
      ["-rwxr-xr-x", name],
      ["-rw-r--r--", "LICENSE"],
      ["-rw-r--r--", "README.md"],
    ]);
    run(project.made("."), "tar", "-xzf", archiveName(target));
    assertEquals(project.read(`dist/${name}`), project.read(`dist/${executablePath(target)}`));
    assertEquals(project.read("dist/LICENSE"), project.read("LICENSE"));
  }
});

test("the list of sums is one that sha256sum checks", async () => {
  using project = new BuiltProject();
  await pack(project, ALL);
  // What prints sums has another name on macOS.
  const program = Deno.build.os === "darwin" ? ["shasum", "-a", "256"] : ["sha256sum"];
  const [command, ...args] = [...program, "--check", SUMS_NAME];
  const checked = run(project.made("."), command, ...args);
  assertEquals(
    checked.trim().split("\n").sort(),
    TARGETS.map((target) => `${archiveName(target)}: OK`).sort(),
  );
});

test("the same files make the same archives, whenever and wherever they are packed", async () => {
  using one = new BuiltProject();
  using other = new BuiltProject();
  for (const target of TARGETS) {
    Deno.utimeSync(other.executable(target), new Date(0), new Date(0));
    Deno.chmodSync(other.executable(target), 0o700);
  }
  assertEquals(await pack(one, ALL), await pack(other, ALL));
});

test("a target that was not built stops the packing, unless that is allowed", async () => {
  using project = new BuiltProject(TARGETS.slice(1));
  const missing = executablePath(TARGETS[0]);
  const refused = await assertRejects(() => pack(project, ALL), Error, missing);
  assertStringIncludes(refused.message, "deno task compile:all");
  assertEquals((await pack(project, { allowMissing: true })).length, TARGETS.length - 1);
});

test("packing nothing is refused even where targets may be missing", async () => {
  using project = new BuiltProject([]);
  await assertRejects(() => pack(project, { allowMissing: true }), Error, "not built");
});

test("archives of an earlier run do not stay", async () => {
  using project = new BuiltProject();
  await pack(project, ALL);
  Deno.removeSync(project.executable(TARGETS[0]));
  await pack(project, { allowMissing: true });
  assertEquals(project.read(`dist/${archiveName(TARGETS[0])}`), undefined);
});
