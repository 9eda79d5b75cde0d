/**
 * Odd names, symbolic links, and things other than files where a pool should be: nothing
 * hangs, nothing is half done, and the error says what it is.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { IoError, NotFoundError, PlasmiteError } from "@plasmite/pool";
import { errorOf, jsonLines, type Outcome, Place } from "../cli/pls.ts";
import { diagnosePool, repairPool } from "../../pool/maintenance.ts";
import { spoil } from "../pool/damage.ts";
import { ScratchClient } from "../pool/scratch.ts";
import { reasonNotToRun, shell, testUnless } from "./shell.ts";

/** Names, modes and hints are others there: tests/platform/ has those. */
const IS_WINDOWS = Deno.build.os === "windows";

/** Longest name of a file on the file systems there are, in bytes. */
const FILE_NAME_BYTES_MAX = 255;
const noLinks = Deno.build.os === "windows" ? "links take a privilege on Windows" : undefined;
const hint = (text: string) => errorOf(text).hint as string;

Deno.test(
  "every name that a file can have is one that a pool can have",
  { ignore: IS_WINDOWS },
  () => {
    const suffix = ".plasmite".length;
    const names = [
      "x".repeat(FILE_NAME_BYTES_MAX - suffix),
      "é".repeat((FILE_NAME_BYTES_MAX - suffix) / 2),
      "new\nline",
      "\x1b[31mred",
      "..",
      " ",
      "-n",
      "*?$(id)`'\"",
      "\u{1f4ec}",
      "\ud800",
    ];
    for (const name of names.filter(() => Deno.build.os !== "windows")) {
      using client = new ScratchClient();
      assertEquals(client.pool(name).append(name.length).seq, 1, name);
      assertEquals(client.listPools().length, 1);
      assertEquals(client.openPool(name).get(1).data, name.length);
      client.deletePool(name);
      assertEquals([...Deno.readDirSync(client.dir)], []);
    }
  },
);

Deno.test("a pool with the longest name can be repaired, or is left as it was", {
  ignore: IS_WINDOWS,
}, () => {
  using client = new ScratchClient();
  for (const length of [150, 200, 246]) {
    const name = "r".repeat(length);
    const path = client.path(name);
    client.createPool("short");
    Deno.renameSync(client.path("short"), path);
    client.openPool(name).append("kept");
    const before = Deno.readFileSync(path);
    spoil(path, [70]);
    try {
      repairPool(path);
      assertEquals(client.openPool(name).get(1).data, "kept");
    } catch (error) {
      assert(error instanceof IoError, String(error));
      assertMatch(error.hint!, /name/);
      spoil(path, [70]);
      assertEquals(Deno.readFileSync(path), before);
    }
    const left = Array.from(Deno.readDirSync(client.dir), (entry) => entry.name);
    assert(left.every((entry) => !entry.endsWith(".tmp")), left.join(" "));
  }
});

Deno.test(
  "a name that no file can have is refused with a hint at the name",
  { ignore: IS_WINDOWS },
  () => {
    using client = new ScratchClient();
    for (const name of ["nul\0", "x".repeat(300)]) {
      const actions = [
        () => client.createPool(name),
        () => client.pool(name),
        () => client.openPool(name),
        () => client.deletePool(name),
      ];
      for (const action of actions) {
        const error = assertThrows(action, PlasmiteError);
        assert(["Io", "Usage"].includes(error.kind), error.kind);
        assert(!error.message.includes(".tmp"), error.message);
        assertMatch(error.hint ?? error.message, /name/);
      }
    }
    assertEquals([...Deno.readDirSync(client.dir)], []);
  },
);

/** What can be where a pool should be: how it comes there. */
const IN_THE_WAY: Record<string, (path: string) => void> = {
  "a directory": (path) => Deno.mkdirSync(path),
  "an empty file": (path) => Deno.writeFileSync(path, new Uint8Array()),
  "a text": (path) => Deno.writeTextFileSync(path, "a text\n".repeat(2000)),
  "a link to itself": (path) => Deno.symlinkSync(path, path),
  "a device without bytes": (path) => Deno.symlinkSync("/dev/null", path),
  "a device without end": (path) => Deno.symlinkSync("/dev/zero", path),
};

for (const [name, place] of Object.entries(IN_THE_WAY)) {
  testUnless(noLinks, `${name} in the place of a pool is told, listed, and left as it is`, () => {
    using client = new ScratchClient();
    using _good = client.pool("good");
    const path = client.path("odd");
    place(path);
    const before = Deno.lstatSync(path);
    const actions: [() => unknown, string[]][] = [
      [() => client.openPool("odd"), ["Corrupt", "Io", "Usage"]],
      [() => client.pool("odd"), ["Corrupt", "Io", "Usage"]],
      [() => client.poolInfo("odd"), ["Corrupt", "Io", "Usage"]],
      [() => client.createPool("odd"), ["AlreadyExists"]],
      [() => repairPool(path), ["Corrupt", "Io", "Usage"]],
    ];
    for (const [action, kinds] of actions) {
      const { kind } = assertThrows(action, PlasmiteError);
      assert(kinds.includes(kind), kind);
    }
    assertEquals(client.listPools().map((entry) => [entry.name, entry.error === undefined]), [
      ["good", true],
      ["odd", false],
    ]);
    const after = Deno.lstatSync(path);
    assertEquals([after.ino, after.size], [before.ino, before.size]);
  });
}

