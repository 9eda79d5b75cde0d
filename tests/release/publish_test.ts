/**
 * What is published to JSR is whole, and works for those who get it from there: it goes through
 * Deno's own client to a registry on this machine and comes back from it.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { jsrSpecifier, mirrorFile, publishedImports } from "../../release/import_map.ts";
import { publishedCode, publishedFiles, stage } from "../../release/publish.ts";
import { NatsServer, NO_NATS } from "../nats/nats_server.ts";
import { Served } from "../remote/served.ts";
import { Consumer, PUBLISHED } from "./consumer.ts";
import { Registry } from "./registry.ts";

const ROOT = new URL("../../", import.meta.url);
const BARE_IMPORT = /^(?:import|export)\b[^"';]*from "([^"./][^"]*)"|import\("([^"./][^"]*)"\)/gm;

const code = publishedCode(Object.values(config.exports));
const published = publishedImports(config.imports, code.bareImports);

Deno.test("both import maps name the same modules of the standard library", () => {
  const names = Object.keys(published).filter((name) => name.startsWith("@std/"));
  assert(names.length > 0);
  for (const name of names) {
    const here = config.imports[name as keyof typeof config.imports];
    assertEquals(here.replace(/^npm:deno-std@[\d.]+\//, ""), mirrorFile(name));
    // A package and an entry of it, with nothing but the versions between them.
    assertEquals(published[name].replace(/@\^[\d.]+/, ""), `jsr:${name}`);
  }
});

Deno.test("the published map has what published code imports, and nothing else", () => {
  const own = code.files.filter((path) => path.endsWith(".ts"));
  assert(own.includes("cli/arguments.ts") && own.includes("pool/where.ts"));
  const imported = own.flatMap((path) => {
    const text = Deno.readTextFileSync(new URL(path, ROOT)).replaceAll(/^\s*\*.*$/gm, "");
    return [...text.matchAll(BARE_IMPORT)].map(([, from, dynamic]) => from ?? dynamic);
  });
  const packages = new Set(
    imported.filter((name) => !name.startsWith("node:"))
      // An entry of a package is found through the package.
      .map((name) =>
        name.replace(
          /^(@hono\/node-server|@modelcontextprotocol\/server|@xterm\/headless)\/.*/,
          "$1",
        )
      ),
  );
  assertEquals(Object.keys(published), [...packages].sort());
});

Deno.test("a module that is not where the map says can't be published", () => {
  const used = ["@std/path/dirname"];
  const wrong = { "@std/path/dirname": "npm:deno-std@1.4.0/path/basename.js" };
  assertThrows(() => publishedImports(wrong, used), Error, "path/dirname.js in the mirror");
  assertThrows(() => publishedImports({}, used), Error, "add it to the imports");
  assertThrows(() => publishedImports({ a: "./a.ts" }, ["a"]), Error, "not ./a.ts");
  assertThrows(() => jsrSpecifier("@std/yaml"), Error, "release/import_map.ts");
});

Deno.test("what published code imports of the standard library is there", async () => {
  const imports = code.files.flatMap((path) => [
    ...Deno.readTextFileSync(new URL(path, ROOT))
      .matchAll(/^import \{([^}]+)\} from "(@std\/(?!assert)[^"]+)"/gm),
  ]);
  assert(imports.length > 0);
  for (const [, names, specifier] of imports) {
    const file = new URL(`../${mirrorFile(specifier)}`, import.meta.resolve("@std/jsonc"));
    const module = await import(file.href);
    for (const name of names.split(",").map((name) => name.trim())) {
      assert(name.startsWith("type ") || name in module, `${name} of ${specifier}`);
    }
  }
});

Deno.test("all that the entry points lead to is published, and little else", () => {
  const files = publishedFiles();
  assertEquals(code.files.filter((path) => !files.includes(path)), []);
  const others = files.filter((path) => !code.files.includes(path));
  // The last one is a thread's, which no module imports.
  assertEquals(others, ["LICENSE", "README.md", "server/where_worker.ts"]);
});

