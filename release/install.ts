/**
 * Puts a `pls` that works into somebody's home, with nothing but the Deno that runs this: the
 * bundle, that Deno itself (the one of `npx` goes when its cache is emptied), and a small
 * script on the PATH that starts the one with the other.
 *
 * `install.ts [--prefix DIR]` installs, `install.ts --uninstall [--prefix DIR]` removes.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { resolve } from "@std/path/resolve";
import { bundle, bundleMain } from "./bundle.ts";
import { isLauncher, launcherScript } from "./launcher.ts";
import { PERMISSION_FLAGS } from "./permissions.ts";
import { removeIfThere } from "./remove_if_there.ts";

const IS_WINDOWS = Deno.build.os === "windows";

/** Where things go below a prefix. */
export interface Places {
  /** The folder that holds bundle and Deno, and nothing of anybody else. */
  home: string;
  /** The script that people call. */
  launcher: string;
  /** The folder that should be on the PATH. */
  bin: string;
}

/** Where things go below `prefix`. */
export function places(prefix: string): Places {
  const bin = `${prefix}/bin`;
  const name = IS_WINDOWS ? "pls.cmd" : "pls";
  return { bin, launcher: `${bin}/${name}`, home: `${prefix}/lib/pls` };
}

/** Installs `pls` below `prefix`, over one that is there. */
export function install(prefix: string): Places {
  const at = places(prefix);
  refuseForeign(at);
  const older = programsIn(at.home);
  const fresh = `${at.home}/${crypto.randomUUID().slice(0, 8)}`;
  try {
    Deno.mkdirSync(fresh, { recursive: true });
    makeProgram(fresh, at);
  } catch (error) {
    removeIfThere(fresh);
    throw error;
  }
  // The newest of the others stays: a pls that runs loads parts of what it was started from later.
  for (const path of older.slice(1)) removeOld(path);
  return at;
}

/** What installations have put into the folder `home`, the newest first. */
function programsIn(home: string): string[] {
  const changedMs = (path: string) => Deno.statSync(path).mtime?.getTime() ?? 0;
  return namesIn(home).map((name) => `${home}/${name}`)
    .sort((a, b) => changedMs(b) - changedMs(a));
}

/** What is in the folder `path`; nothing when there is none. */
function namesIn(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Fills the folder `fresh`, and has the script on the PATH start what is in it. */
function makeProgram(fresh: string, at: Places): void {
  const bundleDir = `${fresh}/bundle`;
  const deno = `${fresh}/${IS_WINDOWS ? "deno.exe" : "deno"}`;
  bundle(bundleDir);
  linkOrCopy(Deno.execPath(), deno);
  const script = launcherScript({ deno, flags: PERMISSION_FLAGS, main: bundleMain(bundleDir) });
  Deno.mkdirSync(at.bin, { recursive: true });
  const draft = `${at.launcher}.new`;
  Deno.writeTextFileSync(draft, script, { mode: 0o755 });
  Deno.renameSync(draft, at.launcher);
}

/** Removes what another installation has left. */
function removeOld(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    // Windows keeps a program that is running; the next installation removes it.
    if (!IS_WINDOWS) throw error;
  }
}

/**
 * Removes what {@linkcode install} made below `prefix`, and returns the paths of that; pools and
 * settings stay.
 *
 * @throws {Error} when nothing is there.
 */
export function uninstall(prefix: string): string[] {
  const at = places(prefix);
  refuseForeign(at);
  const removed = [at.launcher, at.home].filter(removeIfThere);
  if (removed.length > 0) return removed;
  throw new Error(`there is no ${at.launcher}: say where it is with --prefix DIR`);
}

/** Fails when there is anything in the places that no installation of ours has made. */
function refuseForeign({ launcher, home }: Places): void {
  if (!isOursOrFree(launcher)) throw foreign(launcher);
  const other = namesIn(home).find((name) => !/^[0-9a-f]{8}$/.test(name));
  if (other !== undefined) throw foreign(`${home}/${other}`);
}

function isOursOrFree(launcher: string): boolean {
  try {
    return isLauncher(Deno.readTextFileSync(launcher));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    if (error instanceof Deno.errors.IsADirectory) return false;
    throw error;
  }
}

function foreign(path: string): Error {
  return new Error(`${path} is not of this installation: move it away, or choose --prefix DIR`);
}

/** A second name for the file where the file system allows it, since it is large. */
function linkOrCopy(from: string, to: string): void {
  try {
    Deno.linkSync(from, to);
  } catch {
    Deno.copyFileSync(from, to);
  }
}

/** The prefix that `--prefix` names, seen from where the task was called; or `~/.local`. */
function chosenPrefix(given: unknown): string {
  if (given === "") throw new Error("--prefix needs a folder");
  if (typeof given === "string") {
    return withSlashes(resolve(Deno.env.get("INIT_CWD") ?? ".", given));
  }
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  if (home === undefined) throw new Error("HOME is not set: say where with --prefix DIR");
  return `${withSlashes(home)}/.local`;
}

/** A path of Windows with the slashes that all systems take. */
function withSlashes(path: string): string {
  return IS_WINDOWS ? path.replaceAll("\\", "/") : path;
}

/** What to do so that commands are looked for in `bin`; undefined when they are. */
function pathAdvice(bin: string): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(IS_WINDOWS ? ";" : ":");
  const plain = (path: string) => IS_WINDOWS ? withSlashes(path).toLowerCase() : path;
  if (folders.some((folder) => plain(resolve(folder)) === plain(bin))) return undefined;
  return IS_WINDOWS
    ? `Add ${bin} to Path in the environment variables of your account.`
    : `Put it on your PATH: export PATH="${bin}:$PATH"`;
}

if (import.meta.main) {
  const unknown = (word: string) => {
    throw new Error(`${word} is neither --prefix DIR nor --uninstall`);
  };
  try {
    const flags = parseArgs(Deno.args, { string: ["prefix"], boolean: ["uninstall"], unknown });
    const prefix = chosenPrefix(flags.prefix);
    if (flags.uninstall) {
      const removed = uninstall(prefix).join(" and ");
      console.log(`removed ${removed}; pools and settings stay in ~/.plasmite`);
    } else {
      const at = install(prefix);
      console.log(`installed ${at.launcher}`);
      const advice = pathAdvice(at.bin);
      if (advice !== undefined) console.log(advice);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  }
}
