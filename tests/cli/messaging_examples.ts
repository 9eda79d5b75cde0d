/**
 * The examples in the help of messaging commands, run as they stand there, where nina works: each
 * finds what it needs, and those that wait are sent something.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { MESSAGING_GROUPS, MESSAGING_LOADERS } from "../../cli/messaging/table.ts";
import { Client } from "@plasmite/pool";
import { MessagingService } from "../../messaging/internal_mod.ts";
import { engineOf } from "../messaging/world.ts";
import { type Child, PATIENCE_MS } from "../process/child.ts";
import type { Stage } from "../process/stage.ts";

/** Whether a command is one of messaging. */
export function isMessaging(name: string): boolean {
  return Object.hasOwn(MESSAGING_LOADERS, name) || Object.hasOwn(MESSAGING_GROUPS, name);
}

/** The session of every call: each is a session for POSIX. */
const SESSION = "examples";

const SOURCES = ["otto", "build-1", "nina"];
const PIPES = ["lobby", "nina.log", "nina.tasks", "build-1.log"];

/** What the examples of a command make themselves. */
const MADE_BY_EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  source: ["nina"],
  "source create": ["nina"],
  pipe: ["lobby", "nina.log"],
  "pipe create": ["lobby", "nina.log"],
};

/** A mesh with sources, pipes and a message, in the home of a stage. */
export class Mesh implements AsyncDisposable {
  /** Where the examples are run. */
  readonly stage: Stage;
  readonly #messaging: MessagingService;
  readonly #usesDaemon: boolean;

  private constructor(stage: Stage, messaging: MessagingService, usesDaemon: boolean) {
    this.stage = stage;
    this.#messaging = messaging;
    this.#usesDaemon = usesDaemon;
  }

  /** Makes it for the examples of a command. */
  static async open(stage: Stage, command: string): Promise<Mesh> {
    using pools = stage.client();
    const dir = `${pools.dir}/mesh`;
    const messaging = await MessagingService.open({
      client: new Client({ dir }),
      prefix: "",
      home: pools.dir.replace(/\/pools$/, ""),
      createdBy: "",
      engine: engineOf(dir),
    });
    const usesDaemon = /^(daemon|status|diagnostics)\b/.test(command);
    const mesh = new Mesh(stage, messaging, usesDaemon);
    await mesh.#fill(MADE_BY_EXAMPLES[command] ?? []);
    if (usesDaemon && !/^daemon( start)?$/.test(command)) await mesh.run("pls daemon start");
    return mesh;
  }

  async #fill(left: readonly string[]): Promise<void> {
    const session = SESSION;
    for (const handle of SOURCES.filter((name) => !left.includes(name))) {
      await this.#messaging.call("Create", { handle, session });
    }
    for (const path of PIPES.filter((name) => !left.includes(name))) {
      const [handle, name] = path.includes(".") ? path.split(".") : ["", path];
      if (left.includes(handle)) continue;
      await this.#messaging.call("PipeCreate", { handle, name, session });
    }
    if (!left.includes("nina")) await this.send("nina");
    if (!left.includes("lobby")) {
      await this.#messaging.call("SubsAdd", { session, targets: ["lobby"] });
    }
    Deno.writeTextFileSync(`${this.stage.directory}/tasks.txt`, "one\ntwo\n");
  }

  /** Sends a message to the inbox of a source, or into `HANDLE.PIPE`. */
  async send(target: string): Promise<void> {
    const [handle, channel = "inbox"] = target.split(".");
    await this.#messaging.call("Send", { handle, channel, payload: "hi", session: SESSION });
  }

  /** Runs a line to its end, and returns what it says on standard error. */
  async run(line: string): Promise<string> {
    const { code, stderr } = await this.stage.runScript(scriptOf(line));
    assertEquals(code, 0, `${line}: ${stderr}`);
    return stderr;
  }

  /** Stops the daemon, if the examples had one. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#usesDaemon) await this.run("pls daemon stop");
    await this.#messaging[Symbol.asyncDispose]();
  }
}

function scriptOf(line: string): string {
  return `export PLS_SESSION=${SESSION}\n${line}`;
}

/** Runs an example. */
export async function runMessaging(mesh: Mesh, line: string): Promise<void> {
  if (/^pls (await|subs wait|ls --watch|read)/.test(line)) {
    for (const target of ["nina", "build-1.log"]) await mesh.send(target);
  }
  if (/--foreground|^pls heartbeat|--tail\b/.test(line)) return await runUntilUp(mesh, line);
  const said = await mesh.run(line);
  assert(expectedOf(line).test(said), `${line}: ${said}`);
}

/** What a line says on standard error. */
function expectedOf(line: string): RegExp {
  if (line.includes("pls send ")) return /^(sent id=\w{8} to=\S+ bytes=\d+( ack=requested)?\n)+$/;
  return /^pls await (?!.*--json)/.test(`${line} `) ? /^messages arrived on \S+\n$/ : /^$/;
}

/** Runs a line that goes on until it is interrupted, until it works. */
async function runUntilUp({ stage }: Mesh, line: string): Promise<void> {
  const isDaemon = line.includes("--foreground");
  // Another one may be there.
  if (isDaemon) await stage.runScript("pls daemon stop");
  const child = stage.startScript(scriptOf(`exec ${line}`));
  const hasSaid = (text: string) => text.includes("\n");
  if (isDaemon) await untilDaemon(stage, child);
  else if (line.includes("heartbeat")) await child.stderr.until(hasSaid, "its heartbeat");
  else await child.stdout.until(hasSaid, "a message");
  child.signal("SIGINT");
  assertEquals(await child.exit(), 0, `${line}: ${child.stderr.text}`);
}

async function untilDaemon(stage: Stage, child: Child): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while ((await stage.runScript("pls status")).code !== 0) {
    assert(child.running && performance.now() < deadline, child.stderr.text);
  }
}