Deno.test("the package as it comes from a registry", async (t) => {
  await using registry = new Registry();
  using user = new Consumer(registry);
  const staged = `${user.dir}/staged`;
  stage(staged);

  const isPublished = await t.step("publishing complains of nothing", async () => {
    const said = await user.deno(["publish", "--dry-run"], staged);
    assertStringIncludes(said, "Dry run complete");
    assert(!/warning|error/i.test(said.replaceAll(/^ +file:.*$/gm, "")), said);
    await user.deno(["publish", "--token", "a-token"], staged);
  });
  // The rest would only fail for the same reason.
  if (!isPublished) return;

  await t.step("it has the files that were meant, with imports from registries", () => {
    const { files } = registry.published(PUBLISHED)!;
    const names = Array.from(files.keys(), (path) => path.slice(1)).sort();
    assertEquals(names, [...publishedFiles()].sort());
    const text = new TextDecoder().decode(files.get("/cli/config_file.ts"));
    assertStringIncludes(text, `from "${published["@std/path/dirname"]}"`);
  });

  await t.step("the library does what its page shows", async () => {
    const said = await user.script(await example("mod.ts"), ["--allow-read", "--allow-write"]);
    assertStringIncludes(said, `1 [ "img" ] { task: "resize", id: 1 }`);
  });

  await t.step("it has types for those who use it", async () => {
    user.write(
      "main.ts",
      `import { Client, type Message } from "@plasmite/pool";
       import type { NatsPool } from "@plasmite/pool/nats";
       import type { RemotePool } from "@plasmite/pool/remote";
       import type { RunningServer } from "@plasmite/pool/server";
       declare const message: Message, pool: RemotePool, server: RunningServer, other: NatsPool;
       const all: [number, string, Promise<Message>, number, Promise<Message>] =
         [message.seq, message.time, pool.get(1), server.port, other.get(1)];
       // @ts-expect-error: it is a string.
       const time: number = message.time;
       // @ts-expect-error: there is no such option.
       new Client({ folder: "" });
       console.log(all, time);`,
    );
    await user.deno(["check", "main.ts"]);
  });

  await t.step("./server does what its page shows", async () => {
    const permissions = ["--allow-read", "--allow-write", "--allow-net"];
    const said = await user.script(await example("server/mod.ts"), permissions);
    assertStringIncludes(said, `{ task: "resize" }`);
  });

  await t.step("./server filters with the predicates of clients", async () => {
    const shown = await example("server/mod.ts");
    const permissions = ["--allow-read", "--allow-write", "--allow-net"];
    const text = shown
      .replace("messages/1", "messages?where=.seq%20%3D%3D%201").replace(".message.data", "");
    assert(text !== shown);
    assertStringIncludes(await user.script(text, permissions), "resize");
  });

  await t.step("./remote does what its page shows", async () => {
    await using server = await Served.start();
    const text = (await example("remote/mod.ts")).replace(":9700", `:${server.port}`);
    const said = await user.script(text, [`--allow-net=127.0.0.1:${server.port}`]);
    assertStringIncludes(said, `1 [ "img" ] { task: "resize", id: 1 }`);
  });

  await t.step({
    name: "./nats does what its page shows",
    ignore: NO_NATS !== undefined,
    fn: async () => {
      await using server = await NatsServer.start();
      const text = (await example("nats/mod.ts")).replace("127.0.0.1:4222", server.address);
      const said = await user.script(text, [`--allow-net=${server.address}`]);
      assertStringIncludes(said, `1 [ "img" ] { task: "resize", id: 1 }`);
    },
  });

  await t.step("./cli does what its page shows", async () => {
    const said = await user.run(shell(), ["-ec", await example("cli.ts")]);
    assertStringIncludes(said, `"data":{"task":"resize","id":1}`);
  });
});

/** The code that the page of an entry point shows. */
async function example(path: string): Promise<string> {
  const args = ["doc", "--json", path];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout));
  const [{ module_doc: { tags } }] = Object.values(nodes) as [{ module_doc: ModuleDoc }];
  const { doc } = tags.find(({ kind }) => kind === "example")!;
  return /```.*\n([^]*?)\n```/.exec(doc!)![1];
}

interface ModuleDoc {
  tags: { kind: string; doc?: string }[];
}

/** A POSIX shell; the one of Git where the system has none. */
function shell(): string {
  return Deno.build.os === "windows" ? "bash" : "sh";
}
