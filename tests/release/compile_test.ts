import { bundle } from "../../release/bundle.ts";
import { compile, thisTarget } from "../../release/compile.ts";
import { PERMISSION_FLAGS } from "../../release/permissions.ts";
import { TARGETS } from "../../release/targets.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { TemporaryFolder } from "./temporary_folder.ts";

/** What an executable holds beside Deno, at most: docs/installing.md says so too. */
const PAYLOAD_KIB_MAX = 4608;

/** What the compiler adds of its own, at most: it moves tables of the base to where there is room. */
const COMPILER_KIB_MAX = 4096;

/** Deno itself can stand in for a base, though what is made of it does not run. */
const STAND_IN = { DENORT_BIN: Deno.execPath() };

/** What `work` returns with these variables set, or unset where they are undefined. */
function withVariables<T>(variables: Record<string, string | undefined>, work: () => T): T {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  set(Object.entries(variables));
  try {
    return work();
  } finally {
    set(before);
  }
}

function set(variables: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables) {
    if (value === undefined) Deno.env.delete(name);
    else Deno.env.set(name, value);
  }
}

Deno.test("an executable holds the bundle and nothing else, and may do what is named", () => {
  using folder = new TemporaryFolder();
  const bundleDir = `${folder.path}/bundle`;
  const path = `${folder.path}/pls`;
  bundle(bundleDir);
  const made = withVariables(STAND_IN, () => compile(thisTarget(), { bundleDir, path }));
  const bundled = Array.from(Deno.readDirSync(bundleDir), ({ name }) => name).sort();
  assertEquals(made.embedded.toSorted(), bundled);
  assertEquals(Deno.statSync(path).size, made.fileBytes);
  const ours = made.fileBytes - Deno.statSync(Deno.execPath()).size;
  assertLess(ours / 1024, PAYLOAD_KIB_MAX + COMPILER_KIB_MAX);
  assertMatch(made.payload, /^[\d.]+[KM]B$/);
  const sizes = bundled.map((name) => Deno.statSync(`${bundleDir}/${name}`).size);
  assertLess(sizes.reduce((sum, size) => sum + size) / 1024, PAYLOAD_KIB_MAX);
  const permissions = permissionsIn(path);
  assertEquals(permissions.prompt, false);
  const names = PERMISSION_FLAGS.flatMap((flag) => /^--allow-(\w+)/.exec(flag)?.[1] ?? []);
  for (const name of names) assert(Array.isArray(permissions[`allow_${name}`]), name);
  assertEquals([permissions.allow_ffi, permissions.deny_import], [null, []]);
});

/** The permissions that the executable at `path` is given when it starts. */
function permissionsIn(path: string): Record<string, unknown> {
  const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
  const key = '"permissions":';
  const at = text.lastIndexOf(key) + key.length;
  return JSON.parse(text.slice(at, text.indexOf("}", at) + 1));
}

Deno.test("a base for another system is refused, and nothing of it stays", () => {
  using folder = new TemporaryFolder();
  const bundleDir = `${folder.path}/bundle`;
  const path = `${folder.path}/pls`;
  bundle(bundleDir);
  const { os, arch } = thisTarget();
  const other = TARGETS.find((target) => target.os === os && target.arch !== arch) ?? TARGETS[0];
  const work = () => withVariables(STAND_IN, () => compile(other, { bundleDir, path }));
  assertThrows(work, Error, `not for ${other.triple}: unset DENORT_BIN`);
  assertThrows(() => Deno.statSync(path), Deno.errors.NotFound);
});

Deno.test("without a base it is said where one belongs", () => {
  using folder = new TemporaryFolder();
  const target = thisTarget();
  const bundleDir = `${folder.path}/bundle`;
  bundle(bundleDir);
  // An empty cache, and no way to the network.
  const alone = { DENORT_BIN: undefined, DENO_DIR: folder.path, HTTPS_PROXY: "http://127.0.0.1:9" };
  const failed = withVariables(alone, () => {
    return assertThrows(() => compile(target, { bundleDir, path: `${folder.path}/pls` }), Error);
  });
  assertStringIncludes(failed.message, `no base for ${target.triple}`);
  const archive = `dl/release/v${Deno.version.deno}/denort-${target.triple}.zip`;
  assertStringIncludes(failed.message, archive);
  assertStringIncludes(failed.message, "DENORT_BIN");
});
