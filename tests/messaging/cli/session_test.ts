/**
 * Which session a call belongs to: that it is told, else that of its terminal, found in whatever way.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { terminalName } from "../../../cli/messaging/session_id.ts";
import { launcherScript } from "../../../release/launcher.ts";
import { PERMISSION_FLAGS } from "../../../release/permissions.ts";
import { ROOT } from "../../../release/targets.ts";
import { fromFileUrl } from "@std/path/from-file-url";
import { MeshPlace } from "./mesh_place.ts";

/** The sessions that have a current source. */
function sessions(place: MeshPlace): string[] {
  const path = `${place.dir}/home/current.json`;
  return Object.keys(JSON.parse(Deno.readTextFileSync(path))).sort();
}

/** Starts a program with the script `pls`; nothing may go wrong. Returns what is printed. */
async function run(program: string, args: string[], env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, env }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

/** In which every call is one of the shell that makes it, whose process id is its session's. */
const NEW_SESSION = ["--wait", "sh", "-ec"];

const isLinux = Deno.build.os === "linux";

/** For a session that began outside of where the process is: as with `docker run --pid`. */
const CONTAINER = ["--pid", "--fork", "--mount-proc"];

function hasContainers(): boolean {
  if (!isLinux) return false;
  try {
    return new Deno.Command("unshare", { args: [...CONTAINER, "true"] }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test({
  name: "a session is that of POSIX, unless it is told",
  ignore: !isLinux,
  fn: async () => {
    await using place = await MeshPlace.open({});
    // What was meant for another process, or is none, does not count.
    const calls = [
      "echo $$",
      'for told in "" 1:7 $$:7 7 : x:y; do PLS_SID=$told "$0" connect nina; done',
      'PLS_SESSION=mine "$0" connect nina',
    ];
    const args = [...NEW_SESSION, calls.join("\n"), writeScript(place, place.script())];
    const [shell, ...told] = (await run("setsid", args, { PLS_SESSION: "" })).split("\n");
    assertEquals(told, [...Array(7).fill("connected source=nina"), ""]);
    assertEquals(sessions(place), ["mine", `sid-${shell}`]);
  },
});

Deno.test({
  name: "the script of an installed pls finds the session out, without a program to ask",
  ignore: !isLinux,
  fn: async () => {
    await using place = await MeshPlace.open({});
    // Nobody could be asked.
    const flags = PERMISSION_FLAGS.filter((flag) => flag !== "--allow-run");
    const main = fromFileUrl(new URL("cli.ts", ROOT));
    const text = launcherScript({ deno: Deno.execPath(), flags, main })
      .replace("--no-config", "--quiet");
    const env = {
      PLS_SESSION: "",
      PLS_SID: "1:7",
      PLS_DIR: place.pools,
      PLS_HOME: `${place.dir}/home`,
      PLS_CONFIG: `${place.dir}/config.jsonc`,
    };
    const args = [...NEW_SESSION, 'echo $$; "$0" connect nina', writeScript(place, text)];
    const shells = [];
    for (let session = 0; session < 2; session++) {
      const [shell] = (await run("setsid", args, env)).split("\n");
      shells.push(`sid-${shell}`);
    }
    assertEquals(sessions(place), shells.sort());
  },
});

Deno.test({
  name: "a session without an id and a terminal is that of all that have none",
  ignore: !hasContainers(),
  fn: async () => {
    await using place = await MeshPlace.open({});
    const script = writeScript(place, place.script());
    const args = ["--wait", "unshare", ...CONTAINER, script, "connect", "nina"];
    await run("setsid", args, { PLS_SESSION: "" });
    assertEquals(sessions(place), ["default"]);
  },
});

function writeScript(place: MeshPlace, text: string): string {
  const path = `${place.dir}/pls`;
  Deno.writeTextFileSync(path, text, { mode: 0o755 });
  return path;
}

Deno.test("without an id of a session it is the name of the terminal", () => {
  assertEquals(terminalName("pts/3"), "pts-3");
  assertEquals(terminalName("/dev/ttys004"), "ttys004");
  for (const none of ["", "?", "??", "-"]) assertEquals(terminalName(none), undefined);
});
