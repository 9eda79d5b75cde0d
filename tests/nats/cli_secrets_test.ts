/**
 * A password or token in the URL of a server is never told: not by a command that fails, nor by
 * one that does not, nor in a notice.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { noTerminal, startOnTerminal } from "../cli/on_terminal.ts";
import { denoArguments, type Outcome, Place } from "../cli/pls.ts";
import { freePort, NatsServer, natsTest, NO_NATS, sharedServer } from "./nats_server.ts";

const SECRET = "hunter2";

/** Calls that are made at the same time. */
const AT_ONCE = 4;

const server = sharedServer({ config: `authorization { user: "u", password: "${SECRET}" }` });

/** The URL of `on` with the secret as a password. */
function withSecret(on: NatsServer = server()): string {
  return on.url.replace("//", `//u:${SECRET}@`);
}

/** Calls that get as far as the server. */
function reachingCalls(url: string, pool: string): string[][] {
  const reference = `${url}/${pool}`;
  return [
    ["feed", reference, "1"],
    ["feed", reference, "-e", "skip"],
    ["feed", reference, "1", "--durability", "flush"],
    ["fetch", reference, "99"],
    ["follow", reference, "--tail", "1", "--timeout", "50ms"],
    ["duplex", reference],
    ["tap", reference, "-q", "--", "no-such-program"],
    ["pool", "create", reference, "--replicas", "3"],
    ["pool", "info", reference],
    ["pool", "delete", `${reference}-none`],
    ["pool", "delete", `${reference}-none`, "--json"],
    ["pool", "export", reference],
    ["pool", "import", reference],
    ["pool", "list", url],
    ["serve", "--engine", `${url}.invalid`],
    ["mcp", "--engine", url],
  ];
}

/** Calls that are refused for what they are given. */
function refusedCalls(url: string): string[][] {
  const reference = `${url}/jobs`;
  return [
    ["feed", reference, "{"],
    ["feed", reference, "1", "--retry-delay", "1s"],
    ["feed", reference, "1", "2", reference],
    ["feed", reference, "1", "--token", "t"],
    ["fetch", "jobs", reference],
    ["follow", reference, "--replay", "1"],
    ["follow", reference, "--where", ".data +"],
    ["follow", reference, "--since", reference],
    ["follow", reference, "--format", reference],
    ["follow", "jobs", `--${reference}`],
    ["tap", reference],
    ["pool", "create", reference, "--index-capacity", "5"],
    ["pool", "create", reference, "--size", reference],
    ["pool", "list", reference],
    ["pool", reference],
    ["doctor", reference],
    ["doctor", reference, "--json"],
    ["serve", "--engine", reference],
    ["serve", "check", "--engine", url],
    ["serve", "--bind", reference],
    ["mcp", "--engine", reference],
    ["mcp", "--dir", reference, "--access", reference],
    ["completion", reference],
    ["help", reference],
    [reference],
    ["--dir", reference, "pool", "list"],
  ];
}

/** Makes calls, and fails when one tells the secret. */
async function assertSilent(place: Place, calls: string[][]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const left = calls.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const args of left) {
      const outcome = await place.call(args, { stdin: "1\n}\n3\n" });
      assertHidden(`${outcome.stdout}\n${outcome.stderr}`, args);
      outcomes.push(outcome);
    }
  }));
  return outcomes;
}

function assertHidden(text: string, args: readonly string[]): void {
  assert(!text.includes(SECRET), `pls ${args.join(" ")} says:\n${text}`);
}

natsTest("no command that works tells the password, and none that is refused", async () => {
  await using place = new Place();
  await assertSilent(place, [
    ["pool", "create", `${withSecret()}/jobs`],
    ["pool", "create", `${withSecret()}/json`, "--json"],
  ]);
  await place.done("feed", `${withSecret()}/jobs`, "1");
  const outcomes = await assertSilent(place, reachingCalls(withSecret(), "jobs"));
  assert(outcomes.some(({ code }) => code === 0));
  for (const { code } of await assertSilent(place, refusedCalls(withSecret()))) {
    assertNotEquals(code, 1);
  }
  await assertSilent(place, [
    ["pool", "create", `${withSecret()}/jobs`],
    ["pool", "delete", `${withSecret()}/jobs`],
    ["pool", "delete", `${withSecret()}/json`, "--json"],
  ]);
});

natsTest("no command on a pool that is missing tells the password", async () => {
  await using place = new Place();
  const outcomes = await assertSilent(place, reachingCalls(withSecret(), "none"));
  assert(outcomes.some(({ code }) => code === 3));
});

natsTest("no command that is refused credentials tells what it was given", async () => {
  await using place = new Place();
  await using other = await NatsServer.start({ config: 'authorization { token: "another" }' });
  // As a password, and as a token.
  for (const url of [withSecret(other), other.url.replace("//", `//${SECRET}@`)]) {
    const outcomes = await assertSilent(place, reachingCalls(url, "jobs"));
    assert(outcomes.some(({ code }) => code === 6));
  }
});

