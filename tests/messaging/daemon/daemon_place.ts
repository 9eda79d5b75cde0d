/**
 * A home for daemons that are processes of their own. At the end all are killed that were started
 * there, and the home is removed.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { IpcClient } from "../../../messaging/daemon/mod.ts";
import { PERMISSION_FLAGS } from "../../../release/permissions.ts";
import { type Outcome, within } from "../../cli/pls.ts";
import { RawClient } from "./raw_client.ts";

const CLI = new URL("../../../cli.ts", import.meta.url).pathname;

/** A command line without its arguments. */
export type Program = readonly [string, ...string[]];

/** Variables of messaging, which the permissions have to name. */
const VARIABLES = "PLS_HOME,PLS_IPC_SOCKET,PLS_MESH,PLS_SESSION,PLS_CURRENT_HANDLE,USER,LOGNAME";

const FLAGS = PERMISSION_FLAGS.map((flag) =>
  flag.startsWith("--allow-env=") && !flag.includes("PLS_HOME") ? `${flag},${VARIABLES}` : flag
);

/** `pls` from source. */
export const FROM_SOURCE: Program = [Deno.execPath(), "run", "--quiet", ...FLAGS, CLI];

/** The command line of `pls` as the module `main`, a bundle. */
export function fromBundle(main: string): Program {
  return [Deno.execPath(), "run", "--quiet", "--no-config", ...FLAGS, main];
}

/** A home. */
export class DaemonPlace implements AsyncDisposable {
  /** The directory, with a short path: that of a socket is bounded. */
  readonly dir: string = Deno.makeTempDirSync({ prefix: "pls-d-" });
  /** The home of messaging; it is not there yet. */
  readonly home: string;
  readonly #program: Program;
  readonly #children = new Set<Deno.ChildProcess>();
  readonly #env: Readonly<Record<string, string>>;

  /** A home in which `program` is called, with more in its environment. */
  constructor(program: Program = FROM_SOURCE, env: Readonly<Record<string, string>> = {}) {
    this.home = `${this.dir}/h`;
    this.#program = program;
    this.#env = env;
  }

  /** The socket. */
  get socketPath(): string {
    return this.#env.PLS_IPC_SOCKET ?? `${this.home}/daemon.sock`;
  }

  /** What a file of the home says; undefined when it is not there. */
  file(name: string): string | undefined {
    try {
      return Deno.readTextFileSync(`${this.home}/${name}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** Whether a file of the home is there. */
  has(name: string): boolean {
    try {
      Deno.lstatSync(`${this.home}/${name}`);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Calls `pls` and waits for its end. */
  call(...args: string[]): Promise<Outcome> {
    return this.callIn({}, ...args);
  }

  /** Calls `pls` with environment variables to add, and waits for its end. */
  async callIn(env: Record<string, string>, ...args: string[]): Promise<Outcome> {
    const child = this.#spawn(args, env);
    this.#children.add(child);
    const { code, stdout, stderr } = await within(`pls ${args.join(" ")}`, child.output());
    this.#children.delete(child);
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** Calls `pls`, which has to succeed and to say nothing on standard error. */
  async done(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.call(...args);
    assertEquals({ code, stderr }, { code: 0, stderr: "" }, args.join(" "));
    return stdout;
  }

  /** Starts the daemon, and gives its process. */
  async start(): Promise<number> {
    return pidIn(await this.done("daemon", "start"), "started");
  }

  /** A daemon in the foreground, once it answers. */
  async foreground(): Promise<Deno.ChildProcess> {
    const child = this.#spawn(["daemon", "start", "--foreground"]);
    this.#children.add(child);
    await this.answering(child.pid);
    return child;
  }

  /** Waits until the daemon with this number answers. */
  async answering(pid: number): Promise<void> {
    const client = this.client();
    const isAnswering = async () => {
      const status = await client.call("Status", {}).catch(() => undefined);
      return status?.daemon_pid === pid;
    };
    await until(`daemon ${pid} to answer`, isAnswering);
  }

  /** A client as programs have it. */
  client(): IpcClient {
    return new IpcClient(this.socketPath);
  }

  /** A connection to the daemon. */
  connect(): Promise<RawClient> {
    return RawClient.connect(this.socketPath);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      kill(child.pid, "SIGKILL");
      await child.output();
    }
    // The daemon that is there, if one is, holds the lock.
    await until("the daemon to end", () => {
      if (!this.#isLocked()) return Promise.resolve(true);
      const pid = Number(this.file("daemon.pid") ?? 0);
      if (pid > 0 && this.#isLocked()) kill(pid, "SIGKILL");
      return Promise.resolve(false);
    });
    Deno.removeSync(this.dir, { recursive: true });
  }

  #isLocked(): boolean {
    try {
      using lock = Deno.openSync(`${this.home}/daemon.lock`);
      return !lock.tryLockSync(false);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  #spawn(args: readonly string[], env: Record<string, string> = {}): Deno.ChildProcess {
    const [program, ...words] = this.#program;
    return new Deno.Command(program, {
      args: [...words, ...args],
      cwd: this.dir,
      env: {
        PLS_HOME: this.home,
        PLS_DIR: `${this.dir}/pools`,
        PLS_CONFIG: `${this.dir}/config.jsonc`,
        PLS_SESSION: "test",
        NO_COLOR: "1",
        ...this.#env,
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }
}

/** The number of the daemon that a line says was `started`, `stopped`, or is `already running`. */
export function pidIn(line: string, what: string): number {
  const pid = new RegExp(`^daemon ${what} pid=(\\d+)\\n$`).exec(line)?.[1];
  if (pid === undefined) throw new Error(`no daemon ${what}: ${JSON.stringify(line)}`);
  return Number(pid);
}

/** Sends a signal to a process that may have ended. */
export function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Whether there is such a process; not one that has ended and is waited for. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Waits until `isSo`, asking again and again. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!await isSo()) {
    if (performance.now() > deadline) throw new Error(`waited for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
