/**
 * Pools of NATS are created, listed, described and deleted by their URLs, and by the names of
 * servers in the configuration.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { noTerminal, startOnTerminal } from "../cli/on_terminal.ts";
import { denoArguments, errorOf, Place } from "../cli/pls.ts";
import { natsTest, NO_NATS, sharedServer } from "./nats_server.ts";

const server = sharedServer();

natsTest(
  "a pool is created with the size asked for, and a second one of its name is refused",
  async () => {
    await using place = new Place();
    const url = server().pool("create");
    const table = await place.done("pool", "create", url, "--size", "64K");
    assertEquals(table.split("\n")[0].split(/ +/), ["NAME", "SIZE", "INDEX", "PATH"]);
    assertEquals(table.split("\n")[1].split(/ +/), [url, "65536", "0", url]);
    const again = await place.pls("pool", "create", url, "--size", "64K");
    const { kind, hint, path } = errorOf(again.stderr);
    assertEquals([again.code, again.stdout, kind, path], [4, "", "AlreadyExists", url]);
    assertStringIncludes(hint, `pls pool delete ${url}`);
    const info = JSON.parse(await place.done("pool", "info", url, "--json"));
    assertEquals([info.name, info.path, info.file_size], [url, url, 65_536]);
  },
);

natsTest("several are created in order, those before a failure are told of", async () => {
  await using place = new Place();
  const url = (name: string) => server().pool(`several ${name}`);
  await place.done("pool", "create", url("b"));
  const args = ["pool", "create", url("a"), url("b"), url("c"), "--json"];
  const { code, stdout, stderr } = await place.pls(...args);
  assertEquals([code, errorOf(stderr).kind], [4, "AlreadyExists"]);
  const { created } = JSON.parse(stdout);
  assertEquals(created.map(({ name }: { name: string }) => name), [url("a")]);
  await using client = connect(server().url);
  const names = (await client.listPools()).map(({ name }) => name);
  assertEquals(names.filter((name) => name.startsWith("several")), ["several a", "several b"]);
});

natsTest(
  "a new pool has the size of flags, of the environment or of the configuration",
  async () => {
    await using place = new Place();
    const sizeOf = async (name: string) => {
      await using client = connect(server().url);
      return (await client.poolInfo(name)).sizeBytes;
    };
    await place.done("pool", "create", server().pool("size default"));
    assertEquals(await sizeOf("size default"), 1_048_576);
    const env = { PLS_SIZE: "3M" };
    const made = [
      ["pool", "create", server().pool("size made")],
      ["feed", server().pool("size fed"), "1", "--create"],
      ["follow", server().pool("size followed"), "--create", "--timeout", "10ms"],
      ["tap", server().pool("size tapped"), "--create", "-q", "--", "true"],
    ];
    for (const args of made) {
      assertEquals((await place.call(args, { env })).stderr, "", args.join(" "));
    }
    await place.call(["pool", "import", server().pool("size imported"), "--create"], {
      stdin: "",
      env,
    });
    for (const name of ["made", "fed", "followed", "tapped", "imported"]) {
      assertEquals(await sizeOf(`size ${name}`), 3 * 1024 * 1024, name);
    }
    await place.done("feed", server().pool("size chosen"), "1", "--create", "--create-size", "64K");
    assertEquals(await sizeOf("size chosen"), 65_536);
  },
);

natsTest(
  "what NATS can't do is refused: an index, replicas on one server, sizes out of range",
  async () => {
    await using place = new Place();
    const url = server().pool("refused");
    const refused: [string[], RegExp, RegExp][] = [
      [["--index-capacity", "16"], /index/, /--index-capacity/],
      [["--replicas", "3"], /replicas/, /fewer/],
      [["--replicas", "5"], /replicas/, /fewer/],
      [["--replicas", "0"], /replicas/, /./],
      [["--replicas", "7"], /replicas/, /./],
      [["--replicas", "many"], /replicas/, /--help/],
      [["--size", "1"], /size/, /./],
      [["--size", "9999T"], /size/i, /./],
    ];
    for (const [flags, message, hint] of refused) {
      const { code, stdout, stderr } = await place.pls("pool", "create", url, ...flags);
      const error = errorOf(stderr);
      assertEquals([code, stdout, error.kind], [2, "", "Usage"], flags.join(" "));
      assertMatch(error.message, message);
      assertMatch(error.hint, hint);
    }
    assertEquals((await place.pls("pool", "info", url)).code, 3);
    await place.done("pool", "create", url, "--replicas", "1");
    const local = await place.pls("pool", "create", "jobs", "--replicas", "1");
    assertEquals([local.code, errorOf(local.stderr).kind], [2, "Usage"]);
    assertStringIncludes(errorOf(local.stderr).hint, "nats://");
    const served = await place.pls("pool", "create", "http://127.0.0.1:1/a", "--replicas", "1");
    assertEquals([served.code, errorOf(served.stderr).kind], [2, "Usage"]);
  },
);

natsTest("a server lists its pools, by its URL and by its name in the configuration", async () => {
  await using place = new Place();
  const [url, name] = [server().pool("my list"), "my list"];
  await place.done("pool", "create", url, "--size", "64K");
  await place.call(["feed", url], { stdin: "1\n2\n3\n" });
  const remotes = { near: { url: server().url } };
  Deno.writeTextFileSync(`${place.dir}/config.jsonc`, JSON.stringify({ remotes }));
  const expected = await place.done("pool", "list", server().url, "--json");
  for (const reference of [`${server().url}/`, "near", "near:"]) {
    assertEquals(await place.done("pool", "list", reference, "--json"), expected);
  }
  const { pools } = JSON.parse(expected);
  const entry = pools.find((pool: { name: string }) => pool.name === name);
  const { mtime, ...facts } = entry;
  const bounds = { newest: 3, oldest: 1 };
  assertEquals(facts, { name, path: url, file_size: 65_536, bounds });
  assert(Math.abs(Date.now() - Date.parse(mtime)) < 3_600_000, mtime);
  const table = await place.done("pool", "list", "near");
  assertMatch(table, /^NAME +STATUS +SIZE +OLDEST +NEWEST +MTIME +PATH +DETAIL *\n/);
  assertMatch(table, /\nmy list +OK +65536 +1 +3 +\S+Z +nats:\S+my%20list +-\n/);
  // The pool directory is another place.
  assertEquals(JSON.parse(await place.done("pool", "list", "--json")), { pools: [] });
  assertEquals((await place.pls("pool", "list", url)).code, 2);
});

natsTest("a name of the configuration leads to each of the server's pools", async () => {
  await using place = new Place();
  const remotes = { near: { url: server().url } };
  Deno.writeTextFileSync(`${place.dir}/config.jsonc`, JSON.stringify({ remotes }));
  await place.done("pool", "create", "near:by name");
  await place.done("feed", "near:by name", '"there"');
  assertEquals(
    await place.done("follow", "near:by name", "-n1", "--one", "--data-only"),
    '"there"\n',
  );
  const url = server().pool("by name");
  assertEquals(await place.done("fetch", "near:by name", "1"), await place.done("fetch", url, "1"));
  const missing = await place.pls("feed", "near:none", "1");
  const { kind, hint } = errorOf(missing.stderr);
  assertEquals([missing.code, kind], [3, "NotFound"]);
  assertStringIncludes(hint, "`pls pool create near:none`");
  assertStringIncludes(hint, "`pls pool list near`");
  const slash = await place.pls("feed", "near:a/b", "1");
  assertEquals([slash.code, errorOf(slash.stderr).kind], [2, "Usage"]);
  await place.done("pool", "delete", "near:by name");
  assertEquals((await place.pls("pool", "info", url)).code, 3);
});

natsTest("each pool to delete is tried, and told what became of it", async () => {
  await using place = new Place();
  const url = (name: string) => server().pool(`delete ${name}`);
  for (const name of ["a", "b", "c"]) await place.done("pool", "create", url(name));
  const args = ["pool", "delete", url("a"), url("none"), url("b"), "--json"];
  const { code, stdout, stderr } = await place.pls(...args);
  const { deleted, failed } = JSON.parse(stdout);
  assertEquals([code, stderr], [3, ""]);
  assertEquals(deleted, [{ pool: url("a"), path: url("a") }, { pool: url("b"), path: url("b") }]);
  const [{ pool, error }] = failed;
  assertEquals([pool, error.kind, error.path], [url("none"), "NotFound", url("none")]);
  const table = await place.pls("pool", "delete", url("b"), url("c"));
  assertEquals(table.code, 3);
  const rows = table.stdout.split("\n").map((row) => row.split(/ +/).slice(0, 3));
  assertEquals(rows.slice(0, 3), [
    ["NAME", "STATUS", "PATH"],
    [url("b"), "ERR", url("b")],
    [url("c"), "OK", url("c")],
  ]);
  // A pool of this machine and one of NATS in one call.
  await place.done("pool", "create", "jobs", url("d"));
  await place.done("pool", "delete", "jobs", url("d"));
});

natsTest("doctor and paths are for files alone", async () => {
  await using place = new Place();
  const doctor = await place.pls("doctor", server().pool("a"));
  assertEquals([doctor.code, errorOf(doctor.stderr).kind], [2, "Usage"]);
  assertStringIncludes(errorOf(doctor.stderr).message, "not a local pool");
  for (const reference of [`${server().url}/a/b`, `${server().url}/`, server().url]) {
    const { code, stderr } = await place.pls("feed", reference, "1", "--create");
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"], reference);
  }
});

Deno.test({
  name: "a person reads of pools on NATS in sentences and tables",
  ignore: noTerminal || NO_NATS !== undefined,
  fn: async () => {
    await using place = new Place();
    const url = server().pool("shown");
    const onTerminal = async (...args: string[]) => {
      const running = startOnTerminal(place, denoArguments(args));
      const lines: string[] = [];
      for (let line = await running.stdout.next(); line !== undefined;) {
        lines.push(line.trimEnd());
        line = await running.stdout.next();
      }
      await running.end();
      return lines;
    };
    assertEquals(await onTerminal("pool", "create", url), [`Created ${url} (1 MiB) at ${url}`]);
    const [fed] = await onTerminal("feed", url, "1", "--tag", "t");
    assertMatch(fed, /^fed seq=1 at \S+Z {2}tags: t$/);
    const info = await onTerminal("pool", "info", url);
    assertEquals(info[0], `${url}  ${url}`);
    assertMatch(info.join("\n"), /messages +1 \(seq 1 to 1\)/);
    const list = await onTerminal("pool", "list", server().url);
    assertMatch(list.join("\n"), /\bshown +1 MiB +1 +/);
    assertEquals(await onTerminal("pool", "delete", url), [`Deleted ${url}`]);
    const [error, hint] = await onTerminal("fetch", url, "1");
    assertMatch(error, /^error: not found/);
    assertMatch(hint, /^hint: Create it server-side with `pls pool create/);
  },
});
