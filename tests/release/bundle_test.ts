import { bundle, bundleMain } from "../../release/bundle.ts";
import { publishedCode } from "../../release/publish.ts";
import { ROOT } from "../../release/targets.ts";
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { pathToFileURL as toFileUrl } from "node:url";
import { TemporaryFolder } from "./temporary_folder.ts";

/** Text on standard output of the bundle in `dir`, called with `args`. */
function output(dir: string, args: readonly string[]): string {
  const run = [
    "run",
    "--quiet",
    "--no-config",
    "--no-prompt",
    "--allow-read",
    bundleMain(dir),
    ...args,
  ];
  const { stdout, stderr } = new Deno.Command(Deno.execPath(), { args: run }).outputSync();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

/** All modules that those of the bundle in `dir` import. */
function modules(dir: string): string[] {
  return Array.from(Deno.readDirSync(dir), ({ name }) => `${dir}/${name}`).flatMap((path) => {
    const args = ["info", "--json", "--no-config", path];
    const { stdout } = new Deno.Command(Deno.execPath(), { args }).outputSync();
    const graph: { modules: { specifier: string }[] } = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    assert(graph.modules.length > 0);
    return graph.modules.map(({ specifier }) => specifier);
  });
}

Deno.test("a command is started without looking at what others need", () => {
  using folder = new TemporaryFolder();
  bundle(folder.path);
  const args = ["info", "--json", "--no-config", bundleMain(folder.path)];
  const { stdout } = new Deno.Command(Deno.execPath(), { args }).outputSync();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  assertLess(modules.length, 20);
});

Deno.test("the bundle tells the commit it was made from, and needs nothing beside itself", () => {
  using folder = new TemporaryFolder();
  const dir = `${folder.path}/a folder/bundle`;
  bundle(dir);
  const isCheckedOut =
    new Deno.Command("git", { args: ["rev-parse", "HEAD"] }).outputSync().success;
  const version = output(dir, ["--version"]);
  assertMatch(
    version,
    isCheckedOut ? /^pls \d+\.\d+\.\d+ \([0-9a-f]{12}(-dirty)?\)\n$/ : /^pls \S+\n$/,
  );
  const outside = modules(dir).filter((specifier) => !specifier.startsWith("node:"));
  assertEquals(outside.filter((specifier) => !specifier.startsWith(`${toFileUrl(dir)}/`)), []);
});

Deno.test("bundling again leaves nothing of the bundle before", () => {
  using folder = new TemporaryFolder();
  bundle(folder.path);
  const before = [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
  Deno.writeTextFileSync(`${folder.path}/left_over.js`, "");
  bundle(folder.path);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), before);
  assert(before.length > 20);
});

/** How many things `text` disposes of at the end of a block. */
function disposals(text: string): number {
  return [...text.matchAll(/^\s*(?:await )?using \w+ =/gm)].length;
}

Deno.test("what the code disposes of is disposed of in the bundle", () => {
  using folder = new TemporaryFolder();
  bundle(folder.path);
  const { files } = publishedCode(["./cli.ts"]);
  const code = files.map((path) => Deno.readTextFileSync(new URL(path, ROOT)));
  const bundled = Array.from(Deno.readDirSync(folder.path), ({ name }) => {
    return Deno.readTextFileSync(`${folder.path}/${name}`);
  });
  const count = (texts: string[]) => texts.reduce((sum, text) => sum + disposals(text), 0);
  assert(count(code) > 10);
  assertEquals(count(bundled), count(code));
});
