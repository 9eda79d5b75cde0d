/**
 * What a process uses, as /proc tells; undefined where there is none.
 *
 * @module
 */

import { type Command, run, type RunOptions } from "./command_process.ts";

/** What /proc counts CPU time in. */
const TICKS_PER_SECOND = 100;
/** Where the time in user mode is in /proc/PID/stat, counted from behind the name. */
const USER_TICKS_FIELD = 11;
/** Longer than any command that is watched to its end takes. */
const LONGEST_WATCH_MS = 10_000;

/** Memory that a process has now, in MiB. */
export function residentMiB(pid: number): number | undefined {
  return statusMiB(pid, "VmRSS");
}

/** The most memory that a process ever had, in MiB. */
export function peakMiB(pid: number): number | undefined {
  return statusMiB(pid, "VmHWM");
}

function statusMiB(pid: number, field: string): number | undefined {
  const kib = new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(read(`/proc/${pid}/status`))?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** CPU time that a process has taken so far, in seconds; with all of its threads. */
export function cpuSeconds(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === "") return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = fields.slice(USER_TICKS_FIELD).map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

/**
 * The most memory that a command has until it ends, in MiB. It is looked at without a
 * pause, as its peak comes at its end, and nothing else is done meanwhile.
 */
export async function peakMiBOf(
  command: Command,
  options?: RunOptions,
): Promise<number | undefined> {
  let peak: number | undefined;
  await run(command, { ...options, onStart: (pid) => peak = watchPeakMiB(pid) });
  return peak;
}

function watchPeakMiB(pid: number): number | undefined {
  const deadlineMs = performance.now() + LONGEST_WATCH_MS;
  let peak: number | undefined;
  // A process that has ended has no memory any more, long before we are told of its end.
  for (let now = peakMiB(pid); now !== undefined; now = peakMiB(pid)) {
    peak = now;
    if (performance.now() > deadlineMs) break;
  }
  return peak;
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // It has ended, or there is no /proc.
    return "";
  }
}
