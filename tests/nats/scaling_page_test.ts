/**
 * What docs/scaling.md tells people to type and to write into files works as it stands there, but
 * for hosts, ports and directories, which are those of this machine.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { errorOf, Place, type Running } from "../cli/pls.ts";
import { eventually } from "../server/eventually.ts";
import { freePort, natsTest } from "./nats_server.ts";

const PAGE = Deno.readTextFileSync(new URL("../../docs/scaling.md", import.meta.url));
const HOST = "127.0.0.1";
/** Where Debian puts it, if the path does not lead there. */
const WHERE_TO_LOOK = `PATH="$PATH:/usr/sbin:/usr/local/sbin"`;

/** The blocks in `language` of the section `title`, in order. */
function blocksOf(title: string, language: string): string[] {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
  const blocks = section.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"));
  return Array.from(blocks, ([, text]) => text);
}

/** The lines of a block, each as the words that the shell makes of it. */
function commandsOf(block: string): string[][] {
  return block.trim().split("\n").map((line) =>
    Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, bare]) => quoted ?? bare)
  );
}

/** A command in the background, ended with its block. */
class Background implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;

  constructor(line: string, options: { cwd: string; env?: Record<string, string> }) {
    this.#child = new Deno.Command("sh", {
      args: ["-c", `${WHERE_TO_LOOK} exec ${line}`],
      ...options,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already, or been ended by a test.
    }
    await this.#child.status;
  }
}

/** Waits until a server answers at `port`. */
async function untilThere(port: number): Promise<void> {
  await eventually(`a server at ${port}`, async () => {
    try {
      (await Deno.connect({ hostname: HOST, port })).close();
      return true;
    } catch {
      return false;
    }
  });
}

/** The next message that a command prints, over several lines. */
async function nextMessage(running: Running): Promise<{ seq: number; data: unknown }> {
  let text = "";
  for (;;) {
    const line = await running.stdout.next();
    text += line ?? "";
    if (line === "}" || line === undefined) return JSON.parse(text);
  }
}

natsTest("getting started goes as it is shown", async () => {
  const [server, commands] = blocksOf("Getting started", "sh");
  await using place = new Place();
  const port = freePort();
  await using _server = new Background(`${server.trim()} -p ${port}`, { cwd: place.dir });
  await untilThere(port);
  assert(Deno.statSync(`${place.dir}/nats-data`).isDirectory);
  const lines = commandsOf(commands.replaceAll("localhost", `${HOST}:${port}`));
  assert(lines.length >= 4);
  for (const [program, ...args] of lines) {
    assertEquals(program, "pls");
    if (args[0] !== "follow") await place.done(...args);
    else assertEquals((await nextMessage(place.start(...args))).data, { task: "resize" });
  }
});

/** A machine of the example, as it is on this one. */
interface Machine {
  readonly name: string;
  readonly port: number;
  readonly routePort: number;
}

/** The configuration of the page for `machine`. */
function configurationFor(machine: Machine, machines: readonly Machine[]): string {
  const [configuration] = blocksOf("Operating a cluster", "conf");
  const replacements: [string, string][] = [
    ["0.0.0.0:4222", `${HOST}:${machine.port}`],
    ["0.0.0.0:6222", `${HOST}:${machine.routePort}`],
    ["/var/lib/nats", "store"],
    ...machines.map(({ name, routePort }): [string, string] => {
      return [`${name}.example:6222`, `${HOST}:${routePort}`];
    }),
  ];
  return replacements.reduce((text, [from, to]) => {
    assert(text.includes(from), from);
    return text.replaceAll(from, to);
  }, configuration);
}

/** Starts the servers of the example below `dir`, until `cleanup`. */
async function startExample(dir: string, cleanup: AsyncDisposableStack) {
  const machines = ["n1", "n2", "n3"].map((name): Machine => {
    return { name, port: freePort(), routePort: freePort() };
  });
  const servers = machines.map((machine) => {
    const cwd = `${dir}/${machine.name}`;
    Deno.mkdirSync(cwd);
    Deno.writeTextFileSync(`${cwd}/nats.conf`, configurationFor(machine, machines));
    const env = { NATS_NAME: machine.name };
    return cleanup.use(new Background("nats-server -c nats.conf", { cwd, env }));
  });
  for (const { port } of machines) await untilThere(port);
  return { hosts: machines.map(({ port }) => `${HOST}:${port}`).join(","), servers };
}

natsTest(
  "the cluster's configuration and commands work, and users may do what is said",
  async () => {
    await using place = new Place();
    await using cleanup = new AsyncDisposableStack();
    const { hosts, servers } = await startExample(place.dir, cleanup);
    const [commands] = blocksOf("Operating a cluster", "sh");
    const lines = commandsOf(commands.replaceAll("n1.example,n2.example,n3.example", hosts));
    const [create, feed, follow] = lines.map(([, ...args]) => args);
    // The servers have to find each other first.
    await eventually("a pool with 3 replicas", async () => (await place.pls(...create)).code === 0);
    await place.done(...feed);
    const following = place.start(...follow);
    assertEquals((await nextMessage(following)).data, { id: 1 });

    const urls = lines.map((line) => line.find((word) => word.startsWith("nats://"))!);
    const [admin, writer, reader] = urls;
    await assertForbidden(place, "feed", reader, "2");
    await assertForbidden(place, "pool", "delete", reader);
    for (const name of ["export", "info"]) await place.done("pool", name, reader);
    await place.done("fetch", reader, "1");
    await assertForbidden(place, "fetch", writer, "1");
    await assertForbidden(place, "follow", writer, "--tail", "1", "--one");
    await assertForbidden(place, "feed", writer.replace("/jobs", "/other"), "2");
    assertEquals(
      JSON.parse(await place.done("pool", "list", dirOf(admin), "--json")).pools.length,
      1,
    );

    // One of three may go.
    await servers[0][Symbol.asyncDispose]();
    assertEquals(JSON.parse(await place.done("feed", writer, "2")).seq, 2);
    assertEquals((await nextMessage(following)).data, 2);
    await place.done("pool", "delete", admin);
  },
);

function dirOf(url: string): string {
  return url.slice(0, url.lastIndexOf("/"));
}

/** Fails unless a call ends for want of permission. */
async function assertForbidden(place: Place, ...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await place.pls(...args);
  // What concerns one pool of several is a row of what is printed.
  const told = stdout === "" ? errorOf(stderr).kind : stdout;
  assert(/Permission/.test(told), `${args.join(" ")}: ${stdout}${stderr}`);
  assert(code !== 0);
}

Deno.test({
  name: "the page has the blocks that are tested",
  fn: () => {
    assertEquals(blocksOf("Getting started", "sh").length, 2);
    assertEquals(blocksOf("Operating a cluster", "conf").length, 1);
    assertEquals(blocksOf("Operating a cluster", "sh").length, 1);
  },
});
