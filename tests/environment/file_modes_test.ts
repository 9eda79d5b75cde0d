/**
 * Who may do what with a pool: new files are for their owner alone whatever the umask is,
 * modes and owners outlive a repair, and what is not permitted is said and leaves no trace.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { PermissionError } from "@plasmite/pool";
import { errorOf, jsonLines, type Outcome, Place } from "../cli/pls.ts";
import { spoil } from "../pool/damage.ts";
import { ScratchClient } from "../pool/scratch.ts";
import { replaced } from "./replaced.ts";
import { BOUND_BY_MODES, IN_NAMESPACE, reasonNotToRun, shell, testUnless } from "./shell.ts";

/** Names, modes and hints are others there: tests/platform/ has those. */
const IS_WINDOWS = Deno.build.os === "windows";

const NOBODY = 65534;
const noModes = Deno.build.os === "windows" ? "Windows has no file modes" : undefined;
const notBound = reasonNotToRun(
  `mkdir -m 500 d && ${BOUND_BY_MODES} true && ! ${BOUND_BY_MODES} touch d/f`,
);
const mount = "mount --bind pools pools && mount -o remount,bind,ro pools";

/** Mode, in octal, of each file in the pool directory whose name `pattern` fits. */
function modes(place: Place, pattern: RegExp): string[] {
  return Array.from(Deno.readDirSync(place.pools), ({ name }) => name).sort()
    .filter((name) => pattern.test(name))
    .map((name) => (Deno.statSync(`${place.pools}/${name}`).mode! & 0o777).toString(8));
}

function names(place: Place): string[] {
  return Array.from(Deno.readDirSync(place.pools), ({ name }) => name).sort();
}

/** The call failed with this kind, and said so in the envelope. */
function assertFails({ code, stderr }: Outcome, kind: string, expectedCode: number): void {
  assertEquals([errorOf(stderr).kind, code], [kind, expectedCode]);
}

testUnless(noModes, "whatever the umask, a pool is its owner's alone and usable", async () => {
  await using place = new Place();
  for (const umask of ["000", "077", "277"]) {
    Deno.mkdirSync(place.pools, { recursive: true });
    const { code, stderr } = await shell(
      place,
      `umask ${umask}; ${notBound === undefined ? BOUND_BY_MODES : ""} pls feed work 1 --create`,
    );
    assertEquals([umask, code, stderr], [umask, 0, ""]);
    assertEquals(modes(place, /./), ["600"]);
    Deno.removeSync(place.pools, { recursive: true });
  }
});

testUnless(noModes, "files that a repair or an import leaves are their owner's alone", async () => {
  await using place = new Place();
  await place.done("feed", "work", "1", "--create");
  spoil(`${place.pools}/work.plasmite`, [70]);
  const line = "umask 000; pls doctor work --repair && pls pool export work > lines &&" +
    " pls pool import copy --create < lines";
  assertEquals((await shell(place, line)).code, 0);
  assertEquals(names(place).length, 3);
  assertEquals(modes(place, /./), ["600", "600", "600"]);
});

testUnless(
  noModes,
  "a repair keeps the mode its owner gave a pool, and the copy is private",
  async () => {
    await using place = new Place();
    await place.done("feed", "work", "1", "--create");
    for (const mode of [0o640, 0o660]) {
      Deno.chmodSync(`${place.pools}/work.plasmite`, mode);
      spoil(`${place.pools}/work.plasmite`, [70]);
      await place.pls("doctor", "work", "--repair");
      assertEquals(modes(place, /plasmite$/), [mode.toString(8)]);
    }
    assertEquals(modes(place, /bak$/), ["600", "600"]);
  },
);

testUnless(
  noModes ?? (Deno.uid() === 0 ? undefined : "only root can repair what is another user's"),
  "a pool that root repairs stays its owner's",
  async () => {
    await using place = new Place();
    await place.done("feed", "work", "1", "--create");
    const path = `${place.pools}/work.plasmite`;
    Deno.chownSync(path, NOBODY, NOBODY);
    spoil(path, [70]);
    await place.pls("doctor", "work", "--repair");
    const { uid, gid } = Deno.statSync(path);
    assertEquals([uid, gid], [NOBODY, NOBODY]);
  },
);

testUnless(
  noModes ?? notBound,
  "a pool file that may only be read can be read and followed, and appends are refused",
  async () => {
    await using place = new Place();
    await place.done("feed", "work", "1", "--create");
    const path = `${place.pools}/work.plasmite`;
    Deno.chmodSync(path, 0o400);
    for (const call of ["fetch work 1", "follow work --tail 1 --timeout 50ms --jsonl"]) {
      const { stdout } = await shell(place, `${BOUND_BY_MODES} pls ${call}`);
      assertEquals(jsonLines(stdout).map(({ data }) => data), [1], call);
    }
    for (const call of ["feed work 2", "feed work 2 --create"]) {
      assertFails(await shell(place, `${BOUND_BY_MODES} pls ${call}`), "Permission", 6);
    }
    spoil(path, [70]);
    assertFails(
      await shell(place, `${BOUND_BY_MODES} pls doctor work --repair`),
      "Permission",
      6,
    );
    assertEquals(names(place), ["work.plasmite"]);
    spoil(path, [70]);
    Deno.chmodSync(path, 0o600);
    assertEquals(JSON.parse(await place.done("feed", "work", "2")).seq, 2);
  },
);

