/**
 * A place to run programs as a user would: an own home, an own working directory, `pls`
 * on the path, and nothing of the developer's environment.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { Child } from "./child.ts";

const CLI = import.meta.dirname + "/../../cli.ts";

/** A home and a working directory, which are gone when the stage is left. */
export class Stage implements AsyncDisposable {
  /** Where the programs run. */
  readonly directory: string;
  readonly #root: string;
  readonly #env: Record<string, string>;
  readonly #children = new AsyncDisposableStack();

  private constructor(root: string, denoDir: string) {
    this.#root = root;
    this.directory = `${root}/work`;
    this.#env = {
      HOME: `${root}/home`,
      PATH: `${root}/bin:${Deno.env.get("PATH")}`,
      // It follows from HOME otherwise, and what is cached there would be missing.
      DENO_DIR: denoDir,
      NO_COLOR: "1",
    };
  }

  /** Sets one up. */
  static async open(): Promise<Stage> {
    const root = Deno.realPathSync(Deno.makeTempDirSync());
    for (const name of ["home", "bin", "work"]) Deno.mkdirSync(`${root}/${name}`);
    const access = "--allow-read --allow-write --allow-env --allow-run --allow-net " +
      "--allow-sys=hostname,networkInterfaces";
    const pls = `exec '${Deno.execPath()}' run --quiet --no-prompt ${access} '${CLI}' "$@"`;
    writeProgram(`${root}/bin/pls`, pls);
    return new Stage(root, await denoDirectory());
  }

  /** Puts a shell script of that name into the working directory. */
  addProgram(name: string, script: string): void {
    writeProgram(`${this.directory}/${name}`, script);
  }

  /** Starts a program. It is stopped when the stage is left, if not before. */
  start(command: string, args: readonly string[]): Child {
    const env = { args: [...args], cwd: this.directory, clearEnv: true, env: this.#env };
    return this.#children.use(new Child(command, env));
  }

  /** Starts a shell script. */
  startScript(text: string): Child {
    return this.start("bash", ["-c", text]);
  }

  /** Runs a shell script to its end. */
  async runScript(text: string): Promise<{ code: number; stdout: string; stderr: string }> {
    const child = this.startScript(text);
    const code = await child.exit();
    return { code, stdout: child.stdout.text, stderr: child.stderr.text };
  }

  /** A client of the pools in this home. */
  client(): Client {
    return new Client({ dir: `${this.#root}/home/.plasmite/pools` });
  }

  /** Stops what still runs, and removes the directories. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#children.disposeAsync();
    Deno.removeSync(this.#root, { recursive: true });
  }
}

function writeProgram(path: string, script: string): void {
  Deno.writeTextFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}
