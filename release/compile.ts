/**
 * Makes executables out of the bundle: `compile.ts` one for this machine, `compile.ts --all`
 * one for each target, `compile.ts TRIPLE...` those.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { bundle, BUNDLE_DIR, bundleMain } from "./bundle.ts";
import { systemOfFile } from "./executable_format.ts";
import { PERMISSION_FLAGS } from "./permissions.ts";
import { Project } from "./project.ts";
import { ROOT, type Target, TARGETS } from "./targets.ts";

/** What was made. */
export interface Compiled {
  /** Where the executable is. */
  path: string;
  /** Its size in bytes. */
  fileBytes: number;
  /** The names of the files in it. */
  embedded: string[];
  /** Bytes in it that are not Deno's, as the compiler tells them, such as `844.09KB`. */
  payload: string;
}

/** What {@linkcode compile} takes and where it puts it. */
export interface CompileOptions {
  /** The folder of the bundle. Default `dist/bundle`. */
  bundleDir?: string;
  /** The executable. Default that of `dist/`. */
  path?: string;
}

/**
 * Compiles a bundle for `target`: puts it into the base program that the environment variable
 * `DENORT_BIN` names, or else into the one that Deno has downloaded.
 *
 * @throws {Error} that says what to do when there is no base, or one of another system.
 */
export function compile(target: Target, options: CompileOptions = {}): Compiled {
  const { bundleDir = BUNDLE_DIR, path = fromFileUrl(new Project().executable(target)) } = options;
  const args = [
    "compile",
    // All of it is in the bundle: nothing is resolved, and no configuration counts.
    "--no-config",
    ...PERMISSION_FLAGS,
    // Else some hosts that code may come from are let in.
    "--deny-import",
    `--target=${target.triple}`,
    // None of them is found by looking at the one that is run.
    ...partsOf(bundleDir).map((path) => `--include=${path}`),
    `--output=${path}`,
    bundleMain(bundleDir),
  ];
  const env = { NO_COLOR: "1" };
  const { success, stderr } = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env })
    .outputSync();
  const report = new TextDecoder().decode(stderr);
  if (!success) throw failure(target, report);
  const base = systemOfFile(path);
  if (base?.os !== target.os || base.arch !== target.arch) {
    Deno.removeSync(path);
    throw new Error(
      `the base is not for ${target.triple}: unset DENORT_BIN, or let it name the program denort ` +
        "of that system",
    );
  }
  return {
    path,
    fileBytes: Deno.statSync(path).size,
    embedded: [...report.matchAll(/[├└]── (\S+) \(/g)].map(([, name]) => name),
    payload: /^Files: (\S+)/m.exec(report)?.[1] ?? "an unknown size",
  };
}

/** The modules of a bundle but the one that is run. */
function partsOf(dir: string): string[] {
  return Array.from(Deno.readDirSync(dir), ({ name }) => `${dir}/${name}`)
    .filter((path) => path !== bundleMain(dir));
}

/** What stopped the compiler, and what to do about it. */
function failure({ triple }: Target, report: string): Error {
  const url = /https:\S+\/denort-\S+?\.zip/.exec(report)?.[0];
  if (url === undefined) {
    return new Error(`deno compile failed for ${triple}: ${report.slice(report.indexOf("error"))}`);
  }
  const cached = `dl/${url.slice(url.indexOf("release/"))}`;
  return new Error(
    `no base for ${triple}: ${url} can't be downloaded.\n` +
      `Put that archive at ${cached} in Deno's cache (\`deno info\` shows where DENO_DIR is), or ` +
      "name the program denort that is in it in the environment variable DENORT_BIN.",
  );
}

/** The target that this machine is. */
export function thisTarget(): Target {
  const { os, arch } = Deno.build;
  const found = TARGETS.find((target) => target.os === os && target.arch === arch);
  if (found === undefined) throw new Error(`there is no target for ${os} on ${arch}`);
  return found;
}

function chosenTargets(args: readonly string[]): readonly Target[] {
  if (args.length === 0) return [thisTarget()];
  if (args.length === 1 && args[0] === "--all") return TARGETS;
  return args.map((triple) => {
    const found = TARGETS.find((target) => target.triple === triple);
    if (found !== undefined) return found;
    const known = TARGETS.map((target) => target.triple).join(", ");
    throw new Error(`no target is called ${triple}; there are ${known}, and --all`);
  });
}

if (import.meta.main) {
  try {
    const targets = chosenTargets(Deno.args);
    bundle();
    for (const target of targets) {
      const { path, fileBytes, payload } = compile(target);
      const size = `${(fileBytes / 2 ** 20).toFixed(1)} MiB, of which ${payload} are ours`;
      console.log(`made ${path}: ${size}`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
