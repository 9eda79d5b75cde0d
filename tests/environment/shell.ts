/**
 * Runs shell lines in which `pls` is the real one: for limits, redirections, namespaces
 * and users, which are set by what starts a process.
 *
 * What a machine may not let a test do (mounts, other users) is tried first. A test that
 * needs it is skipped with the reason where that is refused.
 *
 * @module
 */

import { denoArguments, type Outcome, type Place, within } from "../cli/pls.ts";

/** Environment variables of a call; undefined for one that is not to be there. */
export type Variables = Record<string, string | undefined>;

/**
 * Runs `line` with `sh` in the directory of `place`; `$deno` is Deno.
 *
 * @param variables Environment variables beside those that every call gets.
 */
export async function shell(
  place: Place,
  line: string,
  variables: Variables = {},
): Promise<Outcome> {
  installPls(place);
  const given = {
    PATH: `${place.dir}:${Deno.env.get("PATH")}`,
    HOME: Deno.env.get("HOME"),
    DENO_DIR: Deno.env.get("DENO_DIR"),
    deno: Deno.execPath(),
    PLS_DIR: place.pools,
    PLS_CONFIG: `${place.dir}/config.jsonc`,
    ...variables,
  };
  const env = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const options = { cwd: place.dir, clearEnv: true, env, stdin: "null" } as const;
  const { code, stdout, stderr } = await within(
    `the end of ${line}`,
    new Deno.Command("sh", { ...options, args: ["-c", line] }).output(),
  );
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Once: a script that runs can't be written. */
function installPls(place: Place): void {
  const words = denoArguments([]).map(quoted).join(" ");
  const script = `#!/bin/sh\nexec ${quoted(Deno.execPath())} ${words} "$@"\n`;
  try {
    Deno.writeTextFileSync(`${place.dir}/pls`, script, { mode: 0o755, createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** `word` as the shell reads it back. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What to put before a command so that it may mount, as root of a namespace of its own. */
export const IN_NAMESPACE = "unshare --user --map-root-user --mount";

/** What to put before a command so that file modes bind it: nothing, unless root runs it. */
export const BOUND_BY_MODES = Deno.build.os !== "windows" && Deno.uid() === 0
  ? "setpriv --bounding-set=-dac_override,-dac_read_search"
  : "";

/** Why `line` can't be run here, in an empty directory; undefined when it can, as trying shows. */
export function reasonNotToRun(line: string): string | undefined {
  if (Deno.build.os !== "linux") return "it is a test for Linux";
  const cwd = Deno.makeTempDirSync();
  const { success, stderr } = new Deno.Command("sh", { args: ["-c", line], cwd }).outputSync();
  Deno.removeSync(cwd, { recursive: true });
  return success ? undefined : `the machine refuses: ${new TextDecoder().decode(stderr).trim()}`;
}

/** Defines a test that is skipped, and says why, when there is a reason. */
export function testUnless(
  reason: string | undefined,
  name: string,
  fn: () => Promise<void> | void,
): void {
  if (reason !== undefined) console.log(`skipped: ${name}: ${reason}`);
  Deno.test({ name, ignore: reason !== undefined, fn });
}
