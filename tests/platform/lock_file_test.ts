/**
 * Where a lock keeps readers out, writers take turns by a file beside the pool: nobody who
 * reads notices, and the file comes and goes with the pool.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  BusyError,
  type Client,
  CorruptError,
  IoError,
  NotFoundError,
  PermissionError,
  Pool,
  poolMaintenance,
} from "@plasmite/pool";
import { DiskFile } from "../../pool/file.ts";
import { LockFile } from "../../pool/file_lock.ts";
import { replaced } from "../environment/replaced.ts";
import { refusalOf, ScratchClient } from "../pool/scratch.ts";
import { spoil } from "../pool/damage.ts";
import { Child } from "../process/child.ts";
import { pretending } from "./pretending.ts";

const ignore = Deno.build.os === "windows";
const USER = new URL("pool_user.ts", import.meta.url).href;

/** Starts a process that uses the pool at `path` as on `os`, and waits until it is ready. */
async function user(
  client: Client,
  { os = "windows", role, count = 0 }: { os?: string; role: string; count?: number },
): Promise<Child> {
  const permissions = [`--allow-read=${client.dir}`, `--allow-write=${client.dir}`];
  const path = client.path("work");
  const child = Child.deno(USER, permissions, [os, role, path, String(count)]);
  await child.ready();
  return child;
}

function names(client: Client): string[] {
  return Array.from(Deno.readDirSync(client.dir), ({ name }) => name).sort();
}

Deno.test({
  name: "where locks are mandatory, writers and readers in several processes lose nothing",
  ignore,
  async fn() {
    using client = new ScratchClient();
    client.createPool("work", { sizeBytes: 4 * 2 ** 20 });
    await using reader = await user(client, { role: "read", count: 1500 });
    const writers = [0, 1, 2].map(() => user(client, { role: "write", count: 500 }));
    await using first = await writers[0];
    await using second = await writers[1];
    await using third = await writers[2];
    const all = [reader, first, second, third];
    for (const child of all) await child.send("go");
    assertEquals(await Promise.all(all.map((child) => child.exit())), [0, 0, 0, 0]);
    const numbers = reader.stdout.lines.slice(1).map(Number);
    assertEquals(numbers, Array.from({ length: 1500 }, (_, i) => i + 1));
    const { diagnosePool } = await poolMaintenance();
    assertEquals(diagnosePool(client.path("work")).status, "ok");
  },
});

Deno.test({
  name: "where locks are mandatory, a lock on the pool file itself keeps its readers out",
  ignore,
  async fn() {
    using client = new ScratchClient();
    client.createPool("work");
    client.openPool("work").append(1);
    const file = new DiskFile(client.path("work"), { write: true });
    assert(file.tryLock());
    await using reader = await user(client, { role: "read", count: 1 });
    await reader.send("go");
    assert(await reader.exit() !== 0);
    assertMatch(reader.stderr.text, /BusyError: another program keeps the file to itself/);
    file.close();
  },
});

Deno.test("with a lock file, the pool file is never locked", () => {
  using _ = pretending("windows");
  using client = new ScratchClient();
  client.createPool("work");
  const path = client.path("work");
  const writer = new DiskFile(path, { write: true });
  using other = Deno.openSync(path, { read: true, write: true });
  assert(writer.tryLock());
  assert(other.tryLockSync(true));
  other.unlockSync();
  using second = new Pool(path, { lockTimeoutMs: 0 });
  assertThrows(() => second.append(1), BusyError);
  writer.unlock();
  assertEquals(second.append(1).seq, 1);
  writer.close();
});

Deno.test("a lock file comes with the first writer and goes with the pool", () => {
  using _ = pretending("windows");
  using client = new ScratchClient();
  client.createPool("work");
  const pool = client.openPool("work");
  assertEquals(pool.info().nextSeq, 1);
  assertEquals(names(client), ["work.plasmite"]);
  pool.append(1);
  assertEquals(names(client), ["work.plasmite", "work.plasmite.lock"]);
  assertEquals(client.listPools().map(({ name }) => name), ["work"]);
  pool.close();
  client.deletePool("work");
  assertEquals(names(client), []);
});

