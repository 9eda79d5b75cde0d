/**
 * The ways in which `pls` is started: from source, from the bundle, compiled. What is promised
 * of `pls` is promised of each.
 *
 * It runs in a home of its own outside the project, where no configuration of Deno's is found,
 * with nothing else in its environment.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { bundle, bundleMain } from "../../release/bundle.ts";
import { thisTarget } from "../../release/compile.ts";
import { Project } from "../../release/project.ts";
import { PERMISSION_FLAGS } from "../../release/permissions.ts";
import { ROOT } from "../../release/targets.ts";
import config from "../../deno.json" with { type: "json" };
import type { Launch } from "../cli/pls.ts";

/** One way to start `pls`. */
export interface Way extends Launch {
  /** What it is called in the names of tests. */
  readonly name: string;
  /** Why it can't be tried here. */
  readonly reasonToIgnore?: string;
}

const IN_HOME = { clearEnv: true, pools: ".plasmite/pools" } as const;

/** Where the bundle is for this run; it is made when it is first asked for. */
let bundled: string | undefined;

function bundleDir(): string {
  if (bundled !== undefined) return bundled;
  const parent = Deno.makeTempDirSync({ prefix: "pls-bundle-" });
  addEventListener("unload", () => Deno.removeSync(parent, { recursive: true }));
  bundled = `${parent}/bundle`;
  bundle(bundled);
  return bundled;
}

/** All that a program has to have in its environment. */
function bareEnvironment(home: string): Record<string, string> {
  return { HOME: home, PATH: Deno.env.get("PATH") ?? "" };
}

/** From source. The packages it imports are those that Deno keeps for whoever runs the tests. */
export const SOURCE: Way = {
  ...IN_HOME,
  name: "from source",
  program: Deno.execPath(),
  argumentsFor: (args) => {
    const main = fromFileUrl(new URL("cli.ts", ROOT));
    return ["run", "--quiet", ...PERMISSION_FLAGS, main, ...args];
  },
  environment: (home) => ({ ...bareEnvironment(home), DENO_DIR: denoDirectory() }),
};

/**
 * From the bundle, with `flags` for a call of `args`. Deno's cache is an empty one: everything
 * has to be in the bundle.
 */
export function bundledWay(
  name: string,
  flags: (args: readonly string[]) => readonly string[],
): Way {
  return {
    ...IN_HOME,
    name,
    program: Deno.execPath(),
    argumentsFor: (args) => {
      return ["run", "--quiet", "--no-config", ...flags(args), bundleMain(bundleDir()), ...args];
    },
    environment: (home) => ({ ...bareEnvironment(home), DENO_DIR: `${bundleDir()}/../cache` }),
  };
}

/** The executable for this machine, if there is one. */
function compiledWay(): Way {
  const program = fromFileUrl(new Project().executable(thisTarget()));
  return {
    ...IN_HOME,
    name: "compiled",
    program,
    argumentsFor: (args) => [...args],
    environment: bareEnvironment,
    reasonToIgnore: runs(program) ? undefined : `no executable that runs at ${program}: ` +
      "`deno task compile` makes one where the denort base can be downloaded",
  };
}

/** Whether the program at `path` says that it is this version of `pls`. */
function runs(path: string): boolean {
  try {
    const { stdout } = new Deno.Command(path, { args: ["--version"] }).outputSync();
    return new TextDecoder().decode(stdout).startsWith(`pls ${config.version}`);
  } catch {
    return false;
  }
}

let denoDir: string | undefined;

function denoDirectory(): string {
  if (denoDir !== undefined) return denoDir;
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  denoDir = String(JSON.parse(new TextDecoder().decode(stdout)).denoDir);
  return denoDir;
}

/** All of them. */
export const WAYS: readonly Way[] = [
  SOURCE,
  bundledWay("from the bundle", () => PERMISSION_FLAGS),
  compiledWay(),
];

/** Those that can be tried here. */
export const USABLE_WAYS: readonly Way[] = WAYS.filter((way) => way.reasonToIgnore === undefined);
