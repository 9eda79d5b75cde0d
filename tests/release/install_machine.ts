/**
 * A machine of its own to run `release/install.sh` on, for real, against a real HTTP server.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { archiveName } from "../../release/project.ts";
import { Child } from "../process/child.ts";
import { ServedRelease } from "./served_release.ts";

/** The script. */
export const SCRIPT = new URL("../../release/install.sh", import.meta.url).pathname;

/** The archive that it takes on such a machine, unless that says that it is another. */
export const ARCHIVE = archiveName({ triple: "x86_64-unknown-linux-gnu" });

/** What the script calls that every system has. */
const TOOLS = ["awk", "cat", "chmod", "cp", "grep", "gzip", "mkdir", "mktemp", "mv", "rm", "tar"];

/** What takes sums on this machine. */
export const SUMMER = ["sha256sum", "shasum"].find((tool) => pathOf(tool) !== undefined) ??
  "openssl";

/** A test of the script, for which a POSIX system is needed. */
export function testScript(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });
}

/** A shell script that is started as `pls`, and says that it is `version`. */
export function standIn(version: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`#!/bin/sh\n[ "$1" = --version ] && echo "pls ${version}"\n`);
}

/** A release of `pls 1.2.3`, the latest. */
export async function release(): Promise<ServedRelease> {
  const release = new ServedRelease();
  await release.add("/latest/download", standIn("1.2.3"));
  return release;
}

/** A machine with chosen programs, and a home. */
export class Machine implements Disposable {
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

/** What an installation gets beside the release. */
export interface InstallOptions {
  /** The shell that runs the script, and its options. Default `sh`. */
  readonly shell?: readonly string[];
  /** Options of the script. */
  readonly args?: readonly string[];
  /** Environment variables to add. */
  readonly env?: Record<string, string>;
}

/** How an installation ended. */
export interface Outcome {
  /** Exit code. */
  readonly code: number;
  /** Everything on standard output. */
  readonly stdout: string;
  /** Everything on standard error. */
  readonly stderr: string;
}

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    yield `${folder}/${name}`;
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
  }
}

/** Where a program of this system is; undefined when it is nowhere. */
export function pathOf(program: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${program}`)
    .find((path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    });
}

/** What the program at `path` says to `--version`. */
export function versionOf(path: string): string {
  const { stdout } = new Deno.Command(path, { args: ["--version"] }).outputSync();
  return new TextDecoder().decode(stdout);
}

/** It failed as it should: with a reason, and nothing was left. */
export function assertRefused(machine: Machine, outcome: Outcome, reason: string): void {
  assertStringIncludes(outcome.stderr, reason);
  assertEquals(outcome.code, 1, outcome.stderr);
  assertEquals(machine.leftovers(), []);
}
