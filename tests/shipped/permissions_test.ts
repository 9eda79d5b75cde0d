/**
 * `pls` is given no more than it needs: every command does all it promises with the permissions
 * it is said to need and no others, and without one of them says which it lacks.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Condition,
  MESSAGING,
  type Need,
  type Permission,
  PERMISSION_FLAGS,
  permissionFlag,
  PERMISSIONS,
  permissionsTable,
} from "../../release/permissions.ts";
import { ROOT } from "../../release/targets.ts";
import config from "../../deno.json" with { type: "json" };
import { testAll } from "./acts.ts";
import { commandOf, COMMANDS } from "./command_of.ts";
import { assertEndsCleanly, Pls } from "./pls.ts";
import { bundledWay, type Way } from "./ways.ts";

/** A URL, or a pool of a remote by its name. */
const isOnServer = (args: readonly string[]) =>
  args.some((word) => /^((https?|nats|tls):\/\/|\w+:\w+$)/.test(word));

/**
 * Whether a call with these arguments is one of those that a condition speaks of.
 *
 * @param withDaemon It is made while a daemon runs.
 */
type Meets = (args: readonly string[], withDaemon: boolean) => boolean;

const MEETS: Readonly<Record<Condition, Meets>> = {
  "for a pool of this machine": (args) => !isOnServer(args),
  "for a pool on a server": isOnServer,
  "with `--create`": (args) => args.includes("--create"),
  "with `--engine`": (args) => args.includes("--engine"),
  "with `--repair`": (args) => args.includes("--repair"),
  // A server that is to say that it listens writes that to a file.
  "for requests that change pools, and for `--request-log`": () => true,
  "for calls that change pools": () => true,
  "for names of this machine, when `--bind` is every address": (args) => {
    const bind = args.indexOf("--bind");
    return bind === -1 ? args.includes("init") : args[bind + 1].startsWith("0.0.0.0");
  },
  // These are called for that.
  "when the daemon runs": () => true,
  "when the daemon runs, or the mesh is on NATS": (_args, withDaemon) => withDaemon,
  // Nothing here sets it.
  "without `PLS_SESSION`": () => true,
};

function isNeeded({ needs }: Permission, args: readonly string[]): boolean {
  const command = commandOf(args);
  return needs.some(({ commands, when }) =>
    (commands === "all" || command !== undefined && commands.includes(command)) &&
    (when === undefined || MEETS[when](args, false))
  );
}

/** The flags of the permissions that a call is said to need. */
function neededFlags(args: readonly string[]): string[] {
  const needed = PERMISSIONS.filter((permission) => isNeeded(permission, args));
  return ["--no-prompt", ...needed.map(({ flag }) => flag)];
}

/** Where Deno notes down what it is asked for, in a file for each call. */
const AUDITS = Deno.makeTempDirSync({ prefix: "pls-audits-" });
addEventListener("unload", () => Deno.removeSync(AUDITS, { recursive: true }));

/** With the permissions a command needs; what it asks for is noted down. */
function limitedWay(): Way {
  const way = bundledWay("with the permissions a command needs", neededFlags);
  const environment = (home: string) => ({
    ...way.environment(home),
    DENO_AUDIT_PERMISSIONS: `${AUDITS}/${crypto.randomUUID()}.jsonl`,
  });
  return { ...way, environment };
}

testAll(limitedWay());

