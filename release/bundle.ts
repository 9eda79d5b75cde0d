/**
 * Makes `dist/bundle`: `pls` as JavaScript without the types, the comments and the packages'
 * other files, in parts that are loaded when a command needs them. `deno run` starts it, and
 * executables are made from it.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { denoOutput } from "./deno_output.ts";
import { removeIfThere } from "./remove_if_there.ts";
import { DIST, ROOT } from "./targets.ts";

/** What stands in the code where the commit belongs: see `cli/version.ts`. */
const STAMP = "@commit@";
/** What the bundler puts into a module that all others import, for packages that `require`. */
const REQUIRE =
  /import \{ createRequire as (\w+) \} from "node:module";\nvar (\w+) = \1\(import\.meta\.url\);/;
/** Digits of a commit that are shown. */
const COMMIT_DIGITS = 12;

/** Where {@linkcode bundle} puts it, unless told otherwise. */
export const BUNDLE_DIR: string = fromFileUrl(new URL("bundle", DIST));

/** The module of the bundle in `dir` that is run. */
export function bundleMain(dir: string): string {
  return `${dir}/cli.js`;
}

/** The module of the bundle in `dir` that no other imports: that of a thread. */
export function bundleWorker(dir: string): string {
  return `${dir}/where_worker.js`;
}

/** Bundles `pls` into `dir`, which is emptied before. Throws what the bundler says. */
export function bundle(dir: string = BUNDLE_DIR): void {
  removeIfThere(dir);
  // Not minified: esbuild 0.25.5, which Deno 2.9 bundles with, puts the value of a `using` that is
  // used once in place of its name and so never disposes of it (evanw/esbuild#4482).
  const options = ["--quiet", "--platform", "deno"];
  denoOutput(["bundle", ...options, "--code-splitting", "--outdir", dir, "cli.ts"]);
  // By itself: it has to lie beside the code that starts it.
  denoOutput(["bundle", ...options, "--output", bundleWorker(dir), "server/where_worker.ts"]);
  requireLazily(dir);
  importLazily(dir);
  stamp(dir, commit());
}

/** The commit that is checked out, with `-dirty` when files differ; undefined without git. */
function commit(): string | undefined {
  const digits = git(["rev-parse", `--short=${COMMIT_DIGITS}`, "HEAD"]);
  if (digits === undefined) return undefined;
  return git(["status", "--porcelain", "--untracked-files=no"]) === "" ? digits : `${digits}-dirty`;
}

function git(args: string[]): string | undefined {
  try {
    const { success, stdout } = new Deno.Command("git", { args, cwd: ROOT }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Has packages get modules of Node's when they ask for them: the bundler's own `require` loads
 * `node:module` with every command, which takes it about half as long again to start.
 */
function requireLazily(dir: string): void {
  const path = moduleWith(dir, REQUIRE);
  const text = Deno.readTextFileSync(path);
  Deno.writeTextFileSync(path, text.replace(REQUIRE, "var $2=n=>process.getBuiltinModule(n);"));
}

/**
 * Has Deno read a part when it is asked for: what it can tell from the code that a program may
 * import later, it reads and looks through before the program starts, for every command all of it.
 */
function importLazily(dir: string): void {
  for (const { name } of Deno.readDirSync(dir)) {
    const text = Deno.readTextFileSync(`${dir}/${name}`);
    const lazy = text.replaceAll(/\bimport\(("\.\/[^"]+")\)/g, "importPart($1)");
    if (lazy === text) continue;
    Deno.writeTextFileSync(`${dir}/${name}`, `const importPart = (path) => import(path);\n${lazy}`);
  }
}

/** Writes the commit into the one module that tells it. */
function stamp(dir: string, commit: string | undefined): void {
  const path = moduleWith(dir, new RegExp(STAMP));
  if (commit === undefined) return;
  Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(STAMP, commit));
}

/** The module in `dir` that `pattern` is found in. */
function moduleWith(dir: string, pattern: RegExp): string {
  const paths = Array.from(Deno.readDirSync(dir), ({ name }) => `${dir}/${name}`);
  const found = paths.filter((path) => pattern.test(Deno.readTextFileSync(path)));
  if (found.length === 1) return found[0];
  throw new Error(`${pattern} is found in ${found.length} modules, not in 1`);
}

if (import.meta.main) {
  bundle();
  console.log(`made ${bundleMain(BUNDLE_DIR)}`);
}
