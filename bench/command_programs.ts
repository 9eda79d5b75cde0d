/**
 * The programs that are measured, as commands that others add arguments to.
 *
 * @module
 */

import { bundle, bundleMain } from "../release/bundle.ts";
import { PERMISSION_FLAGS } from "../release/permissions.ts";
import type { Command } from "./command_process.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const RUN = [Deno.execPath(), "run", "--quiet", ...PERMISSION_FLAGS];

/** `pls` from source. */
export const SOURCE_PLS: Command = [...RUN, `${ROOT}cli.ts`];

/** `pls` bundled into `dir`, as people get it. */
export function bundlePls(dir: string): Command {
  bundle(dir);
  return [...RUN, "--no-config", bundleMain(dir)];
}

/** What keeps the configuration of whoever measures out of the pools in `dir`. */
export function plsEnvironment(dir: string): Record<string, string> {
  return { PLS_DIR: dir, PLS_CONFIG: `${dir}/config.jsonc`, NO_COLOR: "1" };
}

/** One of `programs/`, from source as a script of the library is. */
export function libraryProgram(name: string): Command {
  return [...RUN, `${ROOT}bench/programs/${name}`];
}

/** Deno with a script that does nothing, made in `dir`: the floor of all of ours. */
export function emptyProgram(dir: string, text = ""): Command {
  const path = `${dir}/empty.js`;
  Deno.writeTextFileSync(path, text);
  return [Deno.execPath(), "run", path];
}

/** Upstream's `plasmite`; undefined, and said so, when it is not on PATH. */
export function upstreamPlasmite(): Command | undefined {
  return findPeer("plasmite");
}

/** An executable on PATH; undefined, and said so, when there is none. */
export function findPeer(name: string): Command | undefined {
  try {
    new Deno.Command(name, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync();
    return [name];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error(`${name} is not installed, and left out`);
    return undefined;
  }
}