testUnless(
  noModes ?? notBound,
  "in a directory that may only be read, pools take appends, and none is made, deleted or repaired",
  async () => {
    await using place = new Place();
    await place.done("feed", "work", "1", "--create");
    Deno.chmodSync(place.pools, 0o500);
    const call = (words: string) => shell(place, `${BOUND_BY_MODES} pls ${words}`);
    assertEquals((await call("feed work 2")).code, 0);
    assertFails(await call("pool create new"), "Permission", 6);
    assertFails(await call("feed new 1 --create"), "Permission", 6);
    const deletion = await call("pool delete work --json");
    assertEquals(deletion.code, 8);
    assertMatch(deletion.stdout + deletion.stderr, /write access to its directory/);
    // A deletion that was refused leaves the pool as it was, also for others.
    assertEquals((await call("feed work 3")).code, 0);
    spoil(`${place.pools}/work.plasmite`, [70]);
    assertFails(await call("doctor work --repair"), "Permission", 6);
    spoil(`${place.pools}/work.plasmite`, [70]);
    Deno.chmodSync(place.pools, 0o700);
    assertEquals(names(place), ["work.plasmite"]);
    assertEquals(JSON.parse(await place.done("fetch", "work", "3")).data, 3);
  },
);

testUnless(
  noModes ?? notBound,
  "a pool that may not be read is listed with the error, beside those that may",
  async () => {
    await using place = new Place();
    for (const name of ["closed", "open"]) await place.done("feed", name, "1", "--create");
    Deno.chmodSync(`${place.pools}/closed.plasmite`, 0);
    const list = await shell(place, `${BOUND_BY_MODES} pls pool list --json`);
    const [closed, open] = JSON.parse(list.stdout).pools;
    assertEquals([list.code, closed.error.error.kind, open.bounds.newest], [0, "Permission", 1]);
    Deno.chmodSync(place.pools, 0);
    const none = await shell(place, `${BOUND_BY_MODES} pls pool list --json`);
    assertEquals([none.code, JSON.parse(none.stdout).pools.length], [0, 1]);
    assertFails(await shell(place, `${BOUND_BY_MODES} pls fetch open 1`), "Permission", 6);
    Deno.chmodSync(place.pools, 0o700);
  },
);

testUnless(
  reasonNotToRun(`mkdir pools && ${IN_NAMESPACE} sh -c '${mount}'`),
  "on a read-only mount pools can be read and followed, and nothing else",
  async () => {
    await using place = new Place();
    await place.done("feed", "work", "1", "--create");
    const onMount = (words: string) =>
      shell(place, `${IN_NAMESPACE} sh -c '${mount} && pls ${words}'`);
    for (const call of ["fetch work 1", "follow work --tail 1 --timeout 50ms --jsonl"]) {
      assertEquals(jsonLines((await onMount(call)).stdout).map(({ data }) => data), [1], call);
    }
    spoil(`${place.pools}/work.plasmite`, [70]);
    const repair = await onMount("doctor work --repair");
    spoil(`${place.pools}/work.plasmite`, [70]);
    const failed = [await onMount("feed work 2"), await onMount("pool create new"), repair];
    for (const outcome of failed) {
      assertFails(outcome, "Io", 8);
      const { message, hint } = errorOf(outcome.stderr);
      assertStringIncludes(message, "Read-only file system");
      assertMatch(hint, /read-only/);
    }
    assertEquals((await onMount("pool delete work")).code, 8);
    assertEquals(names(place), ["work.plasmite"]);
    assertEquals(JSON.parse(await place.done("feed", "work", "2")).seq, 2);
  },
);

Deno.test("a pool that can be opened to read only gives Permission, and appends once it can be", {
  ignore: IS_WINDOWS,
}, () => {
  using client = new ScratchClient();
  using pool = client.pool("work");
  {
    const { openSync } = Deno;
    using _ = replaced(Deno, "openSync", (path, options) => {
      if (!options?.write) return openSync(path, options);
      throw new Deno.errors.PermissionDenied("Permission denied (os error 13)");
    });
    const { hint, path } = assertThrows(() => pool.append(1), PermissionError);
    assertMatch(hint!, /owner and mode/);
    assertEquals(path, pool.path);
    assertThrows(() => client.createPool("other"), PermissionError);
  }
  assertEquals(pool.append(1).seq, 1);
  assertEquals(Array.from(Deno.readDirSync(client.dir), ({ name }) => name), ["work.plasmite"]);
});