Deno.test("a lock file that was left behind is used again", () => {
  using _ = pretending("windows");
  using client = new ScratchClient();
  Deno.writeTextFileSync(client.path("work") + ".lock", "");
  assertEquals(client.listPools(), []);
  const pool = client.pool("work");
  assertEquals(pool.append(1).seq, 1);
  pool.close();
  spoil(client.path("work"), [0]);
  client.deletePool("work");
  assertEquals(client.pool("work").append(1).seq, 1);
});

Deno.test("who has a deleted pool open is told so, and leaves no lock file", async () => {
  using _ = pretending("windows");
  using client = new ScratchClient();
  const before = client.pool("work");
  const late = client.openPool("work");
  before.append(1);
  client.deletePool("work");
  assert(await refusalOf(before) instanceof NotFoundError);
  assert(await refusalOf(late) instanceof NotFoundError);
  assertEquals(names(client), []);
  const after = client.pool("work");
  assertEquals(after.append(1).seq, 1);
  assert(await refusalOf(before) instanceof NotFoundError);
});

Deno.test("a writer that never locked before its pool was deleted makes no lock file", () => {
  using _ = pretending("windows");
  using client = new ScratchClient();
  client.createPool("work");
  const file = new DiskFile(client.path("work"), { write: true });
  client.deletePool("work");
  assert(file.tryLock());
  assertEquals(names(client), []);
  file.close();
});

Deno.test("what is no pool gets no lock file", () => {
  using _ = pretending("windows");
  using client = new ScratchClient();
  Deno.writeTextFileSync(client.path("thesis"), "years of work\n");
  assertThrows(() => client.openPool("thesis").append(1), CorruptError);
  client.deletePool("thesis");
  assertEquals(names(client), []);
});

Deno.test("a lock opened before its pool was deleted does not lock the pool made anew", () => {
  using client = new ScratchClient();
  using _ = pretending("windows");
  client.pool("work").append(1);
  const path = client.path("work");
  const early = new LockFile(path, () => true);
  // It is opened now, and not to be had.
  const holder = new LockFile(path, () => true);
  assert(holder.tryLockSync());
  assert(!early.tryLockSync());
  holder.unlockSync();
  holder.close();
  client.deletePool("work");
  client.pool("work").append(1);
  const late = new LockFile(path, () => true);
  assert(late.tryLockSync());
  assert(!early.tryLockSync());
  assert(!early.tryLockSync());
  late.unlockSync();
  assert(early.tryLockSync());
  assert(!late.tryLockSync());
  for (const lock of [early, late]) lock.close();
});

Deno.test({
  name: "of many that lock and remove the lock file, no two have the lock at once",
  ignore,
  async fn() {
    using client = new ScratchClient();
    client.createPool("work");
    const started = [0, 1, 2].map(() => user(client, { role: "lockAndRemove", count: 300 }));
    await using first = await started[0];
    await using second = await started[1];
    await using third = await started[2];
    const all = [first, second, third];
    for (const child of all) await child.send("go");
    const codes = await Promise.all(all.map((child) => child.exit()));
    assertEquals(all.map((child) => child.stderr.text), ["", "", ""]);
    assertEquals(codes, [0, 0, 0]);
  },
});

Deno.test({
  name: "the lock of a killed process is free again",
  ignore,
  async fn() {
    using client = new ScratchClient({ lockTimeoutMs: 20_000 });
    using _ = pretending("windows");
    client.createPool("work");
    await using holder = await user(client, { role: "hold" });
    await holder.send("go");
    await holder.stdout.until((text) => text.includes("holding"), "the lock");
    using impatient = new Pool(client.path("work"), { lockTimeoutMs: 0 });
    const busy = assertThrows(() => impatient.append(1), BusyError);
    assertMatch(busy.hint!, /resmon/);
    holder.kill();
    assertEquals(client.openPool("work").append(1).seq, 1);
  },
});

