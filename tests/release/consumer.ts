/**
 * Somebody who uses the published package: a folder of their own with a configuration of their
 * own, nothing in Deno's cache but packages of npm, and a registry to get the rest from.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { dirname } from "@std/path/dirname";
import config from "../../deno.json" with { type: "json" };
import type { Registry } from "./registry.ts";

/** What the published version is called. */
export const PUBLISHED = `${config.name}@${config.version}`;

/** One such folder; it is removed when it is disposed of. */
export class Consumer implements Disposable {
  /** The folder. */
  readonly dir: string = Deno.makeTempDirSync({ prefix: "pls-test-" });
  readonly #env: Record<string, string>;

  /** Somebody whose packages come from `registry`. */
  constructor(registry: Registry) {
    const cache = `${this.dir}/cache`;
    Deno.mkdirSync(cache);
    // A junction needs no privilege on Windows.
    Deno.symlinkSync(npmCache(), `${cache}/npm`, { type: "junction" });
    this.#env = {
      JSR_URL: registry.url,
      DENO_DIR: cache,
      DENO_INSTALL_ROOT: `${this.dir}/tools`,
      HOME: this.dir,
      USERPROFILE: this.dir,
      PATH: [`${this.dir}/tools/bin`, dirname(Deno.execPath()), Deno.env.get("PATH")]
        .join(Deno.build.os === "windows" ? ";" : ":"),
      NO_COLOR: "1",
    };
    const imports = { [config.name]: `jsr:${PUBLISHED}` };
    this.write("deno.json", JSON.stringify({ imports }));
  }

  /** Writes a file of theirs. */
  write(name: string, text: string): void {
    Deno.writeTextFileSync(`${this.dir}/${name}`, text);
  }

  /** Runs Deno, in their folder unless told otherwise, and fails when that fails. */
  async deno(args: readonly string[], cwd: string = this.dir): Promise<string> {
    return await this.run(Deno.execPath(), args, cwd);
  }

  /** Runs a program as {@linkcode deno} does; returns both of what it prints. */
  async run(program: string, args: readonly string[], cwd: string = this.dir): Promise<string> {
    const command = new Deno.Command(program, { args: [...args], cwd, env: this.#env });
    const { code, stdout, stderr } = await command.output();
    const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assertEquals(code, 0, `${args.join(" ")}: ${text}`);
    return text;
  }

  /** Checks the types of a file of theirs and runs it; returns what it prints. */
  async script(text: string, permissions: readonly string[]): Promise<string> {
    this.write("main.ts", text);
    await this.deno(["check", "main.ts"]);
    return await this.deno(["run", "--no-prompt", ...permissions, "main.ts"]);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.dir, { recursive: true });
  }
}

function npmCache(): string {
  const args = ["info", "--json"];
  const { stdout } = new Deno.Command(Deno.execPath(), { args }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).npmCache;
}
