/**
 * One of several processes that use a pool where locks are mandatory:
 * `pool_user.ts OS ROLE PATH COUNT`. It runs the code for OS, says `ready`, and starts when
 * there is a line on standard input.
 *
 * @module
 */

import { Pool } from "@plasmite/pool";
import { LOCK_SUFFIX, LockFile, removeLockFile } from "../../pool/file_lock.ts";
import { platformOf, pretendPlatform } from "../../pool/platform.ts";
import { makeLocksMandatory } from "./mandatory_locks.ts";

/** Appends `count` messages. */
function write(path: string, count: number): void {
  using pool = new Pool(path);
  for (let i = 0; i < count; i++) pool.append({ writer: Deno.pid, i });
}

/** Prints the numbers of the first `count` messages as they come. */
async function read(path: string, count: number): Promise<void> {
  using pool = new Pool(path);
  const timeoutMs = 60_000;
  for await (const { seq } of pool.tail({ sinceSeq: 1, maxMessages: count, timeoutMs })) {
    console.log(seq);
  }
}

/** Locks for good. */
function hold(path: string): void {
  const lock = new LockFile(path, () => true);
  if (!lock.tryLockSync()) throw new Error("somebody else has the lock");
  console.log("holding");
  Deno.stdin.readSync(new Uint8Array(16));
}

/** Locks `count` times, and removes the lock file every other time, as a deletion does. */
function lockAndRemove(path: string, count: number): void {
  for (let round = 0; round < count; round++) {
    const lock = new LockFile(path, () => true);
    while (!lock.tryLockSync());
    // Only one can have it.
    Deno.openSync(`${path}.held`, { write: true, createNew: true }).close();
    Deno.removeSync(`${path}.held`);
    if (round % 2 === 0) removeLockFile(path);
    lock.unlockSync();
    lock.close();
  }
  console.log(`${count} times, with ${path}${LOCK_SUFFIX}`);
}

if (import.meta.main) {
  const [os, role, path, count] = Deno.args;
  makeLocksMandatory();
  pretendPlatform(platformOf(os as typeof Deno.build.os));
  console.log("ready");
  Deno.stdin.readSync(new Uint8Array(16));
  const roles = { write, read, hold, lockAndRemove };
  await roles[role as keyof typeof roles](path, Number(count));
}
