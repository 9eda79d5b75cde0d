/**
 * Shell scripts in terminals of their own: tmux makes them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { MeshPlace } from "./mesh_place.ts";

/** Longer than any script takes here, also on a busy machine. */
const PATIENCE_MS = 180_000;

/** The first of these programs, each with a flag it knows, that is not there. */
export function missingProgram(
  programs: readonly (readonly [string, string])[],
): string | undefined {
  return programs.find(([name, flag]) => {
    try {
      return !new Deno.Command(name, { args: [flag] }).outputSync().success;
    } catch {
      return true;
    }
  })?.[0];
}

/** A server of tmux that nobody else uses. */
export class Tmux implements AsyncDisposable {
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
  }

  /** Starts one, in whose terminals `pls` works with the mesh of `place`. */
  static async open(place: MeshPlace): Promise<Tmux> {
    Deno.mkdirSync(`${place.dir}/bin`);
    Deno.writeTextFileSync(`${place.dir}/bin/pls`, place.script(), { mode: 0o755 });
    const tmux = new Tmux(place.dir);
    // It would end with its last script.
    await tmux.#command("new-session", "-d", "-s", "agents", "cat");
    return tmux;
  }

  /**
   * Runs scripts by their names, side by side, each in a directory of its name, and waits for
   * the end of all. Each has to succeed in all it does.
   *
   * @returns what they printed.
   */
  async run(scripts: Readonly<Record<string, string>>): Promise<string> {
    for (const [name, script] of Object.entries(scripts)) {
      const directory = `${this.#dir}/${name}`;
      Deno.mkdirSync(directory);
      const path = `${this.#dir}/${name}.sh`;
      Deno.writeTextFileSync(
        path,
        `cd '${directory}'\nPATH='${this.#dir}/bin':$PATH\n(\nset -e\n${script})` +
          ` > log 2>&1\necho $? > code\ntmux -S '${this.#socket}' wait-for -S ${name}\n`,
      );
      await this.#command("new-window", "-d", "-t", "agents", "-n", name, "bash", path);
    }
    const names = Object.keys(scripts);
    await Promise.all(names.map((name) => this.#command("wait-for", name)));
    const read = (name: string, file: string) =>
      Deno.readTextFileSync(`${this.#dir}/${name}/${file}`).trim();
    const logs = names.map((name) => `${name}:\n${read(name, "log")}`).join("\n");
    assertEquals(names.map((name) => read(name, "code")), names.map(() => "0"), logs);
    return logs;
  }

  get #socket(): string {
    return `${this.#dir}/tmux.sock`;
  }

  async #command(...args: string[]): Promise<void> {
    const { code, stderr } = await new Deno.Command("tmux", {
      args: ["-f", "/dev/null", "-S", this.#socket, ...args],
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [0, ""], args.join(" "));
  }

  /** Ends it with all that runs in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#command("kill-server");
  }
}
