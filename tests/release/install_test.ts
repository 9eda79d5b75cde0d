import { install, places, uninstall } from "../../release/install.ts";
import { launcherScript } from "../../release/launcher.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { TemporaryFolder } from "./temporary_folder.ts";

/** Calls the installed `pls`, as a person with an empty home does. */
function call(command: string, home: string, args: readonly string[]) {
  const { code, stdout, stderr } = new Deno.Command(command, {
    args: [...args],
    cwd: home,
    clearEnv: true,
    env: { HOME: home, PATH: Deno.env.get("PATH") ?? "", NO_COLOR: "1" },
  }).outputSync();
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

Deno.test("an installed pls works from anywhere, is replaced, and leaves pools when it goes", () => {
  using folder = new TemporaryFolder();
  const home = folder.path;
  const prefix = `${home}/with a 'blank/.local`;
  const at = install(prefix);
  const sent = call(at.launcher, home, ["feed", "work", "--create", `{"text":"two  words"}`]);
  assertEquals({ code: sent.code, stderr: sent.stderr }, { code: 0, stderr: "" });
  const before = Array.from(Deno.readDirSync(at.home), ({ name }) => name);
  install(prefix);
  const installed = () => Array.from(Deno.readDirSync(at.home), ({ name }) => name);
  assertEquals([before.length, installed().length], [1, 2], "the one before may be running");
  install(prefix);
  assertEquals([installed().length, installed().includes(before[0])], [2, false]);
  const got = call(at.launcher, home, ["fetch", "work", "1"]);
  assertEquals(JSON.parse(got.stdout).data, { text: "two  words" });
  assertEquals(call(at.launcher, home, ["fetch", "work", "7"]).code, 3);
  assertEquals(uninstall(prefix), [at.launcher, at.home]);
  assertThrows(() => uninstall(prefix), Error, `there is no ${at.launcher}`);
  assertThrows(() => Deno.statSync(at.launcher), Deno.errors.NotFound);
  assertThrows(() => Deno.statSync(at.home), Deno.errors.NotFound);
  assertEquals(Deno.statSync(`${home}/.plasmite/pools/work.plasmite`).isFile, true);
});

Deno.test("neither installing nor removing touches a pls of somebody else", () => {
  using folder = new TemporaryFolder();
  const { bin, launcher } = places(folder.path);
  Deno.mkdirSync(bin);
  Deno.writeTextFileSync(launcher, "#!/bin/sh\necho another program\n");
  assertThrows(() => install(folder.path), Error, "is not of this installation");
  assertThrows(() => uninstall(folder.path), Error, "is not of this installation");
  assertStringIncludes(Deno.readTextFileSync(launcher), "another program");
});

Deno.test("the script for Windows quotes each word and ends its lines as Windows does", () => {
  const launch = { deno: "C:/a b/deno.exe", flags: ["--allow-env=A,B"], main: "C:/100%/cli.js" };
  const lines = launcherScript(launch, "windows").split("\r\n");
  assertEquals(lines[0], "@echo off");
  assertStringIncludes(lines[4], `"C:/a b/deno.exe" "run"`);
  assertStringIncludes(lines[4], `"--allow-env=A,B" "C:/100%%/cli.js" %*`);
});
