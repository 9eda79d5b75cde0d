/**
 * A pool that is replaced under its readers and writers, in whatever way: they get an error
 * that says so, and neither messages of another pool nor a place for theirs where nobody
 * looks.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Client, type ErrorKind, NotFoundError, PlasmiteError } from "@plasmite/pool";
import { refusalOf, ScratchClient } from "../pool/scratch.ts";

interface Way {
  name: string;
  /** Replaces the pool file at `path`; `copy` holds it as it was with one message. */
  replace: (client: Client, path: string, copy: string) => void;
  /** What readers and writers may be told. */
  kinds: ErrorKind[];
}

/** Longest wait for an error; looking twice a second is as good as it gets without events. */
const PATIENCE_MS = 5000;

const GONE: ErrorKind[] = ["NotFound"];
const NO_POOL: ErrorKind[] = ["Corrupt", "NotFound"];

const WAYS: Way[] = [
  { name: "removed", replace: (_, path) => Deno.removeSync(path), kinds: GONE },
  { name: "deleted", replace: (client) => client.deletePool("work"), kinds: GONE },
  {
    name: "deleted and created again",
    replace: (client) => {
      client.deletePool("work");
      fillAnew(client);
    },
    kinds: GONE,
  },
  {
    name: "renamed over",
    replace: (client, path) => {
      fillAnew(client, "new");
      Deno.renameSync(client.path("new"), path);
    },
    kinds: GONE,
  },
  {
    name: "renamed over with its own older copy",
    replace: (_, path, copy) => Deno.renameSync(copy, path),
    kinds: GONE,
  },
  {
    name: "moved away and replaced",
    replace: (client, path) => {
      Deno.renameSync(path, `${path}.old`);
      fillAnew(client);
    },
    kinds: GONE,
  },
  { name: "emptied in place", replace: (_, path) => Deno.truncateSync(path), kinds: NO_POOL },
  {
    name: "cut to half in place",
    replace: (_, path) => Deno.truncateSync(path, 4096 + 512),
    kinds: NO_POOL,
  },
  {
    name: "overwritten in place with zeros",
    replace: (_, path) => Deno.writeFileSync(path, new Uint8Array(8192)),
    kinds: NO_POOL,
  },
  {
    name: "overwritten in place with another pool",
    replace: (client, path) => {
      fillAnew(client, "new");
      Deno.writeFileSync(path, Deno.readFileSync(client.path("new")));
    },
    kinds: NO_POOL,
  },
];

/** A pool like the one followed, with messages that must not be taken for its own. */
function fillAnew(client: Client, name = "work"): void {
  using pool = client.pool(name, { sizeBytes: 8192 });
  for (let i = 0; i < 5; i++) pool.append("false");
}

for (const { name, replace, kinds } of WAYS) {
  Deno.test(`a pool that is ${name}: followers and writers are told, and see nothing false`, async () => {
    using client = new ScratchClient();
    using followed = client.pool("work", { sizeBytes: 8192 });
    using written = client.openPool("work");
    written.append(1);
    const copy = `${followed.path}.copy`;
    Deno.copyFileSync(followed.path, copy);
    written.append(2);
    const tail = followed.tail({ timeoutMs: PATIENCE_MS });
    assertEquals([(await tail.next()).value.data, (await tail.next()).value.data], [1, 2]);
    const waiting = tail.next();
    // It waits by now, as a later tail has looked and ended.
    await followed.tail({ last: 0, timeoutMs: 20 }).next();
    replace(client, followed.path, copy);
    const told = await assertRejects(() => waiting, PlasmiteError);
    assert(kinds.includes(told.kind), told.kind);
    assertEquals(told.path, followed.path);
    const refused = await refusalOf(written);
    assert(refused instanceof PlasmiteError && kinds.includes(refused.kind), String(refused));
    // Whoever opens it anew gets what is there now, and the path can be used again.
    if (exists(followed.path)) client.deletePool("work");
    assertEquals(client.pool("work").append("anew").seq, 1);
  });
}

Deno.test("an older copy written over a pool in place: a follower that looks then is told", async () => {
  using client = new ScratchClient();
  using pool = client.pool("work", { sizeBytes: 8192 });
  pool.append("kept");
  const copy = Deno.readFileSync(pool.path);
  for (const data of ["taken back", "this as well"]) pool.append(data);
  using followed = client.openPool("work");
  const tail = followed.tail({ timeoutMs: PATIENCE_MS });
  for (let i = 0; i < 3; i++) await tail.next();
  Deno.writeFileSync(pool.path, copy);
  await assertRejects(() => tail.next(), NotFoundError, "replaced");
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
