/**
 * Diagnostics: the newest 32 events, and beginnings and ends in a file that survives a crash.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { DIAGNOSTIC_EVENTS_MAX, newError } from "../../../messaging/contracts/mod.ts";
import { DaemonMessaging } from "../../../messaging/daemon/daemon_messaging.ts";
import { Diagnostics } from "../../../messaging/daemon/diagnostics.ts";
import type { Messaging } from "../../../messaging/service/mod.ts";

const START_MS = Date.parse("2031-03-04T05:06:07.25Z");

/** A file of its own, and a clock that goes on by a minute with every look. */
function testWithFile(
  name: string,
  fn: (open: () => Diagnostics, path: string) => void | Promise<void>,
): void {
  Deno.test(name, async () => {
    const dir = Deno.makeTempDirSync();
    const path = `${dir}/diagnostics-lifecycle.jsonl`;
    let nowMs = START_MS;
    try {
      await fn(() => new Diagnostics({ path, now: () => (nowMs += 60_000) - 60_000 }), path);
    } finally {
      Deno.removeSync(dir, { recursive: true });
    }
  });
}

testWithFile("a daemon that begins knows when others began and ended", (open, path) => {
  const first = open();
  assertEquals(first.reply().nats_events, []);
  first.started();
  first.stopped();
  const second = open();
  second.started();
  assertEquals(JSON.parse(JSON.stringify(second.reply().nats_events)), [
    { type: "daemon_start", at: "2031-03-04T05:07:07.25Z" },
    { type: "daemon_stop", at: "2031-03-04T05:08:07.25Z", reason: "graceful" },
    { type: "daemon_start", at: "2031-03-04T05:09:07.25Z" },
  ]);
  assertEquals(
    Deno.readTextFileSync(path),
    '{"type":"daemon_start","at":"2031-03-04T05:07:07.25Z"}\n' +
      '{"type":"daemon_stop","at":"2031-03-04T05:08:07.25Z","reason":"graceful"}\n' +
      '{"type":"daemon_start","at":"2031-03-04T05:09:07.25Z"}\n',
  );
});

testWithFile("32 events are kept, and 32 of the file", (open, path) => {
  for (let i = 0; i < 20; i++) {
    const daemon = open();
    daemon.started();
    daemon.stopped();
  }
  const lines = Deno.readTextFileSync(path).trimEnd().split("\n");
  assertEquals(lines.length, DIAGNOSTIC_EVENTS_MAX);
  assertEquals(JSON.parse(lines[31]).type, "daemon_stop");
  const last = open();
  assertEquals(last.reply().nats_events.length, 32);
  last.warn("one more");
  const events = last.reply().nats_events;
  assertEquals([events.length, events[31].type, events[31].reason], [32, "warn", "one more"]);
});

testWithFile("what is no event in the file is passed over", (open, path) => {
  const event = '{"type":"daemon_start","at":"2031-01-01T00:00:00Z","v":1}';
  Deno.writeTextFileSync(
    path,
    `\n{"type":7}\n${event}\nnull\n[]\n{"type":"x","at":"soon"}\n{"type":"daem`,
  );
  assertEquals(open().reply().nats_events.map(({ type }) => type), ["daemon_start"]);
});

testWithFile("the state of the connection follows its events", (open, path) => {
  const daemon = open();
  assertEquals([daemon.natsState, daemon.reply().nats_state], [undefined, undefined]);
  const states = (["connect", "disconnect", "reconnect", "closed"] as const).map((type) => {
    daemon.connectionChanged({ type, reason: `of ${type}` });
    return daemon.natsState;
  });
  assertEquals(states, ["connected", "connecting", "connected", "disconnected"]);
  const { nats_events: events, nats_state: state } = daemon.reply();
  assertEquals(events.map(({ type }) => type), ["disconnect", "reconnect", "closed"]);
  assertEquals(events.map(({ reason }) => reason), ["of disconnect", "of reconnect", "of closed"]);
  assertEquals(state, "disconnected");
  // Only beginnings and ends are in the file.
  daemon.started();
  assertEquals(Deno.readTextFileSync(path).split("\n").length, 2);
});

testWithFile("connections lost within the hour are counted", (open) => {
  const daemon = open();
  for (let i = 0; i < 10; i++) daemon.connectionChanged({ type: "disconnect" });
  assertEquals(daemon.reply().nats_drops_last_hour, 10);
  // The clock goes on by a minute with each event.
  for (let i = 0; i < 55; i++) daemon.reply();
  const drops = daemon.reply().nats_drops_last_hour ?? 0;
  assertEquals(drops < 10, true);
});

testWithFile("Status and Diag are answered when the mesh can't be opened", async (open) => {
  const diagnostics = open();
  let attempts = 0;
  await using daemon = new DaemonMessaging({
    pid: 7,
    version: "1.2.3",
    engine: { place: "nats://away", isServer: true },
    diagnostics,
    open: () => {
      attempts++;
      return Promise.reject<Messaging>(newError("E_NATS_UNREACHABLE", "away"));
    },
  });
  assertEquals(await daemon.call("Status", {}), {
    daemon_pid: 7,
    daemon_version: "1.2.3",
    logged_in: true,
    url: "nats://away",
    nats_state: "disconnected",
  });
  for (let i = 0; i < 3; i++) {
    const failure = await daemon.call("List", {}).catch((error) => error.code);
    assertEquals(failure, "E_NATS_UNREACHABLE");
  }
  // Every call tries again; what is wrong is noted once.
  assertEquals(attempts, 4);
  const { nats_events: events } = await daemon.call("Diag", {});
  assertEquals(events.map(({ type, reason }) => [type, reason]), [
    ["warn", "the mesh can't be opened: away"],
  ]);
});

testWithFile("Status does not wait for a mesh that takes long to open", async (open) => {
  const gate = Promise.withResolvers<Messaging>();
  const daemon = new DaemonMessaging({
    pid: 7,
    version: "1.2.3",
    engine: { place: "/pools/mesh", isServer: false },
    diagnostics: open(),
    open: () => gate.promise,
  });
  const status = await daemon.call("Status", {});
  assertEquals([status.daemon_pid, status.url], [7, "/pools/mesh"]);
  gate.reject(new Error("never"));
  await daemon[Symbol.asyncDispose]();
});

testWithFile("Status fails while it is not known whether the daemon can begin", async (open) => {
  await using daemon = new DaemonMessaging({
    pid: 7,
    version: "1.2.3",
    engine: { place: "/pools/mesh", isServer: false },
    diagnostics: open(),
    open: () => Promise.reject<Messaging>(newError("E_INTERNAL", "no directory")),
  });
  const begun = daemon.begin();
  const status = daemon.call("Status", {});
  const codes = await Promise.all(
    [begun, status].map((work) => work.then(() => "fine", ({ code }) => code)),
  );
  assertEquals(codes, ["E_INTERNAL", "E_INTERNAL"]);
});
