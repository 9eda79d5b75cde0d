/**
 * `release/install.ps1` installs what a server gives it, or nothing: run for real on Windows,
 * against a real HTTP server. Deno's own executable stands for `pls`: it says its version, too.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path/from-file-url";
import { archiveName, SUMS_NAME } from "../../release/project.ts";
import { TARGETS } from "../../release/targets.ts";
import { testUnless } from "../environment/shell.ts";
import { ServedRelease } from "./served_release.ts";

const SCRIPT = fromFileUrl(new URL("../../release/install.ps1", import.meta.url));
const WINDOWS = TARGETS.filter(({ os }) => os === "windows");
const NOT_WINDOWS = Deno.build.os === "windows" ? undefined : "it is a test for Windows";

/** Runs the script, with what it installs going to `directory`. */
async function install(served: ServedRelease, directory: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command("powershell", {
    args: ["-NoProfile", "-ExecutionPolicy", "Bypass", "-File", SCRIPT, ...args],
    env: { PLS_BASE_URL: served.url, PLS_INSTALL_DIR: directory },
  }).output();
  const text = new TextDecoder();
  return { code, output: text.decode(stdout) + text.decode(stderr) };
}

/** A release of this Deno, and a directory for it that is not there yet. */
async function open() {
  const served = new ServedRelease();
  await served.add("/latest/download", Deno.readFileSync(Deno.execPath()), WINDOWS);
  const root = Deno.makeTempDirSync({ prefix: "pls-test-" });
  return {
    served,
    directory: `${root}\\bin`,
    leftovers: () => [...Deno.readDirSync(root)].map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      Deno.removeSync(root, { recursive: true });
    },
  };
}

testUnless(NOT_WINDOWS, "install.ps1 installs, replaces and removes", async () => {
  await using place = await open();
  for (let round = 1; round <= 2; round++) {
    const { code, output } = await install(place.served, place.directory);
    assertEquals(code, 0, output);
    assertStringIncludes(output, `installed deno ${Deno.version.deno}`);
    assertEquals([...Deno.readDirSync(place.directory)].map(({ name }) => name), ["pls.exe"]);
  }
  const { code, output } = await install(place.served, place.directory, "-Uninstall");
  assertEquals(code, 0, output);
  assertEquals([...Deno.readDirSync(place.directory)], []);
});

testUnless(NOT_WINDOWS, "install.ps1 refuses what is not what the sums say", async () => {
  await using place = await open();
  const [{ triple }] = WINDOWS;
  place.served.files.set(
    `/latest/download/${SUMS_NAME}`,
    `${"0".repeat(64)}  ${archiveName({ triple })}\n`,
  );
  const { code, output } = await install(place.served, place.directory);
  assert(code !== 0, output);
  // PowerShell breaks long lines anywhere.
  assertStringIncludes(output.replaceAll(/\s+/g, " "), "is damaged or was changed");
  assertEquals(place.leftovers(), []);
});
