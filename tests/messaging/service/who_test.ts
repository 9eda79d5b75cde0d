/**
 * Who is there: the newest heartbeat of each source.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { whoRows } from "../../../messaging/internal_mod.ts";
import { sharedServer } from "../../nats/nats_server.ts";
import { serviceTest } from "./service_world.ts";

const server = sharedServer();

serviceTest(
  server,
  "Who gives the newest heartbeat of each source, by handle",
  async (services) => {
    const ravi = await services.open({ createdBy: "ravi" });
    const service = await services.open();
    await ravi.call("Create", { handle: "zoe", kind: "pty" });
    await service.call("Create", { handle: "abe", kind: "pty", manifold: "ops" });
    await service.call("Create", { handle: "quiet", kind: "pty" });
    await service.call("Create", { handle: "nina" });
    assertEquals(await service.call("Who", {}), { entries: [] });
    await service.call("PipeCreate", { handle: "nina", name: "heartbeat" });
    const before = Date.now();
    const beat = (handle: string, payload: string) =>
      service.call("Send", { handle, channel: "heartbeat", payload });
    await beat("zoe", '{"seq":1}');
    await beat("abe", "not even JSON");
    await beat("zoe", '{"seq":2, "a": "<&>"}');
    await beat("nina", '{"seq":3}');
    const { entries } = await service.call("Who", {});
    assertEquals(entries.map(({ arrived_at: _at, ...rest }) => rest), [
      { handle: "abe", payload: "not even JSON" },
      { handle: "nina", payload: '{"seq":3}' },
      { handle: "zoe", payload: '{"seq":2, "a": "<&>"}', owner: "ravi" },
    ]);
    for (const { arrived_at } of entries) {
      assert(Date.parse(arrived_at) >= before - 1 && Date.parse(arrived_at) <= Date.now() + 1);
    }
    await service.call("SourceDestroy", { handle: "zoe" });
    const left = (await service.call("Who", {})).entries.map(({ handle }) => handle);
    assertEquals(left, ["abe", "nina"]);
  },
);

serviceTest(server, "who was heard of is online, then stale, then offline", async (services) => {
  const service = await services.open();
  await service.call("Create", { handle: "pia", kind: "pty" });
  await service.call("Send", {
    ...{ handle: "pia", channel: "heartbeat", payload: '{"interval_sec":10,"harness":"h"}' },
  });
  const { entries } = await service.call("Who", {});
  const arrivedMs = Date.parse(entries[0].arrived_at);
  const statuses = [0, 14_000, 16_000, 29_000, 31_000].map((ageMs) => {
    const [{ status, heartbeat }] = whoRows(entries, arrivedMs + ageMs);
    return `${status} ${heartbeat.harness}`;
  });
  assertEquals(statuses, ["online h", "online h", "stale h", "stale h", "offline h"]);
});