testUnless(
  reasonNotToRun("timeout 1 mkfifo pipe"),
  "no command waits for somebody to open a pipe in the place of a pool",
  async () => {
    await using place = new Place();
    await place.done("feed", "good", "1", "--create");
    assertEquals((await shell(place, "mkfifo pools/pipe.plasmite")).code, 0);
    const calls = ["fetch pipe 1", "feed pipe 1", "follow pipe --timeout 50ms", "doctor pipe"];
    // `timeout` ends those that hang, with code 124.
    const outcomes = await Promise.all(calls.map((call) => shell(place, `timeout 8 pls ${call}`)));
    const odd = calls.filter((_, i) => ![2, 7, 8].includes(outcomes[i].code));
    assertEquals(odd, []);
    const list = await shell(place, "timeout 8 pls pool list --json");
    const pools: { name: string }[] = JSON.parse(list.stdout).pools;
    assertEquals(pools.map(({ name }) => name), ["good", "pipe"]);
  },
);

testUnless(noLinks, "what is no file gives a hint at that, not at the disk", async () => {
  await using place = new Place();
  Deno.mkdirSync(place.pools);
  Deno.mkdirSync(`${place.pools}/directory.plasmite`);
  Deno.symlinkSync("loop.plasmite", `${place.pools}/loop.plasmite`);
  Deno.writeTextFileSync(`${place.dir}/file`, "");
  const failed: [string, Outcome][] = [];
  for (const name of ["directory", "loop"]) {
    failed.push([name, await place.pls("fetch", name, "1")]);
  }
  const inFile = ["--dir", `${place.dir}/file`];
  failed.push(["file", await place.pls(...inFile, "feed", "x", "1", "--create")]);
  const misleading = failed.filter(([, { stderr }]) => /free space/.test(hint(stderr)))
    .map(([name]) => name);
  assertEquals(misleading, []);
});

testUnless(noLinks, "a pool can be used through links to it and to its directory", async () => {
  await using place = new Place();
  await place.done("--dir", "real", "feed", "work", "1", "--create");
  Deno.mkdirSync(place.pools);
  Deno.symlinkSync("../real/work.plasmite", `${place.pools}/link.plasmite`);
  Deno.symlinkSync("real", `${place.dir}/alias`);
  await place.done("feed", "link", "2");
  await place.done("--dir", "alias", "feed", "work", "3");
  const lines = jsonLines(await place.done("pool", "export", "link"));
  assertEquals(lines.map(({ data }) => data), [1, 2, 3]);
  assertEquals((await place.pls("pool", "create", "link")).code, 4);
  // A repair goes to the file, and leaves the link one.
  spoil(`${place.dir}/real/work.plasmite`, [70]);
  await place.pls("doctor", "link", "--repair");
  assert(Deno.lstatSync(`${place.pools}/link.plasmite`).isSymlink);
  await place.done("feed", "link", "4");
  assertEquals(JSON.parse(await place.done("--dir", "real", "fetch", "work", "4")).data, 4);
});

testUnless(noLinks, "deleting a pool through a link leaves neither half of it", () => {
  using client = new ScratchClient();
  using pool = client.pool("real");
  pool.append("message");
  Deno.symlinkSync(pool.path, client.path("link"));
  client.deletePool("link");
  assertEquals([...Deno.readDirSync(client.dir)].map(({ name }) => name), []);
  assertThrows(() => client.openPool("real"), NotFoundError);
});

testUnless(
  noLinks,
  "a link that leads nowhere is told, and not with the command that was given",
  async () => {
    await using place = new Place();
    Deno.mkdirSync(place.pools);
    Deno.symlinkSync("nowhere", `${place.pools}/work.plasmite`);
    const { code, stderr } = await place.pls("feed", "work", "1", "--create");
    assert([3, 4, 8].includes(code), `${code}`);
    assertMatch(hint(stderr), /link/);
    assertEquals((await place.pls("pool", "create", "work")).code, 4);
    assert(Deno.lstatSync(`${place.pools}/work.plasmite`).isSymlink);
    await place.done("pool", "delete", "work");
    await place.done("feed", "work", "1", "--create");
    assertEquals(diagnosePool(`${place.pools}/work.plasmite`).issues, []);
  },
);

testUnless(
  reasonNotToRun("true"),
  "a name that is no UTF-8 makes no listing fail",
  async () => {
    await using place = new Place();
    await place.done("feed", "good", "1", "--create");
    await shell(place, "cp pools/good.plasmite \"pools/$(printf '\\377\\376').plasmite\"");
    const list = await place.pls("pool", "list", "--json");
    const pools: { name: string }[] = JSON.parse(list.stdout).pools;
    assertEquals([list.code, pools.length], [0, 2]);
    assert(pools.some(({ name }) => name === "good"));
  },
);
