/**
 * What creating, listing and deleting leave in a directory, and what they leave alone.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { IoError, PermissionError, poolMaintenance } from "@plasmite/pool";
import { behindTheBackOf, spoil } from "./damage.ts";
import { ScratchClient } from "./scratch.ts";

const { importMessages, repairPool } = await poolMaintenance();
const HOUR_MS = 60 * 60 * 1000;
const DRAFT = ".plasmite.123e4567-e89b-42d3-a456-426614174000.tmp";
const isWindows = Deno.build.os === "windows";

/** The files in the directory, without the lock files that pools have on Windows. */
function names(client: ScratchClient): string[] {
  const names = Array.from(Deno.readDirSync(client.dir), ({ name }) => name);
  return names.filter((name) => !name.endsWith(".lock")).sort();
}

/** Puts `value` at `object[key]` until it is disposed. */
function replaced<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): Disposable {
  const before = object[key];
  object[key] = value;
  return { [Symbol.dispose]: () => void (object[key] = before) };
}

/** Leaves a file that was last written to `hours` ago. */
function leave(client: ScratchClient, name: string, hours: number): void {
  Deno.writeTextFileSync(`${client.dir}/${name}`, "left");
  const time = new Date(Date.now() - hours * HOUR_MS);
  Deno.utimeSync(`${client.dir}/${name}`, time, time);
}

Deno.test("drafts of killed creators and repairs go when a pool is made or repaired beside them", () => {
  using client = new ScratchClient();
  leave(client, DRAFT, 25);
  client.createPool("work");
  assertEquals(names(client), ["work.plasmite"]);
  leave(client, DRAFT, 25);
  spoil(client.path("work"), [70]);
  repairPool(client.path("work"));
  assert(!names(client).includes(DRAFT));
});

Deno.test("a draft that may still be written, and what is none, is left alone", () => {
  using client = new ScratchClient();
  const others = [".plasmite.notes.tmp", `x${DRAFT}`, DRAFT.slice(0, -1), `${DRAFT}.plasmite`];
  for (const name of others) leave(client, name, 1000);
  leave(client, DRAFT, 20);
  client.createPool("work");
  assertEquals(names(client), [...others, DRAFT, "work.plasmite"].sort());
});

Deno.test("a pool that is marked as deleted, and a link that leads nowhere, are not listed", () => {
  using client = new ScratchClient();
  client.createPool("half");
  client.createPool("whole");
  if (!isWindows) Deno.symlinkSync("nowhere", client.path("nowhere"));
  behindTheBackOf(client.path("half"), (ring, state) => {
    ring.writeState({ ...state, generation: state.generation + 1, deleted: true });
  });
  assertEquals(client.listPools().map(({ name }) => name), ["whole"]);
});

Deno.test({
  name: "deleting through a link leaves alone what is no pool, and removes the link",
  ignore: isWindows,
  fn() {
    using client = new ScratchClient();
    Deno.writeTextFileSync(`${client.dir}/thesis.txt`, "years of work\n");
    Deno.symlinkSync("thesis.txt", client.path("link"));
    client.deletePool("link");
    assertEquals(names(client), ["thesis.txt"]);
    Deno.symlinkSync("loop.plasmite", client.path("loop"));
    client.deletePool("loop");
    Deno.mkdirSync(client.path("folder"));
    assertThrows(() => client.deletePool("folder"), IoError, "not that of a file");
    assertEquals(names(client), ["folder.plasmite", "thesis.txt"]);
  },
});

Deno.test({
  name: "a pool directory whose name is taken by a link to nowhere is told as such",
  ignore: isWindows,
  fn() {
    using client = new ScratchClient();
    Deno.symlinkSync("nowhere", `${client.dir}/pools`);
    const reference = `${client.dir}/pools/work.plasmite`;
    for (const create of [() => client.createPool(reference), () => client.pool(reference)]) {
      const { path, hint } = assertThrows(create, IoError);
      assertEquals(path, `${client.dir}/pools/`);
      assertMatch(hint!, /link that leads nowhere/);
    }
  },
});

Deno.test("an import whose flush fails says which messages are in the pool", () => {
  using client = new ScratchClient();
  using pool = client.pool("imported");
  const lines = [3, 4].map((seq, i) => {
    const text = `{"seq":${seq},"time":"2026-01-01T00:00:0${seq}Z","meta":{"tags":[]},"data":1}`;
    return { number: i + 1, text };
  });
  const fails = () => {
    throw Object.assign(new Error("Input/output error (os error 5)"), { code: "EIO" });
  };
  {
    using _ = replaced(Deno.FsFile.prototype, "syncDataSync", fails);
    const error = assertThrows(() => importMessages(pool.path, lines), IoError);
    assertMatch(error.message, /appended as messages 3 to 4/);
    assertEquals([error.seq, error.path], [3, pool.path]);
  }
  assertEquals(pool.get(4).data, 1);
});

Deno.test({
  name: "a backslash is a part of a name where it separates nothing",
  ignore: isWindows,
  fn() {
    using client = new ScratchClient();
    client.createPool("a\\b");
    assertEquals(names(client), ["a\\b.plasmite"]);
  },
});

Deno.test({
  name: "a repair that can't keep the owner of a pool changes nothing and says who can",
  ignore: isWindows,
  fn() {
    using client = new ScratchClient();
    client.createPool("theirs");
    const path = client.path("theirs");
    spoil(path, [70]);
    const before = Deno.readFileSync(path);
    const { statSync } = Deno;
    using _owner = replaced(Deno, "statSync", (of) => {
      const info = statSync(of);
      return of === path ? { ...info, uid: info.uid! + 1 } : info;
    });
    using _refusal = replaced(Deno, "chownSync", () => {
      throw new Deno.errors.PermissionDenied("Operation not permitted (os error 1)");
    });
    const { hint } = assertThrows(() => repairPool(path), PermissionError);
    assertMatch(hint!, /as its owner/);
    assertEquals([names(client), Deno.readFileSync(path)], [["theirs.plasmite"], before]);
  },
});
