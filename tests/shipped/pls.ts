/**
 * `pls` in a home of its own, started in one of the ways.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { FailureFields } from "../../cli/failure.ts";
import { type CallOptions, errorOf, type Outcome, Place, type Running } from "../cli/pls.ts";
import { addressOf } from "../cli/serving.ts";
import type { Way } from "./ways.ts";

/** What shows that an error was not told but escaped. */
const STACK_TRACE = /^\s+at .*:\d+:\d+|file:\/\/|Uncaught/m;

/** A home, and `pls` in it. Its pools are where they are by default. */
export class Pls extends Place {
  /** The arguments of every call so far. */
  readonly calls: (readonly string[])[] = [];

  /** Makes the home, at the path `dir` if one is given. */
  constructor(way: Way, dir?: string) {
    super(way, dir);
  }

  /** Calls `pls` with `args` and waits for its end. It must not print a stack trace. */
  override async call(args: readonly string[], options: CallOptions): Promise<Outcome> {
    this.calls.push(args);
    const outcome = await super.call(args, options);
    assert(!STACK_TRACE.test(outcome.stderr), outcome.stderr);
    return outcome;
  }

  /** Calls `pls` with `args` and environment variables to add, and does not wait. */
  override startIn(env: Record<string, string>, args: readonly string[]): Running {
    this.calls.push(args);
    return super.startIn(env, args);
  }

  /** Calls `pls` with `stdin` and returns its standard output; it must succeed. */
  async piped(stdin: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.call(args, { stdin });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    return stdout;
  }

  /** Calls `pls`, which must fail with `code`, and returns the error that it tells of. */
  async failed(code: number, ...args: string[]): Promise<FailureFields> {
    const outcome = await this.pls(...args);
    assertEquals([outcome.code, outcome.stdout], [code, ""], outcome.stderr);
    return errorOf(outcome.stderr);
  }

  /** Starts a server on a port that the system picks, and waits until it listens. */
  async serve(...flags: string[]): Promise<Server> {
    const ready = `${this.dir}/ready-${crypto.randomUUID()}`;
    const bind = flags.includes("--bind") ? [] : ["--bind", "127.0.0.1:0"];
    const env = { PLASMITE_SERVE_READY_FILE: ready };
    const process = this.startIn(env, ["serve", ...bind, ...flags]);
    const address = await addressOf(process, ready);
    const scheme = flags.some((flag) => flag.startsWith("--tls")) ? "https" : "http";
    return { url: `${scheme}://${address}`, process };
  }

  /** Puts a program `pls` into a directory below the home, for shells, and returns that. */
  addProgram(way: Way): string {
    const bin = `${this.dir}/bin`;
    Deno.mkdirSync(bin);
    const words = [way.program, ...way.argumentsFor([])].map((word) => `'${word}'`).join(" ");
    Deno.writeTextFileSync(`${bin}/pls`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
    return bin;
  }
}

/** A running `pls serve`. */
export interface Server {
  /** Where it answers, such as `http://127.0.0.1:41000`. */
  readonly url: string;
  /** The process. */
  readonly process: Running;
}

/** A server ends cleanly when it is told to, having said nothing. */
export async function assertEndsCleanly({ process }: Server): Promise<void> {
  process.signal("SIGTERM");
  assertEquals((await process.status()).code, 0);
  assertEquals([await process.stdout.next(), await process.stderr.next()], [undefined, undefined]);
}