natsTest("no command that finds nobody tells the password", async () => {
  await using place = new Place();
  const url = `nats://u:${SECRET}@127.0.0.1:${freePort()}`;
  const outcomes = await assertSilent(place, reachingCalls(url, "jobs"));
  assert(outcomes.some(({ code }) => code === 8));
});

natsTest("no complaint about a URL tells the password in it", async () => {
  await using place = new Place();
  const { address } = server();
  const odd = [
    `nats://u:${SECRET}/more@${address}`,
    `nats://u:${SECRET}@${address}:1:2`,
    `nats://u:${SECRET}%zz@${address}`,
    `tls://u:p@${SECRET}@${address}`,
    `NATS://u:${SECRET}@`,
    `http://u:${SECRET}@127.0.0.1:1`,
    `https://u:${SECRET}@127.0.0.1:1`,
  ];
  for (const url of odd) {
    const reference = `${url}/jobs`;
    await assertSilent(place, [
      ["feed", reference, "1"],
      ["follow", reference, "--create"],
      ["tap", reference, "--", "true"],
      ["duplex", reference],
      ["pool", "create", reference],
      ["pool", "delete", reference, "--json"],
      ["pool", "delete", reference],
      ["pool", "list", url],
      ["pool", "export", reference],
      ["pool", "import", reference],
      ["doctor", reference],
      ["serve", "--engine", url],
      ["mcp", "--engine", url],
    ]);
    const remotes = { n: { url } };
    Deno.writeTextFileSync(`${place.dir}/config.jsonc`, JSON.stringify({ remotes }));
    await assertSilent(place, [["feed", "n:jobs", "1"], ["config"], ["config", "--json"]]);
    Deno.removeSync(`${place.dir}/config.jsonc`);
  }
});

natsTest(
  "notices of skipped, dropped and missing messages and of a lost connection hide it",
  async () => {
    await using place = new Place();
    await using away = await NatsServer.start({
      config: `authorization { user: "u", password: "${SECRET}" }`,
    });
    const url = `${withSecret(away)}/jobs`;
    const skipping = ["feed", url, "--create", "-e", "skip"];
    const { stderr } = await place.call(skipping, { stdin: "1\n}\n2\n" });
    assertHidden(stderr, skipping);
    assertStringIncludes(stderr, `"pool":"${away.pool("jobs")}"`);
    await using client = connect(withSecret(away));
    await client.createPool("small", { sizeBytes: 65_536 });
    const small = await client.openPool("small");
    const [{ seq }] = await small.appendMany([{ data: 1 }]);
    const following = place.start("follow", `${withSecret(away)}/small`, "--jsonl", "--tail", "1");
    assertEquals(JSON.parse(await following.stdout.next() ?? "").seq, seq);
    following.signal("SIGSTOP");
    // More than a tail asks for ahead, and then the pool retains.
    const inputs = Array.from({ length: 4000 }, (_, n) => ({ data: { n, fill: "f".repeat(100) } }));
    const sent = await small.appendMany(inputs);
    following.signal("SIGCONT");
    const dropped = await following.stderr.next() ?? "";
    assertEquals(JSON.parse(dropped).notice.kind, "drop");
    assertHidden(dropped, ["follow"]);
    for (let last = 0; last < sent[sent.length - 1].seq;) {
      last = JSON.parse(await following.stdout.next() ?? "").seq;
    }
    await away.stop();
    for (let kind = "drop"; kind === "drop";) {
      const line = await following.stderr.next() ?? "";
      assertHidden(line, ["follow"]);
      kind = JSON.parse(line).notice.kind;
    }
    following.signal("SIGTERM");
    await following.status();
  },
);

Deno.test({
  name: "nothing that a person reads on a terminal tells the password",
  ignore: noTerminal || NO_NATS !== undefined,
  fn: async () => {
    await using place = new Place();
    const url = `${withSecret()}/terminal`;
    const calls = [
      ["pool", "create", url],
      ["feed", url, "1"],
      ["fetch", url, "9"],
      ["pool", "info", url],
      ["pool", "list", withSecret()],
      ["follow", url, "--timeout", "10ms"],
      ["duplex", url],
      ["pool", "export", url],
      ["tap", url, "--", "true"],
      ["doctor", url],
      ["pool", "delete", url],
      ["feed", url, "1"],
      ["follow", url],
      ["tap", url, "--", "true"],
    ];
    for (const args of calls) {
      await using running = new Ending(startOnTerminal(place, denoArguments(args)));
      const { stdout } = running.process;
      for (let line = await stdout.next(); line !== undefined; line = await stdout.next()) {
        assertHidden(line, args);
      }
    }
  },
});

/** Has a process ended when a block is left. */
class Ending implements AsyncDisposable {
  readonly process: ReturnType<typeof startOnTerminal>;

  constructor(process: ReturnType<typeof startOnTerminal>) {
    this.process = process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.end();
  }
}
