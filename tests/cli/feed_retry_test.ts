import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parseInvocation } from "../../cli/arguments.ts";
import { feed } from "../../cli/feed.ts";
import { retrying } from "../../cli/input/retry.ts";
import { Screen } from "../../cli/screen.ts";
import { Session } from "../../cli/session.ts";
import type { Settings } from "../../cli/settings.ts";
import { Client } from "../../client.ts";
import { BusyError, DEFAULT_POOL_BYTES, IoError, type Pool } from "../../pool/mod.ts";

/** A pool of an impatient client, with its lock held by somebody else. */
class HeldPool implements Disposable {
  readonly dir = Deno.makeTempDirSync({ prefix: "pls-test-" });
  readonly client = new Client({ dir: this.dir, lockTimeoutMs: 0 });
  readonly pool: Pool = this.client.pool("jobs");
  readonly #holder = Deno.openSync(this.pool.path, { read: true, write: true });

  constructor() {
    this.#holder.lockSync(true);
  }

  letGo(): void {
    this.#holder.unlockSync();
  }

  [Symbol.dispose](): void {
    this.#holder.close();
    this.client.close();
    Deno.removeSync(this.dir, { recursive: true });
  }
}

Deno.test("an append that finds the pool held is tried again until it is let go", async () => {
  using held = new HeldPool();
  const waits: number[] = [];
  const message = await retrying(() => held.pool.append(1), {
    retries: 5,
    delayMs: 70,
    pause: (ms) => {
      if (waits.push(ms) === 2) held.letGo();
      return Promise.resolve();
    },
  });
  assertEquals([message.seq, waits], [1, [70, 70]]);
});

Deno.test("a last failure says how often it was tried and how long it was waited", async () => {
  using held = new HeldPool();
  const pause = () => Promise.resolve();
  const options = { retries: 3, delayMs: 70, pause };
  const failed = await assertRejects(() => retrying(() => held.pool.append(1), options));
  const { kind, hint } = failed as BusyError;
  assertEquals(kind, "Busy");
  assertStringIncludes(hint!, "after 4 attempts, having waited 210 ms");
});

Deno.test("without a retry, the failure is the pool's own", async () => {
  using held = new HeldPool();
  const options = { retries: 0, delayMs: 70 };
  const failed = await assertRejects(() => retrying(() => held.pool.append(1), options), BusyError);
  assertEquals(failed.hint?.includes("attempts"), false);
});

Deno.test("what no other process is the cause of is not tried again", async () => {
  let tries = 0;
  const fail = () => {
    tries++;
    throw new IoError("no space left");
  };
  await assertRejects(() => retrying(fail, { retries: 3, delayMs: 1 }), IoError);
  assertEquals(tries, 1);
});

Deno.test("feed --retry keeps to the number and the delay that were typed", async () => {
  using held = new HeldPool();
  class ImpatientSession extends Session {
    override get client(): Client {
      return held.client;
    }
  }
  const nowhere = { writeSync: (bytes: Uint8Array) => bytes.length };
  const facts = { isTerminal: false, colorChoice: "never", noColor: true } as const;
  const screen = new Screen(nowhere, facts);
  const stdin = { isTerminal: () => true, readSync: () => null };
  const settings: Settings = {
    found: false,
    dir: { value: held.dir, source: "default" },
    size: { value: DEFAULT_POOL_BYTES, source: "default" },
    color: { value: "never", source: "default" },
    mesh: { value: undefined, source: "default" },
    remotes: {},
  };
  using session = new ImpatientSession({ stdin, stdout: screen, stderr: screen, settings });
  const args = ["jobs", "1", "--retry", "2", "--retry-delay", "3ms"];
  const run = async () => await feed.run(parseInvocation(feed, args), session);
  const { kind, hint } = await assertRejects(run) as BusyError;
  assertEquals(kind, "Busy");
  assertStringIncludes(hint!, "after 3 attempts, having waited 6 ms");
  held.letGo();
  assertEquals([await run(), held.pool.get(1).data], [0, 1]);
});
