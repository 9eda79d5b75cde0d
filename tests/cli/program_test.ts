import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path/from-file-url";
import config from "../../deno.json" with { type: "json" };
import { ROOT } from "../../release/targets.ts";
import { denoArguments, errorOf, Place } from "./pls.ts";

Deno.test("version is JSON for a program and text by flag", async () => {
  await using place = new Place();
  const { version } = config;
  assertEquals(await place.done("version"), `{"name":"plasmite","version":"${version}"}\n`);
  for (const flag of ["--version", "-V", "---version"]) {
    assertEquals(await place.done(flag), `pls ${version}\n`);
  }
});

Deno.test("pls alone prints the help of the program", async () => {
  await using place = new Place();
  assertEquals(await place.done(), await place.done("--help"));
});

Deno.test("help is plain text on stdout wherever it is asked for", async () => {
  await using place = new Place();
  const long = await place.done("feed", "--help");
  assert(long.includes("Usage: pls feed POOL"));
  assertEquals(await place.done("help", "feed"), long);
  assertEquals(await place.done("feed", "---help"), long);
  assertEquals(
    await place.done("pool", "create", "--help"),
    await place.done("help", "pool", "create"),
  );
  assertEquals(await place.done("pool", "--help"), await place.done("help", "pool"));
  const short = await place.done("feed", "-h");
  assert(short.length < long.length);
});

Deno.test("a command that needs arguments and has none prints its help on stderr", async () => {
  await using place = new Place();
  for (
    const command of ["feed", "follow", "fetch", "pool", "pool create", "pool info", "pool delete"]
  ) {
    const { code, stdout, stderr } = await place.pls(...command.split(" "));
    assertEquals([code, stdout], [2, ""], command);
    assert(new RegExp(`^Usage: pls ${command}\\b`, "m").test(stderr), command);
  }
});

Deno.test("an unknown command is Usage and names the nearest one", async () => {
  await using place = new Place();
  for (const [typed, meant] of [["folow", "follow"], ["pool lst", "list"]]) {
    const { code, stdout, stderr } = await place.pls(...typed.split(" "));
    const { kind, hint } = errorOf(stderr);
    assertEquals([code, stdout, kind], [2, "", "Usage"]);
    assertStringIncludes(hint, `Did you mean ${meant}?`);
  }
});

Deno.test("bad arguments are told in one line of JSON that names the help", async () => {
  await using place = new Place();
  for (
    const [args, help] of [
      [["--color", "red", "feed"], "pls --help"],
      [["--nope"], "pls --help"],
      [["--dir", "", "pool", "list"], "pls --help"],
      [["follow", "jobs", "--nope"], "pls follow --help"],
      [["follow", "jobs", "--tail"], "pls follow --help"],
      [["follow", "jobs", "--one", "--one"], "pls follow --help"],
      [["pool", "--nope"], "pls pool --help"],
      [["pool", "info", "a", "b"], "pls pool info --help"],
      [["help", "feed", "more"], "pls help --help"],
    ] as const
  ) {
    const { code, stdout, stderr } = await place.pls(...args);
    const { kind, hint } = errorOf(stderr);
    assertEquals([code, stdout, kind], [2, "", "Usage"], args.join(" "));
    assertStringIncludes(hint, help);
  }
});

Deno.test("PLS_DIR chooses the pool directory, and --dir wins over it", async () => {
  await using place = new Place();
  await place.done("pool", "create", "a");
  await place.done("--dir", "elsewhere", "pool", "create", "b");
  assertEquals(Deno.statSync(`${place.dir}/pools/a.plasmite`).isFile, true);
  assertEquals(Deno.statSync(`${place.dir}/elsewhere/b.plasmite`).isFile, true);
});

Deno.test("a corrupt pool is told with its exit code, its path and a hint", async () => {
  await using place = new Place();
  Deno.mkdirSync(place.pools);
  const path = `${place.pools}/bad.plasmite`;
  Deno.writeTextFileSync(path, "x".repeat(10_000));
  const { code, stderr } = await place.pls("fetch", "bad", "1");
  const error = errorOf(stderr);
  assertEquals([code, error.kind, error.path], [7, "Corrupt", path]);
  assert(error.hint.length > 0);
});

Deno.test("--color always leaves the error of a program plain JSON", async () => {
  await using place = new Place();
  const { stderr } = await place.pls("--color", "always", "fetch", "missing", "1");
  assertEquals(errorOf(stderr).kind, "NotFound");
});

Deno.test("--color always indents and colours the JSON of a command for a program", async () => {
  await using place = new Place();
  await place.done("feed", "jobs", "1", "--create");
  const stdout = await place.done("--color", "always", "fetch", "jobs", "1");
  assertStringIncludes(stdout, '\n  \x1b[36m"seq"\x1b[0m');
});

Deno.test({
  name: "output that the system does not take is told as Io",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const words = [Deno.execPath(), ...denoArguments(["version"])];
    const line = words.map((word) => `'${word}'`).join(" ");
    const shell = new Deno.Command("sh", { args: ["-c", `${line} > /dev/full`] });
    const { code, stderr } = await shell.output();
    assertEquals([code, errorOf(new TextDecoder().decode(stderr)).kind], [8, "Io"]);
  },
});

Deno.test("a permission that Deno was not given is told as Permission", async () => {
  const args = denoArguments(["pool", "list"]).filter((word) => !word.startsWith("--allow-env"));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const { kind, hint } = errorOf(new TextDecoder().decode(stderr));
  assertEquals([code, kind], [6, "Permission"]);
  assertStringIncludes(hint, "--allow-env");
});

Deno.test("a connection that broke where nobody waits for it is told, and is no success", async () => {
  const script = `
    import { tellStrayFailures } from ${JSON.stringify(new URL("cli/mod.ts", ROOT))};
    tellStrayFailures();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const connection = await Deno.connect(listener.addr);
    await connection.closeWrite();
    connection.write(new Uint8Array(1));
    setInterval(() => {}, 1000);
  `;
  const config = fromFileUrl(new URL("deno.json", ROOT));
  const main = `data:text/typescript,${encodeURIComponent(script)}`;
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "-c", config, main] });
  const { code, stderr } = await command.output();
  const error = errorOf(new TextDecoder().decode(stderr));
  assertEquals([code, error.kind], [8, "Io"]);
});
