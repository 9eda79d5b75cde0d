/**
 * `pls doctor`: says what is wrong with pools, and where, and repairs them when asked to.
 *
 * @module
 */

import { poolFileNames } from "../pool/internal_mod.ts";
import {
  CorruptError,
  NotFoundError,
  type PlasmiteError,
  type PoolDiagnosis,
  poolMaintenance,
  type RepairReport,
  UsageError,
} from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { exitCode } from "./failure.ts";
import { createHint, orHint } from "./open_pool.ts";
import { percentOf, ProgressLine } from "./progress_line.ts";
import { printable } from "./screen.ts";
import type { Session } from "./session.ts";

const { diagnosePool, repairPool } = await poolMaintenance();

/** The `doctor` command. */
export const doctor = defineCommand({
  name: "doctor",
  summary: "Check pools for damage, and repair them",
  details: [
    "Examines the header, the checksum, order, time, tags and data of every message, and the " +
    "index. Exits with 7 when a pool is damaged. Nothing is changed without --repair.",
    "--repair puts every intact message, with its seq, time and tags, into a new file in the " +
    "place of a damaged one, which is kept beside it as NAME.plasmite.TIME.bak.",
  ],
  positionals: { pool: { kind: "pool", help: "Name or path of the pool." } },
  flags: {
    all: { kind: "switch", conflicts: ["pool"], help: "Check all pools of the pool directory." },
    repair: { kind: "switch", help: "Repair damaged pools, keeping a copy of each." },
    json: { kind: "switch", help: "Print JSON." },
  },
  examples: [
    { does: "Check a pool", line: "pls doctor chat" },
    { does: "Check all pools", line: "pls doctor --all --json" },
    { does: "Keep what is intact", line: "pls doctor chat --repair" },
  ],
  run: async ({ flags, positionals: { pool }, givenFlags }, session) => {
    if (pool === undefined && givenFlags.length === 0) return await printHelp(session);
    const { reports, failure } = flags.all
      ? examineAll(session, flags.repair)
      : { reports: [await examineOne(session, pool, flags.repair)] };
    print(session, reports, flags.json);
    if (failure !== undefined) throw failure;
    return reports.some(({ diagnosis }) => diagnosis.status === "corrupt")
      ? exitCode("Corrupt")
      : 0;
  },
});

async function printHelp(session: Session): Promise<number> {
  const { helpOn } = await import("./help.ts");
  session.stderr.write(await helpOn({ command: doctor, rest: [] }, "long"));
  return exitCode("Usage");
}

/** What is known of one pool. */
export interface PoolReport {
  /** How the pool was named. */
  ref: string;
  /** What is wrong with it now. */
  diagnosis: PoolDiagnosis;
  /** What was wrong with it before it was repaired, and what that did. */
  repaired?: { found: PoolDiagnosis; repair: RepairReport };
  /** Why it could not be repaired. */
  unrepaired?: PlasmiteError;
}

async function examineOne(
  session: Session,
  pool: string | undefined,
  repair: boolean,
): Promise<PoolReport> {
  if (pool === undefined) {
    throw new UsageError("no pool to check", { hint: "Name a pool, or give --all." });
  }
  const path = session.client.path(pool);
  return await orHint(
    pool,
    () => createHint(pool),
    () => examine(session, { ref: pool, path, repair }),
  );
}

/** A pool that can't be examined does not keep the others from it; its failure comes last. */
function examineAll(
  session: Session,
  repair: boolean,
): { reports: PoolReport[]; failure?: unknown } {
  const { dir } = session.client;
  const reports: PoolReport[] = [];
  let failure: unknown;
  for (const name of poolFileNames(dir)) {
    const path = `${dir}/${name}`;
    try {
      reports.push(examine(session, { ref: path, path, repair }));
    } catch (error) {
      // Deleted in the meantime, or long ago.
      if (!(error instanceof NotFoundError)) failure ??= error;
    }
  }
  return { reports, failure };
}

function examine(
  session: Session,
  { ref, path, repair }: { ref: string; path: string; repair: boolean },
): PoolReport {
  const found = diagnose(session, ref, path);
  if (!repair || found.status === "ok") return { ref, diagnosis: found };
  try {
    using line = new ProgressLine(session.stderr, percentOf(`repairing ${ref}`));
    const onProgress = (done: number, total: number) => line.update(done, total);
    const report = repairPool(path, { onProgress });
    const repaired = { found, repair: report };
    return { ref, diagnosis: diagnose(session, ref, path), repaired };
  } catch (error) {
    const isHopeless = error instanceof CorruptError || error instanceof UsageError;
    if (!isHopeless) throw error;
    return { ref, diagnosis: found, unrepaired: error };
  }
}