Deno.test({
  name: "a pool that is named by a link has one lock file, beside what the link leads to",
  ignore,
  fn() {
    using _ = pretending("windows");
    using client = new ScratchClient();
    client.createPool("work");
    Deno.mkdirSync(`${client.dir}/links`);
    const link = `${client.dir}/links/alias.plasmite`;
    Deno.symlinkSync(client.path("work"), link);
    const holder = new DiskFile(client.path("work"), { write: true });
    assert(holder.tryLock());
    using pool = new Pool(link, { lockTimeoutMs: 0 });
    assertThrows(() => pool.append(1), BusyError);
    holder.close();
    assertEquals(pool.append(1).seq, 1);
    client.deletePool(link);
    assertEquals([names(client), [...Deno.readDirSync(`${client.dir}/links`)]], [["links"], []]);
  },
});

Deno.test("a repair leaves a pool, its copy and its lock file, and no others", async () => {
  const { diagnosePool, repairPool } = await poolMaintenance();
  using _ = pretending("windows");
  using client = new ScratchClient();
  const open = client.pool("work");
  for (let i = 0; i < 9; i++) open.append({ i });
  const path = client.path("work");
  spoil(path, [Deno.statSync(path).size - 1, 512, 600]);
  const { keptCount } = repairPool(path);
  assertEquals([keptCount, diagnosePool(path).status], [9, "ok"]);
  const made = names(client).map((name) => name.replace(/\d{8}T\d+Z/, "TIME"));
  assertEquals(made, ["work.plasmite", "work.plasmite.TIME.bak", "work.plasmite.lock"]);
  assert(await refusalOf(open) instanceof NotFoundError);
  assertEquals(client.openPool("work").append(1).seq, 10);
});

/** Has renaming be refused as on Windows: this often, from the first time on. */
function refusedRenames(count: number): Disposable {
  const { renameSync } = Deno;
  return replaced(Deno, "renameSync", (from, to) => {
    if (count-- > 0) throw new Deno.errors.PermissionDenied("Access is denied. (os error 5)");
    renameSync(from, to);
  });
}

Deno.test("a repair where open files can't be replaced closes the file, and keeps the lock", async () => {
  const { repairPool } = await poolMaintenance();
  using _ = pretending("windows");
  using client = new ScratchClient();
  client.pool("work").append(1);
  const path = client.path("work");
  const { close } = Deno.FsFile.prototype;
  let isClosed = false;
  let isLocked = false;
  using _refused = refusedRenames(1);
  using _closed = replaced(Deno.FsFile.prototype, "close", function (this: Deno.FsFile) {
    const { ino } = this.statSync();
    close.call(this);
    if (ino !== Deno.statSync(path).ino) return;
    isClosed = true;
    const other = new LockFile(path, () => true);
    isLocked = !other.tryLockSync();
    other.close();
  });
  assertEquals(repairPool(path).keptCount, 1);
  assert(isClosed && isLocked);
  assertEquals(client.openPool("work").append(2).seq, 2);
});

Deno.test("a repair of a pool that others keep open says so and changes nothing", async () => {
  const { repairPool } = await poolMaintenance();
  using _ = pretending("windows");
  using client = new ScratchClient();
  client.pool("work").append(1);
  const path = client.path("work");
  const before = Deno.readFileSync(path);
  using _refused = refusedRenames(2);
  const error = assertThrows(() => repairPool(path), IoError, "another program has the pool open");
  assertMatch(error.hint!, /resmon.*Nothing was changed/);
  assertEquals(names(client), ["work.plasmite", "work.plasmite.lock"]);
  assertEquals(Deno.readFileSync(path), before);
  using _linux = pretending("linux");
  using _denied = refusedRenames(1);
  assertThrows(() => repairPool(path), PermissionError);
});

Deno.test("a lock file that is being removed is waited for", () => {
  using client = new ScratchClient();
  const path = client.path("work");
  const { openSync } = Deno;
  let refusals = 2;
  Deno.writeTextFileSync(`${path}.lock`, "");
  using _ = replaced(Deno, "openSync", (path, options) => {
    if (refusals-- > 0) throw new Deno.errors.PermissionDenied("Access is denied. (os error 5)");
    return openSync(path, options);
  });
  const lock = new LockFile(path, () => true);
  assertEquals([lock.tryLockSync(), lock.tryLockSync(), lock.tryLockSync()], [false, false, true]);
  lock.close();
});
