/**
 * `release/install.sh` installs all of a release that fits and is whole, or nothing.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { SUMS_NAME } from "../../release/project.ts";
import {
  ARCHIVE,
  assertRefused,
  Machine,
  release,
  SCRIPT,
  standIn,
  SUMMER,
  testScript,
  versionOf,
} from "./install_machine.ts";
import { ServedRelease } from "./served_release.ts";

testScript("half a script does nothing, wherever it was cut", async () => {
  await using served = await release();
  using machine = new Machine();
  const script = Deno.readTextFileSync(SCRIPT);
  const ends = Array.from({ length: 20 }, (_, i) => Math.ceil(script.length * i / 20));
  // Where it is started is where a cut could do most.
  for (let cut = 1; cut <= 20; cut++) ends.push(script.trimEnd().length - cut);
  await Promise.all(ends.map(async (end) => {
    const half = script.slice(0, end);
    await using child = machine.start("sh", ["-c", half], { PLS_BASE_URL: served.url });
    await child.exit();
  }));
  assertEquals(served.asked, []);
  assertEquals(machine.leftovers(), []);
});

const UNSUITABLE: Record<string, [(machine: Machine) => void, string]> = {
  "another processor": [
    (machine) => machine.is("Linux", "riscv64"),
    "there is no pls for riscv64 processors",
  ],
  "another system": [(machine) => machine.is("FreeBSD", "x86_64"), "there is no pls for FreeBSD"],
  "Windows": [(machine) => machine.is("MINGW64_NT-10.0", "x86_64"), "install.ps1"],
  "a Linux with musl": [
    (machine) => machine.program("ldd", 'echo "musl libc (x86_64)" >&2; exit 1'),
    "this Linux uses musl, and pls needs glibc",
  ],
  "a 32-bit system on a 64-bit kernel": [
    (machine) => machine.program("getconf", "echo 32"),
    "there is no pls for a 32-bit system",
  ],
};

for (const [what, [change, reason]] of Object.entries(UNSUITABLE)) {
  testScript(`${what} is told so before anything is downloaded`, async () => {
    await using served = await release();
    using machine = new Machine();
    change(machine);
    assertRefused(machine, await machine.install(served), reason);
    assertEquals(served.asked, []);
  });
}

testScript("a program that is missing is named", async () => {
  await using served = await release();
  using without = new Machine([SUMMER]);
  assertRefused(without, await without.install(served), "curl or wget is needed");
  using other = new Machine(["curl"]);
  assertRefused(other, await other.install(served), "sha256sum, shasum or openssl is needed");
});

/** What can be wrong with the files of a release. */
const BAD_FILES: Record<string, [(released: ServedRelease) => void, string]> = {
  "no sum of the archive": [
    ({ files }) => files.set(`/latest/download/${SUMS_NAME}`, `${"0".repeat(64)}  other\n`),
    `SHA256SUMS has no sum of ${ARCHIVE}`,
  ],
  "a sum that is none": [
    ({ files }) => files.set(`/latest/download/${SUMS_NAME}`, `0  ${ARCHIVE}\n`),
    `SHA256SUMS has no sum of ${ARCHIVE}`,
  ],
  "two sums of the archive": [
    ({ files }) => {
      const list = files.get(`/latest/download/${SUMS_NAME}`) as string;
      files.set(`/latest/download/${SUMS_NAME}`, list + `${"0".repeat(64)}  ${ARCHIVE}\n`);
    },
    `SHA256SUMS has no sum of ${ARCHIVE}`,
  ],
  "no sums": [
    ({ files }) => files.delete(`/latest/download/${SUMS_NAME}`),
    `could not download`,
  ],
  "no archive": [({ files }) => files.delete(`/latest/download/${ARCHIVE}`), "could not download"],
  "a connection that breaks in the middle": [
    ({ files }) => {
      const archive = files.get(`/latest/download/${ARCHIVE}`) as Uint8Array<ArrayBuffer>;
      files.set(`/latest/download/${ARCHIVE}`, () => brokenOff(archive));
    },
    "could not download",
  ],
  "half an archive": [
    ({ files }) => {
      const archive = files.get(`/latest/download/${ARCHIVE}`) as Uint8Array<ArrayBuffer>;
      files.set(`/latest/download/${ARCHIVE}`, archive.slice(0, archive.length / 2));
    },
    "is damaged or was changed",
  ],
};

/** An answer that breaks off after half of the bytes. */
function brokenOff(bytes: Uint8Array<ArrayBuffer>): Response {
  const half = new Blob([bytes.slice(0, bytes.length / 2)]).stream();
  return new Response(half, { headers: { "content-length": `${bytes.length}` } });
}

for (const [what, [change, reason]] of Object.entries(BAD_FILES)) {
  testScript(`${what}: nothing is installed, and an older pls stays`, async () => {
    await using served = await release();
    change(served);
    using machine = new Machine();
    assertRefused(machine, await machine.install(served), reason);
    Deno.mkdirSync(`${machine.home}/.local/bin`, { recursive: true });
    Deno.writeFileSync(machine.installed, standIn("1.0.0"), { mode: 0o755 });
    assertEquals((await machine.install(served)).code, 1);
    assertEquals(versionOf(machine.installed), "pls 1.0.0\n");
    assertEquals(machine.leftovers().length, 3);
  });
}

testScript("an executable that does not run here is not installed", async () => {
  await using served = new ServedRelease();
  await served.add("/latest/download", new TextEncoder().encode("#!/bin/sh\nexit 127\n"));
  using machine = new Machine();
  const { code, stderr } = await machine.install(served);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "does not run here; nothing was installed");
  assertEquals(machine.leftovers(), [`${machine.home}/.local`, `${machine.home}/.local/bin`]);
});

testScript("an interruption leaves nothing behind", async () => {
  await using served = await release();
  const held: PromiseWithResolvers<void> = Promise.withResolvers();
  const isAsked: PromiseWithResolvers<void> = Promise.withResolvers();
  served.files.set(`/latest/download/${ARCHIVE}`, () => {
    isAsked.resolve();
    return new Response(new ReadableStream({ pull: () => held.promise }));
  });
  using machine = new Machine();
  await using child = machine.start("sh", [SCRIPT], { PLS_BASE_URL: served.url });
  await isAsked.promise;
  child.signal("SIGTERM");
  assertEquals(await child.exit(), 143);
  held.resolve();
  assertEquals(machine.leftovers(), []);
});

testScript("a mirror that others could change on the way is refused", async () => {
  await using served = await release();
  using machine = new Machine();
  for (const url of ["http://example.com", "http://127.0.0.1.example.com/", "ftp://127.0.0.1/"]) {
    const env = { PLS_BASE_URL: url };
    assertRefused(machine, await machine.install(served, { env }), "must begin with https://");
  }
});

testScript("options that make no sense are refused, --help is not", async () => {
  await using served = await release();
  using machine = new Machine();
  const refusals: [string[], string][] = [
    [["--versoin", "1"], "not understood: --versoin"],
    [["--version"], "--version needs a version"],
    [["--version", "../../evil"], "not a version: ../../evil"],
    [["--version", "1.0/../.."], "not a version: 1.0/../.."],
  ];
  for (const [args, reason] of refusals) {
    assertRefused(machine, await machine.install(served, { args }), reason);
  }
  assertEquals(served.asked, []);
  const { code, stdout } = await machine.install(served, { args: ["--help"] });
  assertEquals(code, 0);
  assertMatch(stdout, /^Usage: install\.sh \[--version X\.Y\.Z\] \[--uninstall\]\n/);
});
