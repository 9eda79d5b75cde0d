/**
 * A daemon that ends in the middle of its work, killed or stopped: what was acknowledged is there,
 * what was not delivered comes again, and every caller is told something true.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { MessagingError } from "../../../messaging/contracts/mod.ts";
import { DaemonPlace, isRunning, kill, until } from "./daemon_place.ts";

const INBOX = { handle: "nina", channel: "inbox" } as const;
const SENDERS = 8;
const ROUNDS = 4;

/** What became of messages that were sent to a daemon until it was gone. */
class Sending {
  readonly acknowledged = new Set<string>();
  readonly failures: { payload: string; code: string }[] = [];
  readonly done: Promise<void[]>;

  constructor(place: DaemonPlace, round: string) {
    const send = async (sender: number) => {
      const client = place.client();
      for (let i = 0;; i++) {
        const payload = `${round}-${sender}-${i}`;
        try {
          await client.call("Send", { ...INBOX, payload });
          this.acknowledged.add(payload);
        } catch (error) {
          if (!(error instanceof MessagingError)) throw error;
          this.failures.push({ payload, code: error.code });
          return;
        }
      }
    };
    this.done = Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
  }
}

/** Every payload in the inbox, in order; cursors stay. */
async function payloadsIn(place: DaemonPlace): Promise<string[]> {
  const payloads: string[] = [];
  for await (const events of place.client().read({ ...INBOX, all: true })) {
    payloads.push(...events.map(({ msg }) => msg!.payload));
  }
  return payloads;
}

function daemonTest(name: string, fn: (place: DaemonPlace) => Promise<void>): void {
  Deno.test({
    name,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using place = new DaemonPlace();
      await fn(place);
    },
  });
}

for (
  const [signal, codes] of [
    ["SIGKILL", ["E_DAEMON_NOT_RUNNING", "E_DELIVERY_UNCONFIRMED"]],
    // It finishes what it has begun, and what has come to it.
    ["SIGTERM", ["E_DAEMON_NOT_RUNNING"]],
  ] as const
) {
  daemonTest(`${signal} amid sends: what was acknowledged is there, once`, async (place) => {
    const acknowledged: string[] = [];
    const uncertain = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const pid = await place.start();
      if (round === 0) await place.client().call("Create", { handle: "nina" });
      const sending = new Sending(place, String(round));
      await until("some to be sent", () => {
        return Promise.resolve(sending.acknowledged.size > 40 + 17 * round);
      });
      kill(pid, signal);
      await sending.done;
      await until("its end", () => Promise.resolve(!isRunning(pid)));
      assertEquals(sending.failures.length, SENDERS);
      for (const { payload, code } of sending.failures) {
        assert(codes.some((known) => known === code), `${payload}: ${code}`);
        if (code === "E_DELIVERY_UNCONFIRMED") uncertain.add(payload);
      }
      acknowledged.push(...sending.acknowledged);
    }
    await place.start();
    const found = await payloadsIn(place);
    assertEquals(new Set(found).size, found.length, "one came twice");
    const missing = acknowledged.filter((payload) => !found.includes(payload));
    assertEquals(missing, []);
    const known = new Set([...acknowledged, ...uncertain]);
    assertEquals(found.filter((payload) => !known.has(payload)), []);
  });
}

daemonTest("SIGKILL amid a reading: what was not delivered comes again", async (place) => {
  const count = 100;
  await place.start();
  const client = place.client();
  await client.call("Create", { handle: "nina" });
  const payloads = Array.from({ length: count }, (_, i) => String(i).padEnd(20_000, "."));
  await client.call("SendBatch", { ...INBOX, payloads });
  const pid = (await client.call("Status", {})).daemon_pid;
  using raw = await place.connect();
  await raw.ask("Read", INBOX);
  const first = [await raw.line()];
  kill(pid, "SIGKILL");
  first.push(...await raw.lines());
  const numbers = first.map((line) => parseInt(JSON.parse(line ?? "").msg.payload));
  assert(numbers.length < count, "it was killed too late for this test to show anything");
  await until("its end", () => Promise.resolve(!isRunning(pid)));
  await place.start();
  for await (const events of place.client().read(INBOX)) {
    numbers.push(...events.map(({ msg }) => parseInt(msg!.payload)));
  }
  const all = Array.from({ length: count }, (_, i) => i);
  assertEquals([...new Set(numbers)].toSorted((a, b) => a - b), all);
});

daemonTest(
  "whoever follows a pipe is told when the daemon is stopped, or killed",
  async (place) => {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const pid = await place.start();
      const client = place.client();
      await client.call("Connect", { handle: "nina" });
      await client.call("Send", { ...INBOX, payload: signal });
      const got: string[] = [];
      try {
        for await (const events of client.read({ ...INBOX, follow: true })) {
          got.push(...events.map(({ msg }) => msg!.payload));
          kill(pid, signal);
        }
        got.push("the end");
      } catch (error) {
        got.push(error instanceof MessagingError ? error.code : String(error));
      }
      assertEquals(got, [signal, "E_DAEMON_NOT_RUNNING"]);
      await until("its end", () => Promise.resolve(!isRunning(pid)));
      // It may or may not have counted as delivered.
      await place.start();
      for await (const _ of place.client().read(INBOX));
      assertEquals(await place.done("daemon", "stop").then((line) => line.length > 0), true);
    }
  },
);

daemonTest("a daemon that is stopped while somebody says nothing stops at once", async (place) => {
  const daemon = await place.foreground();
  using _silent = await place.connect();
  using half = await place.connect();
  await half.send('{"method":"Send"');
  const startMs = performance.now();
  daemon.kill("SIGTERM");
  assertEquals((await daemon.status).code, 0);
  assertEquals(await half.lines(), []);
  // Not even the time that calls at work get.
  assert(performance.now() - startMs < 2900, `${performance.now() - startMs} ms`);
});
