/**
 * The error model: nine kinds, each with its own class, exit code and hint.
 *
 * Every failure a caller can see is a {@linkcode PlasmiteError}; its `kind` is
 * stable and decides the exit code of `pls` and the status of `pls serve`.
 *
 * @module
 */

import { platform } from "./platform.ts";
import { systemCode } from "./system_code.ts";

/** What went wrong, in one stable word. */
export type ErrorKind =
  | "Internal"
  | "Usage"
  | "NotFound"
  | "AlreadyExists"
  | "Busy"
  | "Permission"
  | "Corrupt"
  | "Io"
  | "RetentionGap";

/** Where and why an error happened, beside its message. */
export interface ErrorDetails {
  /** What the caller can do about it, in one sentence. */
  hint?: string;
  /** The pool file concerned. */
  path?: string;
  /** The sequence number concerned. */
  seq?: number;
  /** A byte offset in the pool file. */
  offset?: number;
  /** It is not known whether what was asked for was done. */
  mayBeDone?: boolean;
  /** The failure underneath. */
  cause?: unknown;
}

/**
 * The base of every error this library throws.
 *
 * @example
 * ```ts
 * import { Client, PlasmiteError } from "@plasmite/pool";
 *
 * using client = new Client({ dir: Deno.makeTempDirSync() });
 * try {
 *   client.openPool("missing");
 * } catch (error) {
 *   if (error instanceof PlasmiteError) console.log(error.kind, error.hint);
 * }
 * ```
 */
export class PlasmiteError extends Error {
  /** What went wrong, in one stable word. */
  readonly kind: ErrorKind;
  /** What the caller can do about it. */
  readonly hint?: string;
  /** The pool file concerned. */
  readonly path?: string;
  /** The sequence number concerned. */
  readonly seq?: number;
  /** A byte offset in the pool file. */
  readonly offset?: number;
  /** It is not known whether what was asked for was done: asking again may do it twice. */
  readonly mayBeDone?: boolean;

  /** An error of `kind` that says `message`. */
  constructor(kind: ErrorKind, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.kind = kind;
    this.hint = details.hint;
    this.path = details.path;
    this.seq = details.seq;
    this.offset = details.offset;
    this.mayBeDone = details.mayBeDone;
  }
}

/** A defect in this program: please report it. */
export class InternalError extends PlasmiteError {
  /** An `Internal` error that says `message`. */
  constructor(message: string, details?: ErrorDetails) {
    super("Internal", message, details);
  }
}

/** The call itself is wrong: an argument, a flag, a value out of range. */
export class UsageError extends PlasmiteError {
  /** A `Usage` error that says `message`. */
  constructor(message: string, details?: ErrorDetails) {
    super("Usage", message, details);
  }
}

/** The pool, or the message asked for, is not there. */
export class NotFoundError extends PlasmiteError {
  /** A `NotFound` error that says `message`. */
  constructor(message: string, details?: ErrorDetails) {
    super("NotFound", message, details);
  }
}

/** A pool of that name is there already. */
export class AlreadyExistsError extends PlasmiteError {
  /** An `AlreadyExists` error that says `message`. */
  constructor(message: string, details?: ErrorDetails) {
    super("AlreadyExists", message, details);
  }
}

/** Another process held the writer lock, or the file, for longer than the caller would wait. */
export class BusyError extends PlasmiteError {
  /** A `Busy` error that says `message`. */
  constructor(message: string, details?: ErrorDetails) {
    super("Busy", message, details);
  }
}

/** The operating system, or Deno's permissions, refused access. */
export class PermissionError extends PlasmiteError {
  /** A `Permission` error that says `message`. */
  constructor(message: string, details?: ErrorDetails) {
    super("Permission", message, details);
  }
}

/** The pool file holds bytes that no writer of this format leaves behind. */
export class CorruptError extends PlasmiteError {
  /** A `Corrupt` error that says `message`. */
  constructor(message: string, details?: ErrorDetails) {
    super("Corrupt", message, details);
  }
}

/** Reading or writing failed: disk full, device gone, too many open files. */
export class IoError extends PlasmiteError {
  /** An `Io` error that says `message`. */
  constructor(message: string, details?: ErrorDetails) {
    super("Io", message, details);
  }
}

/** Messages the caller insisted on were overwritten or expired before it read them. */
export class RetentionGapError extends PlasmiteError {
  /** A `RetentionGap` error that says `message`; `seq` is the first one missing. */
  constructor(message: string, details?: ErrorDetails) {
    super("RetentionGap", message, details);
  }
}

const FILES_HINT = "Close some files, or raise the limit on open files (`ulimit -n`).";
const NAME_HINT = "No file can have this name: choose a shorter one, without control characters.";
const PATH_HINT = "Check the path: it is not that of a file.";

const MODES_HINT = "Check the owner and mode of the pool file and of its directory.";
const ACCESS_HINT = "Check that you may read and write the file and its directory. The name of a " +
  "file that was removed is free once all who have it open have closed it.";

/** What to do about a failure of the system, by its code, where that is not the disk. */
const SYSTEM_HINTS: Record<string, string> = {
  EMFILE: FILES_HINT,
  ENFILE: FILES_HINT,
  EROFS: "The file system is read-only: pools on it can be read and followed, and nothing else.",
  EFBIG: "Raise the limit on the size of files (`ulimit -f`), or make a smaller pool.",
  ENAMETOOLONG: NAME_HINT,
  // A file that is not there is told by the class of its error: this is a name on Windows.
  ENOENT: NAME_HINT,
  EISDIR: PATH_HINT,
  ENOTDIR: PATH_HINT,
  ELOOP: PATH_HINT,
};

/**
 * Turns what an operating system call threw into a {@linkcode PlasmiteError}
 * about the file at `path`. Errors that are ours already pass through.
 */
export function fromSystemError(error: unknown, path: string): PlasmiteError {
  if (error instanceof PlasmiteError) return error;
  const details = { path, cause: error };
  if (error instanceof Deno.errors.NotFound) {
    return new NotFoundError("not found", details);
  }
  if (error instanceof Deno.errors.AlreadyExists) {
    return new AlreadyExistsError("already exists", details);
  }
  if (error instanceof Deno.errors.NotCapable) {
    return new PermissionError("Deno was not given access to the pool", {
      ...details,
      hint: "Run with --allow-read and --allow-write for the pool directory.",
    });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new PermissionError("permission denied", {
      ...details,
      hint: platform().hasModes ? MODES_HINT : ACCESS_HINT,
    });
  }
  if (error instanceof Deno.errors.Busy || systemCode(error) === "EBUSY") {
    return new BusyError("another program keeps the file to itself", {
      ...details,
      hint: `Try again in a moment: a virus scanner or a backup does that for a while. ` +
        `Who has it open is shown by ${platform().holderTool}.`,
    });
  }
  return new IoError(systemMessage(error), { ...details, hint: systemHint(error) });
}

/** Deno names the call and its paths behind a message: they may be those of a draft. */
function systemMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message.replace(/: \w+ '.*'$/s, "");
}

function systemHint(error: unknown): string {
  const code = systemCode(error) ?? "";
  // So Deno refuses a name with a NUL in it.
  const isNoName = error instanceof TypeError && code === "EINVAL";
  return SYSTEM_HINTS[isNoName ? "ENAMETOOLONG" : code] ??
    "Check free space and the health of the file system, then try again.";
}
