/**
 * A real `nats-server` for tests: on ports of its own, with a directory of its own, both of which
 * it keeps while it is stopped, killed or suspended. All of it is gone when its block is left.
 *
 * A cluster is made of several: each gets a `name`, and a `cluster` block in its `config` with
 * ports from {@linkcode freePort}.
 *
 * @module
 */

import { eventually, PATIENCE_MS } from "../server/eventually.ts";

/** Where the program is; Debian puts it where only root looks for programs. */
const PROGRAM = findProgram();

/** Why there are no tests with NATS here; undefined when there are. */
export const NO_NATS: string | undefined = PROGRAM === undefined
  ? "there is no nats-server: install it with `apt-get install nats-server`, or from " +
    "https://github.com/nats-io/nats-server/releases"
  : undefined;

if (NO_NATS !== undefined) console.log(`tests with NATS are skipped: ${NO_NATS}`);

/**
 * Below the ports that the system gives to outgoing connections: a client that tries to come back
 * must not take the port of the server that it misses.
 */
const PORTS = { from: 20_000, count: 12_000 };

/** How often the start is tried when another program was faster to take a port. */
const START_ATTEMPTS = 5;

/** How long after one look at a server that starts the next one is taken. */
const LOOK_AGAIN_MS = 10;

/** How long a test may take, far longer than any does. */
const TEST_LIMIT_MS = 120_000;

/** What differs from a server that lets everybody use JetStream. */
export interface NatsServerOptions {
  /** Its name; a cluster needs a different one for each server. Default: made up by it. */
  name?: string;
  /** The address that it listens on. Default `127.0.0.1`. */
  host?: string;
  /** The port for clients. Default: a free one. */
  port?: number;
  /** Lines of its configuration, put behind ours: accounts, TLS, limits, a cluster. */
  config?: string;
  /** Lines of the `jetstream` block, as `max_file_store: 1GB`; false for no JetStream. */
  jetstream?: string | false;
  /** Files that the configuration names, by their names: they are in its working directory. */
  files?: Record<string, string>;
  /** What to put before the command, as `["ip", "netns", "exec", "n1"]`; it has to `exec`. */
  prefix?: readonly string[];
}

/** Servers that are not disposed of. */
const servers = new Set<NatsServer>();

// A test that an error elsewhere put an end to leaves its block without disposing of anything.
globalThis.addEventListener("unload", () => {
  for (const server of servers) server.abandon();
});

/** A server that runs, or ran and can do so again. */
export class NatsServer implements AsyncDisposable {
  /** Its name, if it was given one. */
  readonly name: string | undefined;
  /** The address that it listens on. */
  readonly host: string;
  /** Where its files are: `nats.conf`, `log`, `store`. */
  readonly dir: string;
  /** Lines of its configuration beside ours; changed ones count from the next start. */
  config: string;
  readonly #options: NatsServerOptions;
  #port: number;
  #monitorPort = 0;
  #process: Deno.ChildProcess | undefined;
  /** Whether the port is its own, as clients know it. */
  #hasAnswered = false;

  private constructor(options: NatsServerOptions) {
    this.#options = options;
    this.name = options.name;
    this.host = options.host ?? "127.0.0.1";
    this.config = options.config ?? "";
    this.#port = options.port ?? 0;
    this.dir = Deno.makeTempDirSync({ prefix: "pls-nats-" });
    servers.add(this);
    for (const [name, text] of Object.entries(options.files ?? {})) {
      Deno.writeTextFileSync(`${this.dir}/${name}`, text);
    }
  }

  /** Starts a server, and waits until it answers. */
  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(options);
    try {
      await server.startAgain();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** The port for clients; it stays the same. */
  get port(): number {
    return this.#port;
  }

  /** `HOST:PORT` for clients. */
  get address(): string {
    return `${this.host}:${this.#port}`;
  }

  /** Where clients connect. */
  get url(): string {
    return `nats://${this.address}`;
  }

  /** Whether the process is there; a suspended one is. */
  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** The process. */
  get pid(): number {
    return this.#running().pid;
  }

  /** What it logged so far, over all its starts. */
  get log(): string {
    try {
      return Deno.readTextFileSync(`${this.dir}/log`);
    } catch {
      return "";
    }
  }

  /** The URL of a pool there. */
  pool(name: string): string {
    return `${this.url}/${encodeURIComponent(name)}`;
  }

  /** Starts it on the ports and the directory that it had, and waits until it answers. */
  async startAgain(): Promise<void> {
    if (this.#process !== undefined) throw new Error("the server is running");
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#start();
      } catch (error) {
        const isTaken = this.log.includes("address already in use");
        const mayMove = this.#options.port === undefined && !this.#hasAnswered;
        if (!isTaken || !mayMove || attempt === START_ATTEMPTS) throw error;
        this.#port = 0;
        Deno.removeSync(`${this.dir}/log`);
      }
    }
  }

  /** Ends it in order; it keeps its files. */
  async stop(): Promise<void> {
    await this.kill("SIGTERM");
  }

  /** Ends it by a signal, and waits until it is gone; it keeps its files. */
  async kill(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const process = this.#running();
    process.kill(signal);
    await within(process.status, `${signal} did not end nats-server`);
    this.#process = undefined;
  }

