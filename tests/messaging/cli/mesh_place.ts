/**
 * The real `pls` with a mesh of its own, in files without a daemon and with one, and on NATS: what it
 * prints is the same.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type CallOptions,
  denoArguments,
  type Launch,
  type Outcome,
  Place,
} from "../../cli/pls.ts";
import { NatsServer, NO_NATS } from "../../nats/nats_server.ts";

/** As in a shell of ravi's, whose terminal is wide. */
const launchOn = (mesh: string): Launch => ({
  program: Deno.execPath(),
  argumentsFor: denoArguments,
  environment: (dir) => ({
    PLS_DIR: `${dir}/pools`,
    PLS_CONFIG: `${dir}/config.jsonc`,
    PLS_HOME: `${dir}/home`,
    PLS_SESSION: "shell",
    PLS_CURRENT_HANDLE: "",
    PLS_IPC_SOCKET: "",
    PLS_MESH: mesh,
    USER: "ravi",
    COLUMNS: "200",
    NO_COLOR: "",
    TZ: "UTC",
  }),
  clearEnv: false,
  pools: "pools",
});

/** What a call is expected to do; what is not said is empty, and the exit code 0. */
export interface Expected {
  readonly code?: number;
  /** Standard output, after {@linkcode normal}. */
  readonly out?: string;
  /** Standard error, after {@linkcode normal}. */
  readonly err?: string;
}

/** What a place is to have. */
export interface PlaceOptions {
  /** A daemon that runs. */
  readonly daemon?: boolean;
  /** A NATS server that has the mesh; without it, the mesh is in files. */
  readonly nats?: NatsServer;
}

/** A directory with a mesh. */
export class MeshPlace extends Place {
  readonly #launch: Launch;
  readonly #hasDaemon: boolean;

  private constructor(launch: Launch, hasDaemon: boolean) {
    super(launch);
    this.#launch = launch;
    this.#hasDaemon = hasDaemon;
  }

  /** Makes one, and starts a daemon if there is to be one. */
  static async open({ daemon = false, nats }: PlaceOptions): Promise<MeshPlace> {
    const place = new MeshPlace(launchOn(nats?.url ?? ""), daemon);
    if (daemon) assertEquals((await place.pls("daemon", "start")).code, 0);
    return place;
  }

  /** Calls `pls`, which has to do what is expected. */
  async does(
    args: readonly string[],
    expected: Expected,
    options: CallOptions = {},
  ): Promise<void> {
    const { code, stdout, stderr } = await this.call(args, options);
    const { code: expectedCode = 0, out = "", err = "" } = expected;
    assertEquals(
      { code, out: normal(stdout), err: normal(stderr) },
      { code: expectedCode, out, err },
      args.join(" "),
    );
  }

  /** Calls `pls`, which has to fail with a code of messaging and print nothing else. */
  async fails(args: readonly string[], code: string, exitCode: number): Promise<void> {
    const { code: actual, stdout, stderr } = await this.pls(...args);
    const [, told] = /^error: (E_[A-Z_]+): .+\n(hint: .+\n)?$/.exec(stderr) ?? [];
    assertEquals([actual, stdout, told], [exitCode, "", code], `${args.join(" ")}: ${stderr}`);
  }

  /** Calls `pls`, which has to refuse the call; returns what it says. */
  async refuses(args: readonly string[], options: CallOptions = {}): Promise<string> {
    const { code, stdout, stderr }: Outcome = await this.call(args, options);
    assertEquals([code, stdout], [2, ""], `${args.join(" ")}: ${stderr}`);
    return JSON.parse(stderr).error.message;
  }

  /** A shell script that is this `pls`, in the session of whoever calls it. */
  script(): string {
    const { PLS_SESSION: _, ...environment } = this.#launch.environment(this.dir);
    const exports = Object.entries(environment).map(([name, value]) =>
      `export ${name}='${value}'\n`
    );
    const { program } = this.#launch;
    const words = [program, ...this.#launch.argumentsFor([])].map((word) => `'${word}'`);
    return `#!/bin/sh\n${exports.join("")}exec ${words.join(" ")} "$@"\n`;
  }

  /** Stops the daemon, and removes all. */
  override async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.#hasDaemon) await this.pls("daemon", "stop");
    } finally {
      await super[Symbol.asyncDispose]();
    }
  }
}

/** Without what differs from run to run. */
export function normal(text: string): string {
  return text
    .replaceAll(/\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b/g, "ID")
    .replaceAll(/(?<=sent id=)[\da-f]{8}\b/g, "ID8")
    .replaceAll(/(?<=→ )[\da-f]{8}\b/g, "ID8")
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "WHEN")
    .replaceAll(/^\d\d:\d\d:\d\d(?= {2})/gm, "HH:MM:SS")
    .replaceAll(/(just now|\d+ seconds? ago) */g, "AGO ");
}

/** Registers a test of what has to be the same in files, with a daemon and without, and on NATS. */
export function testEveryWay(name: string, test: (place: MeshPlace) => Promise<void>): void {
  for (const daemon of [false, true]) {
    Deno.test({
      name: `${name}, ${daemon ? "through the daemon" : "in process"}`,
      ignore: daemon && Deno.build.os === "windows",
      fn: async () => {
        await using place = await MeshPlace.open({ daemon });
        await test(place);
      },
    });
  }
  Deno.test({
    name: `${name}, on NATS`,
    ignore: NO_NATS !== undefined,
    fn: async () => {
      await using nats = await NatsServer.start();
      await using place = await MeshPlace.open({ nats });
      await test(place);
    },
  });
}
