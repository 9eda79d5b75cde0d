/**
 * What the systems answer, and what pools make of it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { fromSystemError } from "../../pool/errors.ts";
import { isFileAt, isSameFile } from "../../pool/file_identity.ts";
import { exitCode } from "../../cli/failure.ts";
import { retrying } from "../../cli/input/retry.ts";
import { replaced, systemError } from "../environment/replaced.ts";
import { ScratchClient } from "../pool/scratch.ts";
import { pretending } from "./pretending.ts";

Deno.test("a file that another program keeps to itself is busy, and worth another try", async () => {
  const messages = [
    "The process cannot access the file because it is being used by another process. (os error 32)",
    "The process cannot access the file because another process has locked a portion of the " +
    "file. (os error 33)",
  ];
  for (const message of messages) {
    using _ = pretending("windows");
    const error = fromSystemError(systemError("EBUSY", message), "C:\\work.plasmite");
    assertEquals([error.kind, exitCode(error.kind)], ["Busy", 5]);
    assertMatch(error.hint!, /virus scanner.*resmon/);
    let tries = 0;
    const action = () => {
      if (++tries === 1) throw error;
    };
    await retrying(action, { retries: 1, delayMs: 0 });
    assertEquals(tries, 2);
  }
});

Deno.test("a name that Windows takes for none is told from a file that is not there", () => {
  const message = "The filename, directory name, or volume label syntax is incorrect. " +
    "(os error 123)";
  const error = fromSystemError(systemError("ENOENT", message), "C:\\a*b");
  assertEquals(error.kind, "Io");
  assertMatch(error.hint!, /No file can have this name/);
  assertEquals(fromSystemError(new Deno.errors.NotFound(), "C:\\ab").kind, "NotFound");
});

Deno.test("the advice on a refusal speaks of modes only where there are any", () => {
  const hint = (os: typeof Deno.build.os) => {
    using _ = pretending(os);
    return fromSystemError(new Deno.errors.PermissionDenied(), "work.plasmite").hint!;
  };
  for (const os of ["linux", "darwin"] as const) assertMatch(hint(os), /owner and mode/);
  assertMatch(hint("windows"), /removed is free once all who have it open have closed it/);
});

Deno.test("a rounded number of a file does not pass a removed one for its successor", () => {
  const here = { ino: 2 ** 60, dev: 1, nlink: 0 };
  const there = { ino: 2 ** 60, dev: 1, nlink: 1 };
  using _ = pretending("windows");
  assert(!isSameFile(here, there));
  assert(isSameFile({ ...here, nlink: 1 }, there));
  assert(!isSameFile({ ...here, nlink: 1 }, { ...there, dev: 2 }));
});

Deno.test("a file whose removal waits for others to close it counts as removed on Windows", () => {
  using client = new ScratchClient();
  client.createPool("work");
  using file = Deno.openSync(client.path("work"));
  const { PermissionDenied } = Deno.errors;
  using _ = replaced(Deno, "statSync", () => {
    throw new PermissionDenied("Access is denied. (os error 5)");
  });
  using _windows = pretending("windows");
  assert(!isFileAt(file, client.path("work")));
  using _linux = pretending("linux");
  assertThrows(() => isFileAt(file, client.path("work")), PermissionDenied);
});

Deno.test("a pool is made in its place where the file system has no links", () => {
  // FAT on Windows, SMB on macOS, and others.
  for (const code of ["EISDIR", "ENOTSUP", "EOPNOTSUPP"]) {
    using client = new ScratchClient();
    using _ = replaced(Deno, "linkSync", () => {
      throw systemError(code, "no links here");
    });
    assertEquals(client.createPool("work").nextSeq, 1);
    assertEquals(Array.from(Deno.readDirSync(client.dir), ({ name }) => name), ["work.plasmite"]);
  }
});