  /** Has it stand still, with its connections open. */
  suspend(): void {
    const { pid } = this;
    this.#running().kill("SIGSTOP");
    if (Deno.build.os !== "linux") return;
    // Its threads on other cores go on for a moment.
    const threads = `/proc/${pid}/task`;
    const isStopped = (thread: string) =>
      /^State:\s+T/m.test(Deno.readTextFileSync(`${threads}/${thread}/status`));
    while (![...Deno.readDirSync(threads)].every(({ name }) => isStopped(name)));
  }

  /** Has it go on. */
  resume(): void {
    this.#running().kill("SIGCONT");
  }

  /** Has it read its configuration again, with `config` as it is now. */
  async reload(): Promise<void> {
    const reloads = () => this.log.split("Reloaded server configuration").length;
    const before = reloads();
    this.#writeConfig();
    this.#running().kill("SIGHUP");
    await eventually("nats-server reloads its configuration", () => reloads() > before);
  }

  /** What it tells of itself at `path`, as `/varz`, `/connz?subs=1`, `/jsz` or `/healthz`. */
  async monitor<Body>(path: string): Promise<Body> {
    const response = await fetch(`http://${this.host}:${this.#monitorPort}${path}`);
    return await response.json();
  }

  /** Ends it, whatever it is at, and removes its files. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process !== undefined) await this.kill();
    this.abandon();
  }

  /** Ends it and removes its files, without waiting for its end. */
  abandon(): void {
    servers.delete(this);
    this.#process?.kill("SIGKILL");
    Deno.removeSync(this.dir, { recursive: true });
  }

  #running(): Deno.ChildProcess {
    if (this.#process === undefined) throw new Error("the server is not running");
    return this.#process;
  }

  async #start(): Promise<void> {
    if (PROGRAM === undefined) throw new Error(NO_NATS);
    this.#port ||= freePort(this.host);
    // Nobody comes back to the port of the monitor, so it may change.
    this.#monitorPort = freePort(this.host);
    this.#writeConfig();
    const [command, ...args] = [...this.#options.prefix ?? [], PROGRAM, "-c", "nats.conf"];
    const process = new Deno.Command(command, {
      args,
      cwd: this.dir,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#process = process;
    let hasEnded = false;
    process.status.then(() => {
      hasEnded = true;
      if (this.#process === process) this.#process = undefined;
    });
    const deadline = performance.now() + PATIENCE_MS;
    while (!await this.#answers()) {
      if (hasEnded) {
        throw new Error(`nats-server did not start: ${this.log}${this.#complaint()}`);
      }
      if (performance.now() > deadline) {
        await this.kill();
        throw new Error(`nats-server does not answer: ${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    this.#hasAnswered = true;
  }

  /** Whether it says who it is, as it does to everybody who connects, also before TLS. */
  async #answers(): Promise<boolean> {
    try {
      using connection = await Deno.connect({ hostname: this.host, port: this.#port });
      const start = new Uint8Array(4);
      const count = await connection.read(start);
      return new TextDecoder().decode(start.subarray(0, count ?? 0)) === "INFO";
    } catch {
      return false;
    }
  }

  /** What is wrong with its configuration, which it does not log. */
  #complaint(): string {
    if (PROGRAM === undefined) return "";
    const options = { args: ["-t", "-c", "nats.conf"], cwd: this.dir };
    return new TextDecoder().decode(new Deno.Command(PROGRAM, options).outputSync().stderr);
  }

  #writeConfig(): void {
    const { jetstream = "" } = this.#options;
    const lines = [
      `listen: "${this.address}"`,
      `http: "${this.host}:${this.#monitorPort}"`,
      `log_file: "log"`,
      ...(this.name === undefined ? [] : [`server_name: "${this.name}"`]),
      ...(jetstream === false ? [] : [`jetstream {\nstore_dir: "store"\n${jetstream}\n}`]),
      this.config,
    ];
    Deno.writeTextFileSync(`${this.dir}/nats.conf`, lines.join("\n") + "\n");
  }
}

/**
 * Defines a test that needs a `nats-server`; without one it is skipped, which is told once. A test
 * that does not end fails.
 */
export function natsTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name,
    ignore: NO_NATS !== undefined,
    fn: () => within(fn(), `it did not end in ${TEST_LIMIT_MS / 1000} s`, TEST_LIMIT_MS),
  });
}

/**
 * A server for all tests of a file, which starts before the first and ends after the last; what is
 * returned gives it to a test.
 */
export function sharedServer(options?: NatsServerOptions): () => NatsServer {
  let server: NatsServer | undefined;
  Deno.test.beforeAll(async () => {
    if (NO_NATS === undefined) server = await NatsServer.start(options);
  });
  Deno.test.afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  return () => {
    if (server === undefined) throw new Error("the server is there for tests only");
    return server;
  };
}

/** A port of `host` that nobody listens on, other than those of outgoing connections. */
export function freePort(host = "127.0.0.1"): number {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count);
    try {
      Deno.listen({ hostname: host, port }).close();
      return port;
    } catch (error) {
      // Elsewhere than here, in another network namespace, it can't be tried.
      if (error instanceof Deno.errors.AddrNotAvailable) return port;
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

async function within(
  work: Promise<unknown>,
  complaint: string,
  limitMs = PATIENCE_MS,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function findProgram(): string | undefined {
  const directories = [...(Deno.env.get("PATH") ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  return directories.map((directory) => `${directory}/nats-server`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}
