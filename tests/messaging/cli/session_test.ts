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

/** The session of this process and of all that it starts without another one. */
async function ownSession(): Promise<string> {
  const args = ["-d", " ", "-f", "6", "/proc/self/stat"];
  const { stdout } = await new Deno.Command("cut", { args }).output();
  return `sid-${new TextDecoder().decode(stdout).trim()}`;
}

/** The sessions that have a current source. */
function sessions(place: MeshPlace): string[] {
  const path = `${place.dir}/home/current.json`;
  return Object.keys(JSON.parse(Deno.readTextFileSync(path))).sort();
}

const isLinux = Deno.build.os === "linux";

Deno.test({
  name: "a session is that of POSIX, whoever finds it out",
  ignore: !isLinux,
  fn: async () => {
    await using place = await MeshPlace.open({});
    const own = await ownSession();
    const told = (PLS_SID: string) => ({ env: { PLS_SESSION: "", PLS_SID } });
    const expected = { out: "connected source=nina\n" };
    await place.does(["connect", "nina"], expected, told(""));
    assertEquals(sessions(place), [own]);
    // What was meant for another process, or is none, does not count.
    for (const stale of ["1:7", `${Deno.pid}:7`, "7", ":", "x:y"]) {
      await place.does(["connect", "nina"], expected, told(stale));
    }
    assertEquals(sessions(place), [own]);
    await place.does(["connect", "nina"], expected, { env: { PLS_SESSION: "mine" } });
    assertEquals(sessions(place), ["mine", own].sort());
  },
});

Deno.test({
  name: "the script of an installed pls finds the session out, without a program to ask",
  ignore: !isLinux,
  fn: async () => {
    await using place = await MeshPlace.open({});
    const script = `${place.dir}/pls`;
    // Nobody could be asked.
    const flags = PERMISSION_FLAGS.filter((flag) => flag !== "--allow-run");
    const main = fromFileUrl(new URL("cli.ts", ROOT));
    const text = launcherScript({ deno: Deno.execPath(), flags, main })
      .replace("--no-config", "--quiet");
    Deno.writeTextFileSync(script, text, { mode: 0o755 });
    const env = {
      PLS_SESSION: "",
      PLS_SID: "1:7",
      PLS_DIR: place.pools,
      PLS_HOME: `${place.dir}/home`,
      PLS_CONFIG: `${place.dir}/config.jsonc`,
    };
    const call = async (program: string, args: string[]) => {
      const { code, stderr } = await new Deno.Command(program, { args, env }).output();
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    };
    await call(script, ["connect", "nina"]);
    assertEquals(sessions(place), [await ownSession()]);
    await call("setsid", ["--wait", script, "connect", "nina"]);
    assertEquals(sessions(place).length, 2);
  },
});

Deno.test("without an id of a session it is the name of the terminal", () => {
  assertEquals(terminalName("pts/3"), "pts-3");
  assertEquals(terminalName("/dev/ttys004"), "ttys004");
  for (const none of ["", "?", "??", "-"]) assertEquals(terminalName(none), undefined);
});
