/**
 * Real servers for tests: `pls serve` in a directory of its own, on a port that the system
 * picks.
 *
 * @module
 */

import { denoArguments, Place, Running, within } from "./pls.ts";

/** A running `pls serve`. */
export class Serving {
  /** Where it answers, such as `http://127.0.0.1:41000`. */
  readonly url: string;
  /** The process. */
  readonly process: Running;

  private constructor(url: string, process: Running) {
    this.url = url;
    this.process = process;
  }

  /** Starts one with `flags`, on a port of 127.0.0.1, and waits until it listens. */
  static async start(place: Place, ...flags: string[]): Promise<Serving> {
    const ready = `${place.dir}/ready-${crypto.randomUUID()}`;
    const command = new Deno.Command(Deno.execPath(), {
      args: denoArguments(["serve", "--bind", "127.0.0.1:0", ...flags]),
      cwd: place.dir,
      env: {
        PLS_DIR: place.pools,
        PLS_CONFIG: `${place.dir}/config.jsonc`,
        PLASMITE_SERVE_READY_FILE: ready,
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    });
    const process = new Running(command.spawn());
    const address = await addressOf(process, ready);
    const scheme = flags.some((flag) => flag.startsWith("--tls")) ? "https" : "http";
    return new Serving(`${scheme}://${address}`, process);
  }

  /** Appends `data` to the pool `name`. */
  async append(name: string, data: unknown): Promise<void> {
    const response = await fetch(`${this.url}/v0/pools/${name}/append`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data }),
    });
    if (!response.ok) throw new Error(await response.text());
    await response.body?.cancel();
  }

  /** Ends it by force, unless it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.end();
  }
}

/** The address that the server `process` says in the file `ready` that it listens at. */
export async function addressOf(process: Running, ready: string): Promise<string> {
  const listening = contentOf(ready);
  const ended = process.status().then(() => undefined, () => undefined);
  const address = await Promise.race([listening, ended]);
  if (address !== undefined) return address.trim();
  // Nobody waits for it any more.
  listening.catch(() => {});
  throw new Error(`pls serve ended: ${await process.stderr.next()}`);
}

/** Waits until there is a file at `path`, whose directory is there, and reads it. */
export function contentOf(path: string): Promise<string> {
  return within(`${path} to be there`, arrivalOf(path));
}

async function arrivalOf(path: string): Promise<string> {
  using watcher = Deno.watchFs(path.replace(/\/[^/]*$/, ""));
  const events = watcher[Symbol.asyncIterator]();
  while (true) {
    try {
      return Deno.readTextFileSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await events.next();
  }
}

/** A directory in which `pls serve init` was called with `flags`. */
export async function initialized(...flags: string[]): Promise<{ place: Place; init: Init }> {
  const place = new Place();
  const { init } = JSON.parse(await place.done("serve", "init", ...flags));
  return { place, init };
}

/** What `pls serve init` says of what it made. */
export interface Init {
  artifact_paths: { tls_cert: string; tls_key: string; token_file: string };
  client_commands: string[];
  curl_client_commands: string[];
  server_commands: string[];
  pool_commands: string[];
  certificate_names: string[];
  tls_fingerprint: string;
}

/** Every line a call prints from now on, to its end. */
export async function remainingLines(process: Running): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await process.stdout.next(); line !== undefined;) {
    lines.push(line);
    line = await process.stdout.next();
  }
  return lines;
}
