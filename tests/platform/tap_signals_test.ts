/**
 * Signals while a command is tapped: passed on where nobody else does, and left to the
 * console where it tells every program by itself.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { signalRulesOf } from "../../cli/tap/child.ts";
import { Transcript } from "../process/child.ts";

const ignore = Deno.build.os === "windows";
const TAPPING = new URL("tapping.ts", import.meta.url).href;
/** Says `up` and waits for a line; ends with 9 on SIGINT. */
const LINE = 'trap "echo interrupted; exit 9" INT; echo up; read line; echo "got $line"';

/** What becomes of a command tapped as on `os` when the process that taps alone gets SIGINT. */
async function interrupted(os: string): Promise<unknown> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-run=sh", TAPPING, os, "sh", "-c", LINE],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  try {
    const stdout = new Transcript(process.stdout);
    await stdout.until((text) => text.includes("ready\n"), "readiness");
    process.kill("SIGINT");
    await stdout.until((text) => text.includes("signalled\n"), "the signal");
    const input = process.stdin.getWriter();
    await input.write(new TextEncoder().encode("a line\n")).catch(() => {});
    await input.close().catch(() => {});
    const end = await stdout.until((text) => text.endsWith("}\n"), "an end");
    return JSON.parse(end.slice(end.indexOf("{")));
  } finally {
    process.kill("SIGKILL");
    await process.status;
  }
}

Deno.test({
  name: "a tapped command gets SIGINT from pls",
  ignore,
  async fn() {
    const said = "up\ninterrupted\n";
    assertEquals(await interrupted("linux"), { said, exitCode: 9 });
    assertEquals(await interrupted("darwin"), { said, exitCode: 9 });
  },
});

Deno.test({
  name: "on Windows a tapped command is not ended by pls when the console interrupts both",
  ignore,
  async fn() {
    assertEquals(await interrupted("windows"), { said: "up\ngot a line\n", exitCode: 0 });
  },
});

Deno.test("on Windows only signals are taken that its consoles send", () => {
  assertEquals(signalRulesOf("windows").taken, ["SIGINT", "SIGBREAK"]);
});
