/**
 * Terminal sessions in a page, run as they are shown there. Each command stands behind the name of
 * the terminal it is typed in and `$`, as in `nina$ pls ls`; what it prints follows. A command that
 * ends with `&` goes on in the background, and `wait` shows what it has printed in the end.
 *
 * @module
 */

import { denoArguments } from "../cli/pls.ts";

/** Longest a command may take on a busy machine, in seconds. */
const PATIENCE_S = 60;

/** A command, and what it prints. */
export interface Step {
  /** The terminal it is typed in. */
  readonly terminal: string;
  /** What is typed. */
  readonly line: string;
  /** What is printed: both streams, each line with its end. */
  readonly output: string;
}

/**
 * The steps of all console blocks of a page, in order.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const fence = "`".repeat(3);
 * const page = `${fence}console\nnina$ echo a\na\n${fence}\n`;
 * assertEquals(stepsOf(page), [{ terminal: "nina", line: "echo a", output: "a\n" }]);
 * ```
 */
export function stepsOf(page: string): Step[] {
  const blocks = page.matchAll(/^```console\n([^]*?)^```$/gm);
  return [...blocks].flatMap(([, block]) => {
    return [...block.matchAll(/^(\w+)\$ (.*)\n((?:(?!\w+\$ ).*\n)*)/gm)]
      .map(([, terminal, line, output]) => ({ terminal, line, output: output.trimEnd() }))
      .map((step) => ({ ...step, output: step.output === "" ? "" : `${step.output}\n` }));
  });
}

/** Text with what differs from one run to the next the same: ids, times, and room for them. */
export function masked(text: string): string {
  return text
    .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, "UUID")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, "CLOCK")
    .replaceAll(/just now|\d+ (second|minute)s? ago/g, "AGO")
    .replaceAll(/(id=|→ )[\da-f]{8}\b/g, "$1ID")
    .replaceAll(/\bpid=\d+/g, "pid=PID")
    .replaceAll(/linux\/\w+|darwin\/\w+/g, "OS/ARCH")
    .replaceAll(/ {2,}/g, "  ")
    .replaceAll(/ +$/gm, "");
}

/** Several terminals of one user, in a directory of their own. */
export class Terminals implements AsyncDisposable {
  readonly #dir = Deno.makeTempDirSync({ prefix: "pls-page-" });
  readonly #environments = new Map<string, Record<string, string>>();
  readonly #background = new Map<string, { child: Deno.ChildProcess; output: Promise<string> }>();

  /** Makes them, where `pls` is that of this source. */
  constructor() {
    const words = [Deno.execPath(), ...denoArguments([])].map((word) => `'${word}'`).join(" ");
    Deno.writeTextFileSync(`${this.#dir}/pls`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  }

  /** Runs a command in a terminal; returns what it prints. */
  async run({ terminal, line }: Pick<Step, "terminal" | "line">): Promise<string> {
    const environment = this.#environments.get(terminal) ?? {};
    const [, name, value] = /^export (\w+)=(\S*)$/.exec(line) ?? [];
    if (name !== undefined) {
      this.#environments.set(terminal, { ...environment, [name]: value });
      return "";
    }
    if (line === "wait") return await this.#waited(terminal);
    const isBackground = line.endsWith(" &");
    const child = this.#start(line.replace(/ &$/, ""), environment);
    const output = child.output().then(({ stdout }) => new TextDecoder().decode(stdout));
    if (!isBackground) return await output;
    this.#background.set(terminal, { child, output });
    return "";
  }

  /** Ends what still runs, and removes the directory. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, output } of this.#background.values()) {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended.
      }
      await output;
    }
    await this.#start("pls daemon stop", {}).output();
    Deno.removeSync(this.#dir, { recursive: true });
  }

  async #waited(terminal: string): Promise<string> {
    const { output } = this.#background.get(terminal) ?? {};
    this.#background.delete(terminal);
    return await (output ?? "");
  }

  #start(line: string, environment: Record<string, string>): Deno.ChildProcess {
    return new Deno.Command("timeout", {
      args: [`${PATIENCE_S}`, "sh", "-c", `exec 2>&1\n${line}`],
      cwd: this.#dir,
      env: {
        PATH: `${this.#dir}:${Deno.env.get("PATH")}`,
        PLS_DIR: `${this.#dir}/pools`,
        PLS_HOME: `${this.#dir}/home`,
        PLS_CONFIG: `${this.#dir}/none`,
        PLS_IPC_SOCKET: "",
        PLS_MESH: "",
        PLS_CURRENT_HANDLE: "",
        USER: "ravi",
        COLUMNS: "100",
        NO_COLOR: "1",
        TZ: "UTC",
        ...environment,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
  }
}
