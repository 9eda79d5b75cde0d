/**
 * Which system an executable is for, as its first bytes say: ELF, Mach-O or PE.
 *
 * @see {@link https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html} (ELF header)
 * @see {@link https://learn.microsoft.com/windows/win32/debug/pe-format} (PE header)
 *
 * @module
 */

import type { Target } from "./targets.ts";

/** A system, without the rest of a target. */
export type System = Pick<Target, "os" | "arch">;

/** Bytes from the start of a file that {@linkcode systemOf} needs. */
export const FORMAT_BYTES = 4096;

/** Numbers of processors, as each format has them. */
const ELF_MACHINES: Readonly<Record<number, System["arch"]>> = { 62: "x86_64", 183: "aarch64" };
const MACH_CPUS: Readonly<Record<number, System["arch"]>> = {
  0x0100_0007: "x86_64",
  0x0100_000c: "aarch64",
};
const PE_MACHINES: Readonly<Record<number, System["arch"]>> = {
  0x8664: "x86_64",
  0xaa64: "aarch64",
};

/**
 * The system that an executable beginning with `bytes` is for; undefined when it is none, or
 * one for a system that there is no target of.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(systemOf(new TextEncoder().encode("#!/bin/sh\n")), undefined);
 * ```
 */
export function systemOf(bytes: Uint8Array): System | undefined {
  if (bytes.length < 64) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0) === 0x7f45_4c46) {
    return system("linux", ELF_MACHINES, view.getUint16(18, true));
  }
  if (view.getUint32(0, true) === 0xfeed_facf) {
    return system("darwin", MACH_CPUS, view.getUint32(4, true));
  }
  if (view.getUint16(0) !== 0x4d5a) return undefined;
  const header = view.getUint32(60, true);
  if (header + 6 > bytes.length || view.getUint32(header) !== 0x5045_0000) return undefined;
  return system("windows", PE_MACHINES, view.getUint16(header + 4, true));
}

function system(
  os: System["os"],
  machines: Readonly<Record<number, System["arch"]>>,
  machine: number,
): System | undefined {
  const arch = machines[machine];
  return arch && { os, arch };
}

/** The system that the executable at `path` is for; undefined as above. */
export function systemOfFile(path: string): System | undefined {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(FORMAT_BYTES);
  let length = 0;
  for (let read; (read = file.readSync(bytes.subarray(length)) ?? 0) > 0;) length += read;
  return systemOf(bytes.subarray(0, length));
}
