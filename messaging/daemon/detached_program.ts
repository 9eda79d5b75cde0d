/**
 * A program that goes on when this one has ended: in a session of its own, with nothing to read, and
 * with all that it writes behind what is in a log.
 *
 * @module
 */

import { daemonFiles } from "./claim.ts";

/** A log that has grown beyond this is begun anew, in bytes. */
const LOG_MAX_BYTES = 2 ** 20;

/** The most that is told of a log, in characters. */
const LOG_SHOWN_LENGTH = 500;

/**
 * Only a shell can have a program write to a file, and close what this process got from whoever
 * started it: somebody may wait for the end of that pipe, or for that lock. Beyond 9 only bash can.
 */
const SCRIPT = [
  "log=$1; shift",
  "for fd in /dev/fd/*; do",
  "  fd=${fd##*/}",
  '  case $fd in [012]) continue ;; [3-9]) ;; *) [ -n "${BASH_VERSION-}" ] || continue ;; esac',
  '  eval "exec $fd>&-"',
  "done 2>/dev/null",
  'exec "$@" </dev/null >>"$log" 2>&1',
].join("\n");

const SHELLS = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh"];

/** A program that runs, or ran. */
export class DetachedProgram {
  readonly #child: Deno.ChildProcess;
  readonly #log: string;
  readonly #logStart: number;
  #exitCode: number | undefined;

  /** Starts `command`; its log is that of the daemon in `home`, which is made when it is missing. */
  constructor(command: readonly string[], home: string) {
    Deno.mkdirSync(home, { recursive: true, mode: 0o700 });
    this.#log = daemonFiles(home).log;
    this.#logStart = trimmedSize(this.#log);
    this.#child = new Deno.Command(SHELLS.find(isThere) ?? "sh", {
      args: ["-c", SCRIPT, "sh", this.#log, ...command],
      detached: true,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#child.unref();
    this.#child.status.then(({ code }) => this.#exitCode = code);
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** How it ended; undefined while it runs. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** The log, and what it wrote there so far, on one line: the last of it, when that is much. */
  logged(): string {
    const bytes = Deno.readFileSync(this.#log).subarray(this.#logStart);
    const text = new TextDecoder().decode(bytes).trim().replaceAll("\n", "; ");
    const shown = text.length <= LOG_SHOWN_LENGTH ? text : `…${text.slice(-LOG_SHOWN_LENGTH)}`;
    return `${this.#log}: ${shown || "(nothing)"}`;
  }

  /** Ends it, and waits for that. */
  async end(): Promise<void> {
    this.#child.ref();
    endGently(this.pid);
    await this.#child.status;
  }
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Asks a process to end; returns whether there was one. */
export function endGently(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGTERM");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Where what is written from now on begins in the log. */
function trimmedSize(log: string): number {
  using file = Deno.openSync(log, { create: true, append: true, mode: 0o600 });
  const { size } = file.statSync();
  if (size <= LOG_MAX_BYTES) return size;
  file.truncateSync();
  return 0;
}
