/**
 * Uses the library with access to one directory and to nothing else:
 * `sandboxed.ts DIRECTORY ROLE`, where ROLE is `owner` (may write) or `reader`.
 *
 * Prints what it saw as JSON, one line for each thing.
 *
 * @module
 */

import { Client, PlasmiteError, type Pool } from "@plasmite/pool";

/** Bound on waiting for a message. */
const TIMEOUT_MS = 20_000;

function say(what: unknown): void {
  console.log(JSON.stringify(what));
}

/** What this process may do beside reading and writing its directory: it should be nothing. */
function otherPermissions(): string[] {
  const names = ["read", "write", "net", "env", "sys", "run", "ffi", "import"] as const;
  return names.filter((name) => Deno.permissions.querySync({ name }).state === "granted");
}

async function own(client: Client): Promise<void> {
  using pool = client.pool("work", { sizeBytes: 65536 });
  const live = pool.tail({ last: 0, maxMessages: 1, timeoutMs: TIMEOUT_MS });
  const awaited = live.next();
  const { seq } = pool.append({ n: 1 }, ["a"], { durability: "flush" });
  pool.appendMany([{ data: { n: 2 } }, { data: { n: 3 }, tags: ["b"] }]);
  say(["live", (await awaited).value.data]);
  say(["got", pool.get(seq).data]);
  say(["bounds", pool.info().bounds]);
  client.createPool("other");
  say(["listed", client.listPools().map(({ name, info }) => [name, info?.bounds ?? null])]);
  client.deletePool("other");
  await select(pool);
}

async function read(client: Client): Promise<void> {
  using pool = client.openPool("work");
  say(["got", pool.get(1).data]);
  say(["listed", client.listPools().map(({ name }) => name)]);
  await select(pool);
  const live = pool.tail({ last: 0, maxMessages: 1, timeoutMs: TIMEOUT_MS });
  const awaited = live.next();
  say("waiting");
  say(["live", (await awaited).value?.data]);
  try {
    pool.append({});
  } catch (error) {
    if (error instanceof PlasmiteError) say(["append", error.kind, error.hint]);
    else throw error;
  }
}

async function select(pool: Pool): Promise<void> {
  const where = ".data.n >= 2";
  for await (const { data } of pool.tail({ where, maxMessages: 2, timeoutMs: TIMEOUT_MS })) {
    say(["selected", data]);
  }
}

if (import.meta.main) {
  const [dir, role] = Deno.args;
  say(["other permissions", otherPermissions()]);
  using client = new Client({ dir });
  await (role === "owner" ? own(client) : read(client));
}
