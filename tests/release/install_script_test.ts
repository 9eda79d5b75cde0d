/**
 * `release/install.sh` installs what a server gives it, and removes it again: in every shell there
 * is here.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { packArchive } from "../../release/archive.ts";
import { archiveName } from "../../release/project.ts";
import { TARGETS } from "../../release/targets.ts";
import {
  ARCHIVE,
  assertRefused,
  Machine,
  pathOf,
  release,
  SCRIPT,
  standIn,
  testScript,
  versionOf,
} from "./install_machine.ts";

const SHELLS = [["sh"], ["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"]];

for (const shell of SHELLS.filter(([command]) => pathOf(command) !== undefined)) {
  testScript(`${shell.join(" ")}: installs the latest release, and nothing else`, async () => {
    await using served = await release();
    using machine = new Machine();
    const { code, stderr } = await machine.install(served, { shell });
    assertEquals(code, 0, stderr);
    assertEquals(versionOf(machine.installed), "pls 1.2.3\n");
    assertEquals(Deno.statSync(machine.installed).mode! & 0o777, 0o755);
    assertEquals(machine.leftovers(), [
      `${machine.home}/.local`,
      `${machine.home}/.local/bin`,
      machine.installed,
    ]);
    assertStringIncludes(stderr, `installed pls 1.2.3 as ${machine.installed}`);
  });

  testScript(`${shell.join(" ")}: refuses an archive that was changed`, async () => {
    await using served = await release();
    using machine = new Machine();
    const other = await packArchive([{ name: "pls", mode: 0o755, bytes: standIn("6.6.6") }]);
    served.files.set(`/latest/download/${ARCHIVE}`, other);
    const outcome = await machine.install(served, { shell });
    assertRefused(machine, outcome, `${ARCHIVE} is damaged or was changed: its SHA-256 is `);
  });
}

for (const downloader of ["curl", "wget"]) {
  for (const summer of ["sha256sum", "shasum", "openssl"]) {
    const name = `${downloader} and ${summer} will do`;
    const absent = [downloader, summer].filter((tool) => pathOf(tool) === undefined);
    if (absent.length > 0) {
      console.log(`skipped: ${name}: no ${absent.join(" and ")} here`);
      continue;
    }
    testScript(`${name}, for a right sum and a wrong one`, async () => {
      await using served = await release();
      using machine = new Machine([downloader, summer]);
      const { code, stderr } = await machine.install(served);
      assertEquals(code, 0, stderr);
      using other = new Machine([downloader, summer]);
      served.files.set(`/latest/download/${ARCHIVE}`, "not it");
      assertRefused(other, await other.install(served), "is damaged or was changed");
    });
  }
}

testScript("a pipe into sh works, with options", async () => {
  await using served = await release();
  await served.add("/download/v1.0.0", standIn("1.0.0"));
  using machine = new Machine();
  const env = { PLS_BASE_URL: served.url, PATH: `${machine.home}/../bin:/bin:/usr/bin` };
  const line = 'cat "$0" | sh -s -- --version 1.0.0';
  await using child = machine.start("sh", ["-c", line, SCRIPT], env);
  assertEquals(await child.exit(), 0, child.stderr.text);
  assertEquals(versionOf(machine.installed), "pls 1.0.0\n");
});

for (const given of [["--version", "1.0.0"], ["--version=v1.0.0"], []]) {
  const env: Record<string, string> = given.length === 0 ? { PLS_VERSION: "1.0.0" } : {};
  testScript(`another release is installed with ${given.join(" ") || "PLS_VERSION"}`, async () => {
    await using served = await release();
    await served.add("/download/v1.0.0", standIn("1.0.0"));
    using machine = new Machine();
    const { code, stderr } = await machine.install(served, { args: given, env });
    assertEquals(code, 0, stderr);
    assertEquals(versionOf(machine.installed), "pls 1.0.0\n");
  });
}

testScript("each system gets its own archive", async () => {
  const machines: [string, string, string][] = [
    ["Linux", "x86_64", "x86_64-unknown-linux-gnu"],
    ["Linux", "aarch64", "aarch64-unknown-linux-gnu"],
    ["Darwin", "x86_64", "x86_64-apple-darwin"],
    ["Darwin", "arm64", "aarch64-apple-darwin"],
  ];
  const unixes = TARGETS.filter(({ os }) => os !== "windows").map(({ triple }) => triple);
  assertEquals(machines.map(([, , triple]) => triple), unixes);
  for (const [system, processor, triple] of machines) {
    await using served = await release();
    using machine = new Machine();
    machine.is(system, processor);
    const { code, stderr } = await machine.install(served);
    assertEquals(code, 0, stderr);
    assertEquals(served.asked.at(-1), `/latest/download/${archiveName({ triple })}`);
  }
});

testScript("a translated shell on Apple's processors gets the archive for these", async () => {
  await using served = await release();
  using machine = new Machine();
  machine.is("Darwin", "x86_64");
  machine.program("sysctl", '[ "$*" = "-n hw.optional.arm64" ] && echo 1');
  assertEquals((await machine.install(served)).code, 0);
  assertEquals(served.asked.at(-1), "/latest/download/pls-aarch64-apple-darwin.tar.gz");
});

testScript(
  "PLS_INSTALL_DIR is where it goes, blanks and all, and an older one is replaced",
  async () => {
    await using served = await release();
    await served.add("/download/v1.3.0", standIn("1.3.0"));
    using machine = new Machine();
    const env = { PLS_INSTALL_DIR: `${machine.home}/my programs` };
    assertEquals((await machine.install(served, { env })).code, 0);
    const { code, stderr } = await machine.install(served, { env, args: ["--version", "1.3.0"] });
    assertEquals(code, 0, stderr);
    assertEquals(versionOf(`${machine.home}/my programs/pls`), "pls 1.3.0\n");
    assertEquals(machine.leftovers().length, 2);
  },
);

testScript("a PATH that does not lead there is told, with the line that changes it", async () => {
  await using served = await release();
  using machine = new Machine();
  const directory = `${machine.home}/.local/bin`;
  const { stderr } = await machine.install(served);
  assertStringIncludes(stderr, `${directory} is not in your PATH`);
  const line = stderr.split("\n").find((line) => line.includes("export PATH="))!.trim();
  await using child = machine.start("sh", ["-c", `${line}; pls --version`]);
  assertEquals(await child.exit(), 0, child.stderr.text);
  assertEquals(child.stdout.text, "pls 1.2.3\n");
  machine.program("pls", "echo another");
  const path = { PATH: `${directory}/../../../bin:${directory}` };
  const again = await machine.install(served, { env: path });
  assertEquals(again.code, 0, again.stderr);
  assertMatch(again.stderr, /another pls comes first in your PATH: .*\/bin\/pls/);
});

testScript(
  "--uninstall removes pls and leaves pools; a second time it says that there is none",
  async () => {
    await using served = await release();
    using machine = new Machine();
    assertEquals((await machine.install(served)).code, 0);
    Deno.mkdirSync(`${machine.home}/.plasmite`);
    const removed = await machine.install(served, { args: ["--uninstall"] });
    assertEquals(removed.code, 0, removed.stderr);
    assert(!machine.leftovers().includes(machine.installed));
    assert(machine.leftovers().includes(`${machine.home}/.plasmite`));
    const again = await machine.install(served, { args: ["--uninstall"] });
    assertEquals(again.code, 1);
    assertStringIncludes(again.stderr, "there is no ");
  },
);