/** A daemon notes things down in the file of the command that started it, over what is there. */
function entryOf(line: string): { permission: string; value: unknown }[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

/** What was asked for so far, as `permission` or `permission value`. */
function askedFor(): Set<string> {
  const paths = Array.from(Deno.readDirSync(AUDITS), ({ name }) => `${AUDITS}/${name}`);
  // One that was killed may have left a part of a line.
  const lines = paths.flatMap((path) => Deno.readTextFileSync(path).split("\n").slice(0, -1));
  const entries = lines.flatMap(entryOf);
  return new Set(entries.map(({ permission, value }) => {
    const isNamed = permission === "env" || permission === "sys";
    return isNamed ? `${permission} ${value}` : permission;
  }));
}

Deno.test("pls asks for what it is allowed and nothing else, and for all of that", async () => {
  await using pls = new Pls(limitedWay());
  await pls.done("tap", "work", "--create", "--", "true");
  await pls.done("serve", "init");
  await pls.done("source", "create", "nina");
  await pls.done("ls");
  assertEquals((await pls.pls("send", "nina", "hi")).code, 0);
  const beating = pls.start("heartbeat");
  await beating.stderr.next();
  await assertEndsCleanly(await pls.serve());
  const allowed = PERMISSIONS.flatMap(({ name, flag }) => {
    const values = flag.split("=")[1];
    return values === undefined ? [name] : values.split(",").map((value) => `${name} ${value}`);
  });
  // Windows has its own name for a home.
  const isElsewhere = (value: string) => value === "env USERPROFILE" && Deno.build.os !== "windows";
  // Deno notes nothing when any program may be run.
  const expected = allowed.filter((value) => value !== "run" && !isElsewhere(value));
  assertEquals([...askedFor()].toSorted(), expected.toSorted());
});

/** Arguments for the commands of messaging that need some. */
const MESSAGING_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  send: ["nina", "hi"],
  read: ["inbox"],
  reread: ["inbox"],
  "subs add": ["lobby"],
  "subs rm": ["lobby"],
  "source create": ["nina"],
  "source destroy": ["n*"],
  "pipe create": ["lobby"],
  "pipe destroy": ["lobby"],
  "set handle": ["nina"],
  "set namespace": ["ops"],
  connect: ["nina"],
  switch: ["nina"],
};

/** A call of every command of messaging that opens the mesh. */
const MESSAGING_CALLS = MESSAGING.map((name) => [
  ...name.split(" "),
  ...MESSAGING_ARGUMENTS[name] ?? [],
]);

/** Calls that need a permission while a daemon runs. */
const LACKING_WITH_DAEMON: Partial<Record<Permission["name"], readonly (readonly string[])[]>> = {
  net: [...MESSAGING_CALLS, ["status"], ["diagnostics"], ["daemon", "status"]],
  write: [["status"], ["diagnostics"], ["daemon", "status"]],
  run: [["status"], ["daemon", "status"], ["daemon", "stop"]],
};

/** A call for every reason to need a permission, in a home with the pool `work`. */
const LACKING: Readonly<Record<Permission["name"], readonly (readonly string[])[]>> = {
  read: COMMANDS.map((name) => [...name.split(" "), ...placeholders(name)]),
  env: COMMANDS.map((name) => [...name.split(" "), ...placeholders(name)]),
  write: [
    ["tap", "work", "--", "true"],
    ["pool", "import", "copy", "--create"],
    ["bridge", "work", "copy", "--create", "--once"],
    ["serve", "init"],
    ["feed", "work", "1"],
    ["duplex", "work"],
    ["pool", "create", "new"],
    ["pool", "delete", "work", "--json"],
    ["follow", "new", "--create"],
    ["doctor", "bad", "--repair"],
    ["serve", "--request-log", "log"],
    ["mcp"],
    ...MESSAGING_CALLS,
    ["daemon", "start"],
    ["daemon", "restart"],
  ],
  net: [
    ["serve", "--bind", "127.0.0.1:0"],
    ["feed", "http://127.0.0.1:9700/work", "1"],
    ["follow", "http://127.0.0.1:9700/work"],
    ["duplex", "http://127.0.0.1:9700/work"],
    ["fetch", "http://127.0.0.1:9700/work", "1"],
    ["bridge", "work", "http://127.0.0.1:9700/work"],
    ["pool", "create", "http://127.0.0.1:9700/work"],
    ["pool", "list", "http://127.0.0.1:9700"],
    ["pool", "info", "http://127.0.0.1:9700/work"],
    ["pool", "delete", "http://127.0.0.1:9700/work", "--json"],
    ["pool", "export", "http://127.0.0.1:9700/work"],
    ["pool", "import", "nats://127.0.0.1:4222/work"],
    ["tap", "nats://127.0.0.1:4222/work", "--", "true"],
    ["mcp", "--engine", "nats://127.0.0.1:4222"],
    ["daemon", "start"],
    ["daemon", "restart"],
  ],
  run: [
    ["tap", "work", "--", "true"],
    ...MESSAGING_CALLS.filter(([name]) => name !== "who"),
    ["daemon", "start"],
    ["daemon", "restart"],
  ],
  sys: [["serve", "init"], ["heartbeat", "--handle", "nina"], [
    ...["serve", "--bind", "0.0.0.0:0", "--allow-non-loopback"],
    ...["--access", "read-only", "--tls-self-signed"],
  ]],
};

