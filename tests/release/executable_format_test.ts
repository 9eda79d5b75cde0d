import { systemOf, systemOfFile } from "../../release/executable_format.ts";
import { assertEquals } from "@std/assert";

/** The first bytes of a file: `parts` at their places. */
function header(parts: Readonly<Record<number, readonly number[]>>): Uint8Array {
  const bytes = new Uint8Array(512);
  for (const [at, values] of Object.entries(parts)) bytes.set(values, Number(at));
  return bytes;
}

const ELF = [0x7f, 0x45, 0x4c, 0x46];
const MACH_O = [0xcf, 0xfa, 0xed, 0xfe];
const PE = { 0: [0x4d, 0x5a], 60: [0x80], 128: [0x50, 0x45] };

Deno.test("the system an executable is for is read from its header", () => {
  assertEquals(systemOf(header({ 0: ELF, 18: [62] })), { os: "linux", arch: "x86_64" });
  assertEquals(systemOf(header({ 0: ELF, 18: [183] })), { os: "linux", arch: "aarch64" });
  const intel = { os: "darwin", arch: "x86_64" } as const;
  assertEquals(systemOf(header({ 0: [...MACH_O, 7, 0, 0, 1] })), intel);
  const apple = { os: "darwin", arch: "aarch64" } as const;
  assertEquals(systemOf(header({ 0: [...MACH_O, 12, 0, 0, 1] })), apple);
  const windows = { os: "windows", arch: "x86_64" } as const;
  assertEquals(systemOf(header({ ...PE, 132: [0x64, 0x86] })), windows);
});

Deno.test("what is no executable, and one of another processor, is for no system", () => {
  assertEquals(systemOf(new Uint8Array()), undefined);
  assertEquals(systemOf(new TextEncoder().encode("#!/bin/sh\n".repeat(20))), undefined);
  assertEquals(systemOf(header({ 0: ELF, 18: [40] })), undefined);
  assertEquals(systemOf(header({ ...PE, 60: [0xff, 0xff] })), undefined);
});

Deno.test("the Deno that runs this is for this system", () => {
  const { os, arch } = Deno.build;
  assertEquals(systemOfFile(Deno.execPath()), { os, arch } as ReturnType<typeof systemOfFile>);
});