function diagnose(session: Session, ref: string, path: string): PoolDiagnosis {
  using line = new ProgressLine(session.stderr, percentOf(`checking ${ref}`));
  return diagnosePool(path, { onProgress: (done, total) => line.update(done, total) });
}

function print({ stdout }: Session, reports: readonly PoolReport[], json: boolean): void {
  if (json) stdout.writeJson(JSON.stringify({ reports: reports.map(reportJson) }));
  else if (reports.length === 0) stdout.write("No pools found.\n");
  else if (stdout.isTerminal) stdout.write(reports.map(reportForPeople).join("\n"));
  else stdout.write(reports.map(reportLine).join(""));
}

/** What `--json` says of one pool: keys known from upstream, then `repair`, which is ours. */
export function reportJson(report: PoolReport): object {
  const { ref, diagnosis, repaired } = report;
  const { path, status, issues, issueCount, lastGoodSeq } = diagnosis;
  return {
    issue_count: issueCount,
    issues: issues.map(issueJson),
    last_good_seq: lastGoodSeq ?? null,
    path,
    pool_ref: ref,
    remediation_hints: hints(report),
    snapshot_path: repaired?.repair.snapshotPath ?? null,
    status,
    repair: repaired === undefined ? null : {
      issue_count: repaired.found.issueCount,
      issues: repaired.found.issues.map(issueJson),
      kept_count: repaired.repair.keptCount,
      lost_count: repaired.repair.lostCount,
      lost: repaired.repair.lost.map(({ fromSeq, toSeq }) => ({
        from_seq: fromSeq,
        to_seq: toSeq,
      })),
    },
  };
}

function issueJson({ code, message, offset, seq }: PoolDiagnosis["issues"][number]): object {
  return { code, message, offset: offset ?? null, seq: seq ?? null };
}

function hints({ ref, diagnosis, repaired, unrepaired }: PoolReport): string[] {
  const hints: string[] = [];
  if (unrepaired !== undefined) {
    hints.push(`It can't be repaired: ${unrepaired.message}. The file was not touched.`);
  } else if (diagnosis.issues.some(({ code }) => code === "format")) {
    hints.push("Use a program that knows this file version, or recreate the pool.");
  } else if (diagnosis.status === "corrupt") {
    hints.push(`Run \`pls doctor ${ref} --repair\` to keep every intact message.`);
  }
  if (diagnosis.issueCount > diagnosis.issues.length) {
    hints.push(`Only the first ${diagnosis.issues.length} issues are listed.`);
  }
  hints.push(...diagnosis.warnings.map((warning) => `warning: ${warning}`));
  return [...hints, ...(repaired?.repair.notes ?? [])];
}

/** One line of fixed form about one pool. */
export function reportLine({ ref, diagnosis, repaired }: PoolReport): string {
  const label = printable(ref);
  if (diagnosis.status === "ok" && repaired !== undefined) {
    const { keptCount, lostCount, snapshotPath } = repaired.repair;
    return `REPAIRED: ${label} kept=${keptCount} lost=${lostCount} snapshot=${
      printable(snapshotPath)
    }\n`;
  }
  if (diagnosis.status === "ok") return `OK: ${label}\n`;
  const { lastGoodSeq, issues: [first] } = diagnosis;
  const good = lastGoodSeq === undefined ? "" : ` last_good_seq=${lastGoodSeq}`;
  return `CORRUPT: ${label}${good} issue=${printable(first.message)}\n`;
}

/** Issues of one pool that people are shown. */
const SHOWN_ISSUES_MAX = 20;

/** A few lines about one pool. */
export function reportForPeople(report: PoolReport): string {
  const { ref, diagnosis, repaired } = report;
  const lines: string[] = [];
  if (repaired !== undefined) {
    const { keptCount, lostCount, snapshotPath } = repaired.repair;
    lines.push(`${ref} was repaired: ${keptCount} messages kept, ${lostCount} lost`);
    lines.push(...issueLines(repaired.found));
    lines.push(`  the damaged file is kept as ${snapshotPath}`);
  }
  if (diagnosis.status === "corrupt") {
    const { issueCount } = diagnosis;
    lines.push(`${ref} is damaged: ${issueCount} ${issueCount === 1 ? "issue" : "issues"}`);
    lines.push(...issueLines(diagnosis));
  } else if (repaired === undefined) lines.push(`${ref} is healthy`);
  lines.push(...hints(report).map((hint) => `  ${hint}`));
  return lines.map((line) => printable(line) + "\n").join("");
}

function issueLines({ issues, issueCount }: PoolDiagnosis): string[] {
  const lines = issues.slice(0, SHOWN_ISSUES_MAX).map(({ message }) => `  - ${message}`);
  if (issueCount > lines.length) lines.push(`  - and ${issueCount - lines.length} more`);
  return lines;
}