/** What an agent writes to `pls mcp` to feed a message. */
const FEED_CALL = `${
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "plasmite_feed", arguments: { pool: "work", data: 1 } },
  })
}\n`;

/** What a command has to be given so that it is called at all. */
function placeholders(name: string): string[] {
  if (name === "completion") return ["bash"];
  if (name === "fetch") return ["work", "1"];
  if (name === "tap") return ["work", "--", "true"];
  if (name === "bridge") return ["work", "copy", "--once"];
  if (Object.hasOwn(MESSAGING_ARGUMENTS, name)) return [...MESSAGING_ARGUMENTS[name]];
  return /^(pool (?!list)|feed|follow|duplex|doctor)/.test(name) ? ["work"] : [];
}

Deno.test("there is a call for every reason to need a permission", () => {
  for (const { name, needs } of PERMISSIONS) {
    const isTried = (command: string, { when }: Need) => {
      const isCall = (withDaemon: boolean) => (args: readonly string[]) =>
        commandOf(args) === command && (when === undefined || MEETS[when](args, withDaemon));
      return LACKING[name].some(isCall(false)) || LACKING_WITH_DAEMON[name]?.some(isCall(true));
    };
    for (const need of needs) {
      const commands = need.commands === "all" ? COMMANDS : need.commands;
      for (const command of commands) assert(isTried(command, need), `${command} without ${name}`);
    }
  }
});

for (const { name, flag } of PERMISSIONS) {
  const kind = flag.replace(/=.*/, "");
  const without = () => PERMISSION_FLAGS.filter((other) => other !== flag);
  Deno.test(`without ${kind}, each command that needs it says so`, async () => {
    await using all = new Pls(bundledWay("with all", () => PERMISSION_FLAGS));
    await all.done("feed", "work", "1", "--create");
    Deno.copyFileSync(`${all.pools}/work.plasmite`, `${all.pools}/bad.plasmite`);
    damage(`${all.pools}/bad.plasmite`);
    const way = bundledWay(`without ${kind}`, without);
    await using pls = new Pls({ ...way, environment: () => way.environment(all.dir) });
    await assertLack(pls, name, LACKING[name]);
    const calls = LACKING_WITH_DAEMON[name];
    if (calls === undefined || Deno.build.os === "windows") return;
    await all.done("daemon", "start");
    try {
      await assertLack(pls, name, calls);
    } finally {
      await all.done("daemon", "stop");
    }
  });
}

/** Each of the calls fails, and says that it lacks what Deno calls `name`. */
async function assertLack(
  pls: Pls,
  name: Permission["name"],
  calls: readonly (readonly string[])[],
): Promise<void> {
  const kind = permissionFlag(name).replace(/=.*/, "");
  for (const args of calls) {
    const isAgent = args[0] === "mcp";
    const { code, stdout, stderr } = await pls.call(args, { stdin: isAgent ? FEED_CALL : "1\n" });
    // An agent is told in the answer to its call, and can make others.
    const isTold = isAgent && name === "write" ? code === 0 : code > 0 && code < 10;
    assert(isTold, `${args.join(" ")} ended with ${code}`);
    // What can't be deleted is told in the list of what was.
    assertStringIncludes(stderr + stdout, kind, args.join(" "));
  }
}

/** Changes the data of the one message, the number 1. */
function damage(path: string): void {
  const bytes = Deno.readFileSync(path);
  const at = new TextDecoder("latin1").decode(bytes).lastIndexOf("1");
  bytes[at] ^= 1;
  Deno.writeFileSync(path, bytes);
}

Deno.test("help on the program, and its version, need to read their own parts alone", async () => {
  await using pls = new Pls(bundledWay("reading", () => ["--no-prompt", "--allow-read"]));
  for (const flag of ["--help", "-h", "--version"]) await pls.done(flag);
});

Deno.test("`deno task pls` has the same permissions", () => {
  const words = config.tasks.pls.command.split(" ");
  assertEquals(words, ["deno", "run", ...PERMISSION_FLAGS, "cli.ts"]);
});

Deno.test("docs/installing.md says which command needs which permission", () => {
  const text = Deno.readTextFileSync(new URL("docs/installing.md", ROOT));
  assertStringIncludes(text, permissionsTable());
});
