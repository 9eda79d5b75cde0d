/**
 * The systems that executables are made for, and where what is made lies.
 *
 * @module
 */

/** One system that an executable runs on. */
export interface Target {
  /** Its name, as `deno compile --target` takes it. */
  readonly triple: string;
  /** Its operating system, as `Deno.build.os` has it. */
  readonly os: "linux" | "darwin" | "windows";
  /** Its processor, as `Deno.build.arch` has it. */
  readonly arch: "x86_64" | "aarch64";
}

/** All of them. */
export const TARGETS: readonly Target[] = [
  { triple: "x86_64-unknown-linux-gnu", os: "linux", arch: "x86_64" },
  { triple: "aarch64-unknown-linux-gnu", os: "linux", arch: "aarch64" },
  { triple: "x86_64-apple-darwin", os: "darwin", arch: "x86_64" },
  { triple: "aarch64-apple-darwin", os: "darwin", arch: "aarch64" },
  { triple: "x86_64-pc-windows-msvc", os: "windows", arch: "x86_64" },
];

/** The project's own folder. */
export const ROOT = new URL("../", import.meta.url);

/** Where everything is put that is made. */
export const DIST = new URL("dist/", ROOT);

/** What the executable for `target` is called: `pls`, or `pls.exe`. */
export function executableName({ os }: Pick<Target, "os">): string {
  return os === "windows" ? "pls.exe" : "pls";
}
