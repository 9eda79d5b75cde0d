/**
 * A registry that is full, or that another program has appended to.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { MessagingError } from "../../messaging/contracts/mod.ts";
import { DEFAULT_RETENTION, type Operation, Registry } from "../../messaging/registry/mod.ts";
import type { MessagePool } from "../../pool/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { meshTest, stateText, type World } from "./world.ts";

const server = sharedServer();

async function registryPool(world: World, sizeBytes: number): Promise<MessagePool> {
  const client = world.client();
  await client.createPool(`${world.prefix}_registry`, { sizeBytes });
  return await client.openPool(`${world.prefix}_registry`);
}

/** What is no operation of this version. */
const FOREIGN: readonly unknown[] = [
  null,
  5,
  "text",
  [],
  [{ op: "create-source" }],
  {},
  { op: "create-source" },
  { op: "create-source", manifold: "", handle: "x", by: "", kind: "weird" },
  { op: "create-source", manifold: "", handle: "x", by: "", kind: "__proto__" },
  { op: "create-source", manifold: "", handle: 7, by: "", kind: "pty" },
  { op: "create-pipe", manifold: "", handle: "", name: "x", by: "" },
  { op: "create-pipe", manifold: "", handle: "", name: "x", by: "", retention: null },
  {
    op: "create-pipe",
    manifold: "",
    handle: "",
    name: "x",
    by: "",
    retention: { ttlSeconds: "1", maxMsgs: 1, maxBytes: 1 },
  },
  { op: "destroy-pipe", manifold: null },
  { op: "destroy-source" },
  { op: "found" },
  { op: "toString" },
  { op: "__proto__" },
  { op: "an operation of later", manifold: "", handle: "nina" },
  { op: "snapshot" },
  { op: "snapshot", id: "x", at: 1, part: 0, parts: 1 },
  { op: "snapshot", id: 7, at: "now", part: 0, parts: 1, records: [] },
];

meshTest(server, "what is no operation is passed over by all", async (world) => {
  const pool = await registryPool(world, 2 ** 20);
  const running = new Registry(pool);
  await running.propose({ op: "create-source", manifold: "", handle: "nina", kind: "pty", by: "" });
  const text = stateText(running.state);
  for (const data of FOREIGN) {
    await pool.append(data);
    assertEquals(stateText(await running.refresh()), text, JSON.stringify(data));
    assertEquals(stateText(await new Registry(pool).refresh()), text, JSON.stringify(data));
  }
  // So many that a new reader looks for a snapshot.
  for (let i = 0; i < 40; i++) await pool.appendMany(FOREIGN.map((data) => ({ data })));
  await running.propose({ op: "found", account: "x" });
  assertEquals(stateText(await new Registry(pool).refresh()), stateText(running.state));
  assertEquals(running.state.source("nina")?.kind, "pty");
});

meshTest(server, "a registry that is full takes no more sources, and loses none", async (world) => {
  const pool = await registryPool(world, 2 ** 20);
  const registry = new Registry(pool);
  const by = "x".repeat(800);
  const create = (i: number) =>
    registry.propose({ op: "create-source", manifold: "", handle: `s${i}`, kind: "message", by });
  let count = 0;
  const refused = await assertRejects(async () => {
    for (;; count++) await create(count);
  }, MessagingError);
  assertEquals(refused.code, "E_INTERNAL");
  assert(count > 200, `${count} sources`);
  const pipe: Operation = {
    op: "create-pipe",
    manifold: "",
    handle: "",
    name: "lobby",
    retention: DEFAULT_RETENTION,
    by,
  };
  await assertRejects(() => new Registry(pool).propose(pipe), MessagingError, "full");
  const text = stateText(registry.state);
  assertEquals(stateText(await new Registry(pool).refresh()), text);
  assertEquals(registry.state.sources.length, count);

  // Removing makes room.
  for (let i = 0; i < count; i++) {
    await registry.propose({ op: "destroy-source", manifold: "", handle: `s${i}` });
  }
  for (let i = 0; i < 20; i++) await create(i);
  assertEquals(stateText(await new Registry(pool).refresh()), stateText(registry.state));
});
