/**
 * `pls serve` in a process of its own, and what it uses.
 *
 * @module
 */

import { Client, type PoolOptions } from "@plasmite/pool";
import { Child } from "../process/child.ts";
import { eventually } from "../server/eventually.ts";

const CLI = import.meta.dirname + "/../../cli.ts";

/** A server of pools in a directory that is gone with it. */
export class Server implements AsyncDisposable {
  /** Where its pools are. */
  readonly dir: string;
  /** Where it listens. */
  readonly url: URL;
  readonly #pid: number;
  readonly #child: Child;

  private constructor(dir: string, child: Child, url: URL, pid: number) {
    this.dir = dir;
    this.#child = child;
    this.url = url;
    this.#pid = pid;
  }

  /** Makes a pool `load` and serves it with `flags`. */
  static async start(pool: PoolOptions, flags: readonly string[]): Promise<Server> {
    const dir = Deno.makeTempDirSync({ prefix: "pls-load-" });
    using client = new Client({ dir });
    client.createPool("load", pool);
    const ready = `${dir}/ready`;
    const access = ["--allow-read", "--allow-write", "--allow-env", "--allow-net"];
    const pls = [Deno.execPath(), "run", "--quiet", "--no-prompt", ...access, CLI];
    const command = [...pls, "serve", "--bind", "127.0.0.1:0", ...flags];
    // The shell becomes the server, so the id stays the same.
    const child = new Child("sh", {
      args: ["-c", 'echo $$; exec "$@"', "sh", ...command],
      env: { PLS_DIR: dir, PLS_CONFIG: `${dir}/config.jsonc`, PLASMITE_SERVE_READY_FILE: ready },
    });
    let address: string | undefined;
    await eventually(
      "a server",
      () => (address = readIfThere(ready)) !== undefined || !child.running,
    );
    if (address === undefined) throw new Error(`pls serve ended: ${child.stderr.text}`);
    return new Server(dir, child, new URL(`http://${address}`), Number(child.stdout.lines[0]));
  }

  /** Whether it complained, and about what. */
  get complaints(): string {
    return this.#child.stderr.text;
  }

  /** Memory it has now, in MiB. Of Linux alone. */
  get residentMiB(): number {
    const status = Deno.readTextFileSync(`/proc/${this.#pid}/status`);
    return Number(/^VmRSS:\s*(\d+) kB/m.exec(status)![1]) / 1024;
  }

  /** How many files and sockets it has open. Of Linux alone. */
  get openFiles(): number {
    return Array.from(Deno.readDirSync(`/proc/${this.#pid}/fd`)).length;
  }

  /** The figure that its metrics give. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(new URL("/metrics", this.url))).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)![1]);
  }

  /** Ends it as a service manager would, and returns its exit code. */
  async stop(): Promise<number> {
    this.#child.signal("SIGTERM");
    return await this.#child.exit();
  }

  /** Ends it, and removes its pools. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    Deno.removeSync(this.dir, { recursive: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
