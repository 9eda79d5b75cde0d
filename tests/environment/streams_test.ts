/**
 * `pls` with streams that are full, closed or of the wrong kind, killed by signals, and with
 * an environment that lacks what programs are used to.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { errorOf, jsonLines, Place } from "../cli/pls.ts";
import { diagnosePool } from "../../pool/maintenance.ts";
import { IN_NAMESPACE, reasonNotToRun, shell, testUnless } from "./shell.ts";

const noShell = reasonNotToRun("test -c /dev/full");

/** What the pool `work` holds, which must be whole. */
async function contents(place: Place): Promise<unknown[]> {
  assertEquals(diagnosePool(`${place.pools}/work.plasmite`).issues, []);
  return jsonLines(await place.done("pool", "export", "work")).map(({ data }) => data);
}

testUnless(
  noShell,
  "output that can't be written ends every command with Io, and says what it was",
  async () => {
    await using place = new Place();
    await place.done("feed", "work", '"text"', "--create");
    const calls = [
      "follow work --tail 1",
      "follow work --tail 1 --jsonl",
      "fetch work 1",
      "pool export work",
      "pool list",
    ];
    const outcomes = await Promise.all(
      calls.map((call) => shell(place, `pls ${call} > /dev/full`)),
    );
    assertEquals(outcomes.map(({ code }) => code), [8, 8, 8, 8, 8]);
    const vague = outcomes.map(({ stderr }) => errorOf(stderr))
      .filter(({ message, hint }) => !/standard output/.test(message + hint));
    assertEquals(vague, []);
  },
);

testUnless(
  noShell,
  "feeding with receipts that can't be written says what is in the pool, and loses none of it",
  async () => {
    await using place = new Place();
    await place.done("pool", "create", "work");
    const { code, stderr } = await shell(place, "seq 3 | pls feed work > /dev/full");
    assertEquals([code, errorOf(stderr).kind], [8, "Io"]);
    const fed = await contents(place);
    assertEquals(fed, [1, 2, 3].slice(0, fed.length));
    const { message, hint } = errorOf(stderr);
    assertMatch(message + hint, /standard output/);
  },
);

testUnless(
  noShell,
  "with closed streams commands do their work, and no pool gets what they would print",
  async () => {
    await using place = new Place();
    await place.done("pool", "create", "work");
    const lines = [
      "pls feed work 1 >&-",
      "pls feed work 2 2>&-",
      "pls feed work 3 <&-",
      "pls feed work 4 <&- >&- 2>&-",
    ];
    for (const line of lines) assertEquals([line, (await shell(place, line)).code], [line, 0]);
    const failing = ["pls feed missing 1 2>&-", "pls feed work <&-"];
    const codes = await Promise.all(failing.map(async (line) => (await shell(place, line)).code));
    assertEquals(codes, [3, 2]);
    assertEquals(await contents(place), [1, 2, 3, 4]);
  },
);

testUnless(noShell, "a directory as input is told as Io, and feeds nothing", async () => {
  await using place = new Place();
  await place.done("pool", "create", "work");
  for (const line of ["pls feed work < pools", "pls feed work --file pools"]) {
    const { code, stderr } = await shell(place, line);
    assertEquals([code, errorOf(stderr).kind], [8, "Io"]);
  }
  assertEquals(await contents(place), []);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const) {
  testUnless(noShell, `${signal} during a feed loses no message that has a receipt`, async () => {
    await using place = new Place();
    await place.done("pool", "create", "work", "--size", "8M");
    const feeding = place.start("feed", "work");
    for (let i = 1; i <= 3; i++) {
      await feeding.type(`${i}\n`);
      assert((await feeding.stdout.next())!.includes(`"seq":${i}`));
    }
    // One is half typed: it is not a message.
    await feeding.type('{"half": ');
    feeding.signal(signal);
    assertEquals((await feeding.status()).signal, signal);
    assertEquals(await contents(place), [1, 2, 3]);
    assertEquals(JSON.parse(await place.done("feed", "work", "4")).seq, 4);
  });
}

testUnless(
  noShell,
  "without HOME, with a TMPDIR and a language that do not exist, pls works",
  async () => {
    await using place = new Place();
    const odd = {
      HOME: undefined,
      PLS_DIR: undefined,
      PLS_CONFIG: undefined,
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
      TMPDIR: "/missing",
      LANG: "tlh_QO.nope",
      LC_ALL: "xx",
      TZ: "Nowhere/Never",
      TERM: "no-such-terminal",
    };
    const { code, stdout, stderr } = await shell(place, "pls feed work '\"é\"' --create", odd);
    assertEquals([code, stderr], [0, ""]);
    assert(JSON.parse(stdout).time.endsWith("Z"));
    assertEquals(
      jsonLines((await shell(place, "pls pool export work", odd)).stdout).map(({ data }) => data),
      ["é"],
    );
    // Where the pools of somebody without a home are: below the working directory.
    assert(Deno.statSync(`${place.dir}/.plasmite/pools/work.plasmite`).isFile);
  },
);

testUnless(
  reasonNotToRun(`${IN_NAMESPACE} --pid --fork sh -c 'mount -t tmpfs tmpfs /proc'`),
  "without /proc pools can be made, fed, followed and deleted",
  async () => {
    await using place = new Place();
    const line = "pls feed work 1 --create > out && pls follow work --tail 1 --timeout 50ms" +
      " --jsonl >> out; test $? = 124 && pls doctor work >> out && pls pool delete work >> out";
    const { code, stderr } = await shell(
      place,
      `${IN_NAMESPACE} --pid --fork sh -c 'mount -t tmpfs tmpfs /proc && ${line}'`,
    );
    assertEquals([code, stderr], [0, ""]);
    assertEquals([...Deno.readDirSync(place.pools)], []);
  },
);
