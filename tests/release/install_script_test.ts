/**
 * `release/install.sh` installs what a server gives it, or nothing: run for real, in every
 * shell there is here, against a real HTTP server.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { packArchive } from "../../release/archive.ts";
import { archiveName, SUMS_NAME } from "../../release/project.ts";
import { TARGETS } from "../../release/targets.ts";
import { Child } from "../process/child.ts";
import { ServedRelease } from "./served_release.ts";

const SCRIPT = new URL("../../release/install.sh", import.meta.url).pathname;
const TARGET = "x86_64-unknown-linux-gnu";
const ARCHIVE = archiveName({ triple: TARGET });

/** What the script calls that every system has. */
const TOOLS = ["awk", "cat", "chmod", "cp", "grep", "gzip", "mkdir", "mktemp", "mv", "rm", "tar"];

/** What takes sums on this machine. */
const SUMMER = ["sha256sum", "shasum"].find((tool) => pathOf(tool) !== undefined) ?? "openssl";

/** A POSIX system is needed for all of this. */
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });

/** A shell script that is started as `pls`, and says that it is `version`. */
function standIn(version: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`#!/bin/sh\n[ "$1" = --version ] && echo "pls ${version}"\n`);
}

/** A release of `pls 1.2.3`, the latest. */
async function release(): Promise<ServedRelease> {
  const release = new ServedRelease();
  await release.add("/latest/download", standIn("1.2.3"));
  return release;
}

/** A machine with chosen programs, and a home. */
class Machine implements Disposable {
  readonly #root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "pls-test-" }));
  /** The home directory. */
  readonly home = `${this.#root}/home`;
  /** Where pls is installed. */
  readonly installed = `${this.home}/.local/bin/pls`;
  readonly #bin = `${this.#root}/bin`;
  readonly #temp = `${this.#root}/tmp`;

