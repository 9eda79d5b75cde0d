/**
 * A daemon whose mesh is on NATS: it says how its connection is, goes on when a server comes back,
 * and begins also while there is none.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { IpcClient } from "../../../messaging/daemon/mod.ts";
import { NatsServer, natsTest } from "../../nats/nats_server.ts";
import { DaemonPlace, pidIn, until } from "./daemon_place.ts";

const INBOX = { handle: "nina", channel: "inbox" } as const;

async function untilState(client: IpcClient, state: string): Promise<void> {
  await until(`the state ${state}`, async () => {
    return (await client.call("Status", {})).nats_state === state;
  });
}

async function typesOf(client: IpcClient): Promise<string[]> {
  const { nats_events: events } = await client.call("Diag", {});
  return events.map(({ type }) => type);
}

natsTest("a daemon tells of its connection, and goes on when it is back", async () => {
  await using server = await NatsServer.start();
  await using place = new DaemonPlace(undefined, { PLS_MESH: server.url });
  await place.start();
  const client = place.client();
  const status = await client.call("Status", {});
  assertEquals([status.nats_state, status.url], ["connected", server.url]);
  assertStringIncludes(await place.done("status"), "\nnats: connected\n");
  await client.call("Create", { handle: "nina" });
  await client.call("Send", { ...INBOX, payload: "before" });

  await server.kill();
  await untilState(client, "connecting");
  assertEquals(await typesOf(client), ["daemon_start", "disconnect"]);
  await server.startAgain();
  await untilState(client, "connected");
  const { nats_drops_last_hour: drops, nats_events: events } = await client.call("Diag", {});
  assertEquals([drops, events.at(-1)?.type, events.at(-1)?.reason], [1, "reconnect", server.url]);
  await client.call("Send", { ...INBOX, payload: "behind" });
  const payloads: unknown[] = [];
  for await (const portion of client.read(INBOX)) {
    payloads.push(...portion.map(({ msg }) => msg?.payload));
  }
  assertEquals(payloads, ["before", "behind"]);
});

natsTest("a daemon begins without a server, says so, and works once there is one", async () => {
  await using server = await NatsServer.start();
  await server.kill();
  await using place = new DaemonPlace(undefined, { PLS_MESH: server.url });
  const pid = await place.start();
  const client = place.client();
  const status = await client.call("Status", {});
  assertEquals([status.daemon_pid, status.nats_state], [pid, "disconnected"]);
  const sent = await place.call("send", "nina", "hello");
  assertEquals(sent.code, 19, sent.stderr);
  assert((await typesOf(client)).includes("warn"));
  await server.startAgain();
  await client.call("Create", { handle: "nina" });
  assertEquals((await client.call("Status", {})).nats_state, "connected");
});

natsTest("a daemon whose server says nothing starts, says so, and stops in time", async () => {
  await using server = await NatsServer.start();
  server.suspend();
  await using place = new DaemonPlace(undefined, { PLS_MESH: server.url });
  const pid = await place.start();
  const waiting = place.client().call("List", {}).then(() => "listed", ({ code }) => code);
  assertEquals((await place.client().call("Status", {})).nats_state, "disconnected");
  assertEquals(pidIn(await place.done("daemon", "stop"), "stopped"), pid);
  // It got its answer in the time that calls at work have, or was cut off.
  assert(["E_NATS_UNREACHABLE", "E_DAEMON_NOT_RUNNING"].includes(await waiting));
  server.resume();
});
