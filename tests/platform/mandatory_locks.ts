/**
 * Has files of this process obey locks as on Windows: while a handle has a file locked, all
 * others are refused to read and to write it, and a handle can't lock twice. It holds between
 * processes that import this, as the locks are real.
 *
 * @module
 */

const { tryLockSync, unlockSync, readSync, writeSync } = Deno.FsFile.prototype;
const locked = new WeakSet<Deno.FsFile>();

/** What Windows answers a handle that is in the way of the lock of another one. */
function lockViolation(): Error {
  const message = "The process cannot access the file because another process has locked a " +
    "portion of the file. (os error 33)";
  return Object.assign(new Error(message), { code: "EBUSY" });
}

/** Throws when another handle has `file` locked. */
function checkAccess(file: Deno.FsFile): void {
  if (locked.has(file) || file.isTerminal()) return;
  if (!tryLockSync.call(file, false)) throw lockViolation();
  unlockSync.call(file);
}

/** Begins; there is no way back. */
export function makeLocksMandatory(): void {
  Object.assign(Deno.FsFile.prototype, {
    tryLockSync(this: Deno.FsFile, exclusive: boolean): boolean {
      if (locked.has(this) || !tryLockSync.call(this, exclusive)) return false;
      locked.add(this);
      return true;
    },
    unlockSync(this: Deno.FsFile): void {
      locked.delete(this);
      unlockSync.call(this);
    },
    readSync(this: Deno.FsFile, bytes: Uint8Array): number | null {
      checkAccess(this);
      return readSync.call(this, bytes);
    },
    writeSync(this: Deno.FsFile, bytes: Uint8Array): number {
      checkAccess(this);
      return writeSync.call(this, bytes);
    },
  });
}
