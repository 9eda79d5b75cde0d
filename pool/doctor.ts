/**
 * Examining a pool file: exactly what is wrong with it, and where. Nothing is changed,
 * no lock is taken, and whatever the file holds, the answer comes in a time that depends
 * on its size alone.
 *
 * @module
 */

import { fromSystemError, NotFoundError, PlasmiteError } from "./errors.ts";
import { DiskFile, type PoolFile } from "./file.ts";
import { HeaderCheck } from "./header_check.ts";
import { recoverPool } from "./recover.ts";
import { RingCheck } from "./ring_check.ts";
import { surveyRing } from "./survey.ts";

/** Issues and warnings listed at most; more of them are only counted. */
const LISTED_MAX = 1000;

/** One thing that is wrong with a pool. */
export interface PoolIssue {
  /** `"format"` for a file of another version, `"corrupt"` for all else. */
  code: "corrupt" | "format";
  /** What is wrong, and where. */
  message: string;
  /** The message concerned, or the first of several. */
  seq?: number;
  /** Where in the ring it is, in bytes from the ring's start. */
  offset?: number;
}

/** What is wrong with a pool. */
export interface PoolDiagnosis {
  /** The pool file. */
  path: string;
  /** Whether anything is wrong. */
  status: "ok" | "corrupt";
  /** What is wrong, in the order it was found; the first thousand. */
  issues: PoolIssue[];
  /** How many issues there are, with those not listed. */
  issueCount: number;
  /** What is unusual and costs no message that was not known to be lost. */
  warnings: string[];
  /** Number of the last message before the first that is wrong; undefined without one. */
  lastGoodSeq?: number;
}

/** How to examine a pool. */
export interface DiagnoseOptions {
  /** Told now and then how many of `totalBytes` were examined. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** Collects what is found. */
export class Findings {
  /** What is wrong. */
  readonly issues: PoolIssue[] = [];
  /** What is unusual. */
  readonly warnings: string[] = [];
  /** How many issues there are. */
  issueCount = 0;

  /** Adds something wrong. */
  add(message: string, where: { seq?: number; offset?: number } = {}): void {
    if (this.issueCount++ < LISTED_MAX) this.issues.push({ code: "corrupt", message, ...where });
  }

  /** Adds something unusual. */
  warn(message: string): void {
    if (this.warnings.length < LISTED_MAX) this.warnings.push(message);
  }
}

/**
 * Examines the pool file at `path`: its header, every message retained, and its index.
 *
 * @throws {NotFoundError} when there is none.
 * @throws {PermissionError} when it may not be read.
 * @throws {IoError} when reading fails.
 *
 * @example
 * ```ts
 * import { Client, poolMaintenance } from "@plasmite/pool";
 *
 * const { diagnosePool } = await poolMaintenance();
 * using client = new Client({ dir: Deno.makeTempDirSync() });
 * client.pool("work").append({ task: "resize" });
 * const { status, lastGoodSeq } = diagnosePool(client.path("work"));
 * console.log(status, lastGoodSeq); // ok 1
 * ```
 */
export function diagnosePool(path: string, options: DiagnoseOptions = {}): PoolDiagnosis {
  try {
    // Opening a pipe would wait for somebody to write to it.
    if (!Deno.statSync(path).isFile) return unreadable(path, "the path is not that of a file");
    const file = new DiskFile(path, { write: false });
    try {
      return diagnoseFile(file, path, options);
    } finally {
      file.close();
    }
  } catch (error) {
    throw fromSystemError(error, path);
  }
}

function diagnoseFile(file: PoolFile, path: string, options: DiagnoseOptions): PoolDiagnosis {
  const findings = new Findings();
  let lastGoodSeq: number | undefined;
  try {
    const pool = recoverPool(file, path);
    if (pool.hasState && pool.state.deleted) throw new NotFoundError("not found", { path });
    new HeaderCheck(findings).check(file, pool);
    const check = new RingCheck(pool, findings);
    const { tail, head } = pool.state;
    for (const step of surveyRing(pool.ring, pool)) {
      check.take(step);
      options.onProgress?.(Math.min(check.position, head) - tail, head - tail);
    }
    check.finish();
    lastGoodSeq = check.lastGoodSeq;
  } catch (error) {
    if (!(error instanceof PlasmiteError)) throw error;
    if (error.kind === "Usage") return unreadable(path, error.message, "format");
    if (error.kind !== "Corrupt") throw error;
    findings.add(error.message);
  }
  const { issues, issueCount, warnings } = findings;
  const status = issueCount === 0 ? "ok" : "corrupt";
  return { path, status, issues, issueCount, warnings, lastGoodSeq };
}

function unreadable(
  path: string,
  message: string,
  code: PoolIssue["code"] = "corrupt",
): PoolDiagnosis {
  return { path, status: "corrupt", issues: [{ code, message }], issueCount: 1, warnings: [] };
}
