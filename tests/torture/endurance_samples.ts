/**
 * What a process holds, looked at from outside again and again, and whether that is
 * level.
 *
 * @module
 */

import { assert } from "@std/assert";

const MEBIBYTE = 2 ** 20;

/**
 * How much more memory the end may take than the second quarter did. In a short run the
 * garbage collector is still finding out how much it may hold, which differs from run to run
 * by 30 MiB. A leak goes far beyond: 2 million messages pass through even then.
 */
const MORE_MEMORY_BYTES = 48 * MEBIBYTE;
/** How many more files may be open at the end: a sample falls anywhere in a round. */
const MORE_FILES = 8;

/** What a process held at one moment. */
export interface Sample {
  /** Resident memory in bytes. */
  memoryBytes: number;
  /** Open files, watchers among them; undefined where the system does not tell. */
  files: number | undefined;
}

/** What the process `pid` holds now; undefined when it has ended. */
export function readSample(pid: number): Sample | undefined {
  const memoryBytes = residentBytes(pid);
  return memoryBytes === undefined ? undefined : { memoryBytes, files: openFiles(pid) };
}

function residentBytes(pid: number): number | undefined {
  const kibibytes = Deno.build.os === "linux"
    ? /^VmRSS:\s+(\d+) kB$/m.exec(readIfThere(`/proc/${pid}/status`))?.[1]
    : new TextDecoder().decode(
      new Deno.Command("ps", { args: ["-o", "rss=", "-p", `${pid}`] }).outputSync().stdout,
    ).trim();
  return kibibytes ? Number(kibibytes) * 1024 : undefined;
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function openFiles(pid: number): number | undefined {
  try {
    return Array.from(Deno.readDirSync(`/proc/${pid}/fd`)).length;
  } catch {
    return undefined;
  }
}

/**
 * Checks that what a process held did not grow once it had warmed up, and says how much
 * memory that was.
 *
 * @returns the medians of the second and of the last quarter of `samples`.
 */
export function checkLevel(name: string, samples: readonly Sample[]): string {
  const quarter = Math.floor(samples.length / 4);
  assert(quarter > 0, `${name} ended early: only ${samples.length} samples`);
  const early = samples.slice(quarter, 2 * quarter);
  const late = samples.slice(-quarter);
  const [before, after] = [early, late].map((some) => {
    return median(some.map(({ memoryBytes }) => memoryBytes));
  });
  const allowed = before + MORE_MEMORY_BYTES;
  const course = samples.map(({ memoryBytes }) => inMebibytes(memoryBytes)).join(" ");
  assert(after <= allowed, `the memory of ${name} grew; in MiB: ${course}`);
  const [filesBefore, filesAfter] = [early, late].map((some) => {
    return Math.max(...some.map(({ files = 0 }) => files));
  });
  const files = `${filesBefore} open files, and ${filesAfter} at the end`;
  assert(filesAfter <= filesBefore + MORE_FILES, `${name} had ${files}`);
  return `${inMebibytes(before)} to ${inMebibytes(after)} MiB, ` +
    `${filesBefore} to ${filesAfter} files`;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE);
}