  /** A machine that says it is Linux on x86_64, with the tools that are needed. */
  constructor(tools: readonly string[] = ["curl", SUMMER]) {
    for (const path of [this.home, this.#bin, this.#temp]) Deno.mkdirSync(path);
    for (const tool of [...TOOLS, ...tools]) {
      Deno.symlinkSync(pathOf(tool) ?? `/missing/${tool}`, `${this.#bin}/${tool}`);
    }
    this.is("Linux", "x86_64");
    this.program("getconf", "echo 64");
  }

  /** Has it say which system and processor it has. */
  is(system: string, machine: string): void {
    this.program("uname", `case $1 in -s) echo ${system} ;; -m) echo ${machine} ;; esac`);
  }

  /** Puts a shell script on its path. */
  program(name: string, script: string): void {
    Deno.writeTextFileSync(`${this.#bin}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** Starts `shell` with `args` on it. */
  start(shell: string, args: readonly string[], env: Record<string, string> = {}): Child {
    const variables = { HOME: this.home, TMPDIR: this.#temp, PATH: this.#bin, ...env };
    return new Child(pathOf(shell)!, { args: [...args], clearEnv: true, env: variables });
  }

  /** Installs from `release`, and waits for the end. */
  async install(release: ServedRelease, options: InstallOptions = {}): Promise<Outcome> {
    const { shell = ["sh"], args = [], env = {} } = options;
    const [command, ...words] = shell;
    const variables = { PLS_BASE_URL: release.url, ...env };
    await using child = this.start(command, [...words, SCRIPT, ...args], variables);
    return { code: await child.exit(), stdout: child.stdout.text, stderr: child.stderr.text };
  }

  /** Everything in its home and among its temporary files. */
  leftovers(): string[] {
    return [...filesIn(this.home), ...filesIn(this.#temp)];
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.#root, { recursive: true });
  }
}

interface InstallOptions {
  readonly shell?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    yield `${folder}/${name}`;
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
  }
}

/** Where a program is; undefined when it is nowhere. */
function pathOf(program: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${program}`)
    .find((path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    });
}

function versionOf(path: string): string {
  const { stdout } = new Deno.Command(path, { args: ["--version"] }).outputSync();
  return new TextDecoder().decode(stdout);
}

/** It failed as it should: with a reason, and nothing was left. */
function assertRefused(machine: Machine, outcome: Outcome, reason: string): void {
  assertStringIncludes(outcome.stderr, reason);
  assertEquals(outcome.code, 1, outcome.stderr);
  assertEquals(machine.leftovers(), []);
}

const SHELLS = [["sh"], ["dash"], ["bash"], ["bash", "--posix"], ["busybox", "sh"]];

for (const shell of SHELLS.filter(([command]) => pathOf(command) !== undefined)) {
  test(`${shell.join(" ")}: installs the latest release, and nothing else`, async () => {
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

  test(`${shell.join(" ")}: refuses an archive that was changed`, async () => {
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
    if (absent.length > 0) console.log(`skipped: ${name}: no ${absent.join(" and ")} here`);
    else {test(`${name}, for a right sum and a wrong one`, async () => {
        await using served = await release();
        using machine = new Machine([downloader, summer]);
        const { code, stderr } = await machine.install(served);
        assertEquals(code, 0, stderr);
        using other = new Machine([downloader, summer]);
        served.files.set(`/latest/download/${ARCHIVE}`, "not it");
        assertRefused(other, await other.install(served), "is damaged or was changed");
      });}
  }
}

test("a pipe into sh works, with options", async () => {
  await using served = await release();
  await served.add("/download/v1.0.0", standIn("1.0.0"));
  using machine = new Machine();
  const env = { PLS_BASE_URL: served.url, PATH: `${machine.home}/../bin:/bin:/usr/bin` };
  const line = 'cat "$0" | sh -s -- --version 1.0.0';
  await using child = machine.start("sh", ["-c", line, SCRIPT], env);
  assertEquals(await child.exit(), 0, child.stderr.text);
  assertEquals(versionOf(machine.installed), "pls 1.0.0\n");
});

test("half a script does nothing, wherever it was cut", async () => {
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

for (const given of [["--version", "1.0.0"], ["--version=v1.0.0"], []]) {
  const env: Record<string, string> = given.length === 0 ? { PLS_VERSION: "1.0.0" } : {};
  test(`another release is installed with ${given.join(" ") || "PLS_VERSION"}`, async () => {
    await using served = await release();
    await served.add("/download/v1.0.0", standIn("1.0.0"));
    using machine = new Machine();
    const { code, stderr } = await machine.install(served, { args: given, env });
    assertEquals(code, 0, stderr);
    assertEquals(versionOf(machine.installed), "pls 1.0.0\n");
  });
}

test("each system gets its own archive", async () => {
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

test("a translated shell on Apple's processors gets the archive for these", async () => {
  await using served = await release();
  using machine = new Machine();
  machine.is("Darwin", "x86_64");
  machine.program("sysctl", '[ "$*" = "-n hw.optional.arm64" ] && echo 1');
  assertEquals((await machine.install(served)).code, 0);
  assertEquals(served.asked.at(-1), "/latest/download/pls-aarch64-apple-darwin.tar.gz");
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
  test(`${what} is told so before anything is downloaded`, async () => {
    await using served = await release();
    using machine = new Machine();
    change(machine);
    assertRefused(machine, await machine.install(served), reason);
    assertEquals(served.asked, []);
  });
}

test("a program that is missing is named", async () => {
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
  test(`${what}: nothing is installed, and an older pls stays`, async () => {
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

test("an executable that does not run here is not installed", async () => {
  await using served = new ServedRelease();
  await served.add("/latest/download", new TextEncoder().encode("#!/bin/sh\nexit 127\n"));
  using machine = new Machine();
  const { code, stderr } = await machine.install(served);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "does not run here; nothing was installed");
  assertEquals(machine.leftovers(), [`${machine.home}/.local`, `${machine.home}/.local/bin`]);
});

test("an interruption leaves nothing behind", async () => {
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

test("a mirror that others could change on the way is refused", async () => {
  await using served = await release();
  using machine = new Machine();
  for (const url of ["http://example.com", "http://127.0.0.1.example.com/", "ftp://127.0.0.1/"]) {
    const env = { PLS_BASE_URL: url };
    assertRefused(machine, await machine.install(served, { env }), "must begin with https://");
  }
});

test("PLS_INSTALL_DIR is where it goes, blanks and all, and an older one is replaced", async () => {
  await using served = await release();
  await served.add("/download/v1.3.0", standIn("1.3.0"));
  using machine = new Machine();
  const env = { PLS_INSTALL_DIR: `${machine.home}/my programs` };
  assertEquals((await machine.install(served, { env })).code, 0);
  const { code, stderr } = await machine.install(served, { env, args: ["--version", "1.3.0"] });
  assertEquals(code, 0, stderr);
  assertEquals(versionOf(`${machine.home}/my programs/pls`), "pls 1.3.0\n");
  assertEquals(machine.leftovers().length, 2);
});

test("a PATH that does not lead there is told, with the line that changes it", async () => {
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

test("--uninstall removes pls and leaves pools; a second time it says that there is none", async () => {
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
});

test("options that make no sense are refused, --help is not", async () => {
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
