/**
 * What differs between operating systems and matters to a pool, in one place: code asks
 * for a fact, never for a system. docs/platforms.md says where each fact comes from.
 *
 * A test can have a process take one system for another, and so run on Linux what would
 * only run elsewhere.
 *
 * @module
 */

/** The facts of one system. */
export interface Platform {
  /**
   * A lock on a file keeps all other handles from reading and writing it. Then a pool is
   * locked by a file beside it, or nobody could read while somebody appends.
   */
  readonly locksAreMandatory: boolean;
  /** A number tells a file from every other one on its device, also as a JavaScript number. */
  readonly hasExactFileIds: boolean;
  /** Every file system has a file replaced or removed at once, whoever has it open. */
  readonly replacesOpenFiles: boolean;
  /** The owner and the mode of a file say who may use it. */
  readonly hasModes: boolean;
  /** A watcher reports each write when it is made, also while the writer keeps the file open. */
  readonly reportsWrites: boolean;
  /** Names that differ in case or in Unicode normal form can be those of one file. */
  readonly foldsNames: boolean;
  /** Paths have drives and backslashes, and some names are not to be had. */
  readonly hasDrives: boolean;
  /** What shows who has a file open, for hints. */
  readonly holderTool: string;
}

const UNIX: Platform = {
  locksAreMandatory: false,
  hasExactFileIds: true,
  replacesOpenFiles: true,
  hasModes: true,
  reportsWrites: true,
  foldsNames: false,
  hasDrives: false,
  holderTool: "`fuser` or `lsof` on the file",
};

const MACOS: Platform = { ...UNIX, reportsWrites: false, foldsNames: true };

const WINDOWS: Platform = {
  locksAreMandatory: true,
  hasExactFileIds: false,
  replacesOpenFiles: false,
  hasModes: false,
  reportsWrites: false,
  foldsNames: true,
  hasDrives: true,
  holderTool: "the Resource Monitor, `resmon`, by the name of the file",
};

/** The facts of the system `os`. Those of Linux hold for every Unix that is not macOS. */
export function platformOf(os: typeof Deno.build.os): Platform {
  return os === "windows" ? WINDOWS : os === "darwin" ? MACOS : UNIX;
}

let current = platformOf(Deno.build.os);

/** The facts of the system this process runs on. */
export function platform(): Platform {
  return current;
}

/** Has this process take its system for another one; for tests, before any pool is open. */
export function pretendPlatform(pretended: Platform): void {
  current = pretended;
}
