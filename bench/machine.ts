/**
 * Where figures were taken: without it they say little.
 *
 * @module
 */

/** What a result depends on beside the code. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  os: string;
  deno: string;
  /** The commit measured, with `+` when files were changed since. */
  commit: string;
  date: string;
}

/** This machine, now. */
export function thisMachine(): Machine {
  return {
    cpu: cpuModel(),
    cores: navigator.hardwareConcurrency,
    memoryGiB: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    os: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    commit: git("rev-parse", "--short", "HEAD") + (git("status", "--porcelain") === "" ? "" : "+"),
    date: new Date().toISOString().slice(0, 10),
  };
}

function cpuModel(): string {
  try {
    return /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? "unknown";
  } catch {
    return Deno.build.arch;
  }
}

function git(...args: string[]): string {
  try {
    const cwd = import.meta.dirname;
    const { stdout } = new Deno.Command("git", { args, cwd, stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    return "";
  }
}
