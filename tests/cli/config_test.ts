import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../pool/mod.ts";
import { parseConfigFile } from "../../cli/config_file.ts";
import { lineOfKey } from "../../cli/config_line.ts";
import { mergeSettings } from "../../cli/settings.ts";
import { errorOf, type Outcome, Place } from "./pls.ts";

const PATH = "/home/ada/.plasmite/config.jsonc";

const parse = (text: string) => parseConfigFile(new TextEncoder().encode(text), PATH, "/home/ada");

function refused(text: string): UsageError {
  return assertThrows(() => parse(text), UsageError);
}

Deno.test("a file says where pools are, how big and how coloured, each with its line", () => {
  const { dir, size, color } = parse(`{
    // mine
    "dir": "~/pools", /* not "color": 1 */ "size": "8M",
    "color":
      "never", // and a comma at the end is fine
  }`);
  assertEquals(dir, { value: "/home/ada/pools", source: "file", from: `${PATH}:3` });
  assertEquals(size, { value: 8 * 2 ** 20, source: "file", from: `${PATH}:3` });
  assertEquals(color, { value: "never", source: "file", from: `${PATH}:4` });
});

Deno.test("a blank file says nothing", () => {
  for (const text of ["", "\n", "{}", "\ufeff{}"]) {
    const none = { dir: undefined, size: undefined, color: undefined, mesh: undefined };
    assertEquals(parse(text), { ...none, remotes: {} });
  }
});

Deno.test("paths in a file are relative to its directory", () => {
  assertEquals(parse('{"dir": "pools"}').dir?.value, "/home/ada/.plasmite/pools");
  assertEquals(parse('{"dir": "/srv/p"}').dir?.value, "/srv/p");
});

Deno.test("a remote has a url, and what it takes to reach it", () => {
  const { remotes } = parse(`{ "remotes": {
    "build": { "url": "https://build.example:9700", "token_file": "~/t" },
    "my.pi-2": { "url": "http://127.0.0.1:9700", "tls_skip_verify": true },
    "cluster": { "url": "nats://n1:4222,n2", "nats_creds": "a.creds", "nats_nkey": "~/seed" }
  } }`);
  assertEquals(remotes.build, {
    value: {
      url: "https://build.example:9700",
      token_file: "/home/ada/t",
      tls_ca: undefined,
      tls_skip_verify: undefined,
      nats_creds: undefined,
      nats_nkey: undefined,
    },
    source: "file",
    from: `${PATH}:2`,
  });
  assertEquals(remotes["my.pi-2"].value.tls_skip_verify, true);
  const { url, nats_creds, nats_nkey } = remotes.cluster.value;
  assertEquals(
    [url, nats_creds, nats_nkey],
    ["nats://n1:4222,n2", "/home/ada/.plasmite/a.creds", "/home/ada/seed"],
  );
});

Deno.test("an unknown key is refused with file, line and the key that was meant", () => {
  const error = refused('{\n  "size": "8M",\n  "colour": "never"\n}');
  assertEquals(error.message, `${PATH}:3: unknown key "colour"`);
  assertStringIncludes(
    error.hint!,
    "Did you mean color? The keys here are dir, size, color, mesh and",
  );
  const inner = refused('{ "remotes": {\n "a": { "url": "http://h",\n "token": "s3cret" } } }');
  assertEquals(inner.message, `${PATH}:3: unknown key "token"`);
  assertStringIncludes(inner.hint!, "Did you mean token_file?");
});

Deno.test("a value of the wrong type is refused with file and line", () => {
  for (
    const [text, line, says] of [
      ["[]", 1, "the file has to be an object"],
      ['{\n"dir": 1}', 2, "dir: has to be a text in double quotes, not a number"],
      ['{"dir": ""}', 1, "dir: the path is empty"],
      ['{"mesh": ""}', 1, "mesh: has to be a URL of NATS, or the name of a remote"],
      ['{"size": "8MB"}', 1, 'size: not a size: "8MB"'],
      ['{"size": 1.5}', 1, "size: not a size"],
      ['{"size": true}', 1, "size: has to be a size such as"],
      ['{\n\n"color": "nevr"}', 3, "color: not one of auto, always, never"],
      ['{"remotes": []}', 1, "remotes has to be an object in { }, not a list"],
      ['{"remotes": {\n"a": "http://h"}}', 2, "remotes.a has to be an object"],
      ['{"remotes": {\n"a": {}}}', 2, 'the remote "a" has no url'],
      ['{"remotes": {"a/b": {"url": "http://h"}}}', 1, "not a name for a remote"],
      ['{"remotes": {"__proto__": {"url": "http://h"}}}', 1, "not a name for a remote"],
      ['{"remotes": {"a": {"url": "ftp://h"}}}', 1, "remotes.a.url: not the URL of a server"],
      ['{"remotes": {"a": {"url": "http://me:pw@h"}}}', 1, "not the URL of a server"],
      ['{"remotes": {"a": {"url": "http://h", "tls_skip_verify": 1}}}', 1, "true or false"],
      ['{\n  "dir": "a"\n  "size": 1\n}', 3, 'not JSON with comments: unexpected token ""size""'],
      ['{\n  "dir":\n\n', 2, "not JSON with comments: unexpected end"],
    ] as const
  ) {
    const { message, hint, path } = refused(text);
    assertStringIncludes(message, `${PATH}:${line}: `, text);
    assertStringIncludes(message, says);
    assertEquals([path, (hint ?? "").length > 0], [PATH, true], text);
  }
});

Deno.test("bytes that are no text are refused", () => {
  assertThrows(() => parseConfigFile(Uint8Array.of(0xff), PATH), UsageError, "not UTF-8");
});

Deno.test("a key is found on its line, whatever comments and strings hold", () => {
  const text = `{ // "a": {
    "b": ["a", { "a": 1 }], "x": "\\"a\\": {",
    /* "a": 1
    */ "c": { "a": 1 },
    "a" /* : */
      : { "a": 2 },
  }`;
  assertEquals(lineOfKey(text, ["a"]), 5);
  assertEquals(lineOfKey(text, ["a", "a"]), 6);
  assertEquals(lineOfKey(text, ["c", "a"]), 4);
  assertEquals(lineOfKey(text, ["c", "b"]), 1);
});

const FILE = parse('{"dir": "/file", "size": "1G", "color": "always", "mesh": "cluster"}');

Deno.test("a flag wins over the environment, and that over the file", () => {
  const variables: Record<string, string> = {
    PLS_DIR: "/env",
    PLS_SIZE: "2M",
    PLS_COLOR: "never",
    PLS_MESH: "nats://n1",
  };
  const environment = (name: string) => variables[name];
  const given = { dir: "/flag", color: "auto" } as const;
  const all = mergeSettings({ flags: given, environment, path: PATH, file: FILE });
  assertEquals(all.dir, { value: "/flag", source: "flag", from: "--dir" });
  assertEquals(all.color, { value: "auto", source: "flag", from: "--color" });
  assertEquals(all.size, { value: 2 ** 21, source: "environment", from: "PLS_SIZE" });
  assertEquals(all.mesh, { value: "nats://n1", source: "environment", from: "PLS_MESH" });
  const noFlags = mergeSettings({ flags: {}, environment, path: PATH, file: FILE });
  assertEquals(noFlags.dir, { value: "/env", source: "environment", from: "PLS_DIR" });
  assertEquals(noFlags.color, { value: "never", source: "environment", from: "PLS_COLOR" });
  const fileAlone = mergeSettings({ flags: {}, environment: () => "", path: PATH, file: FILE });
  assertEquals(fileAlone.dir, FILE.dir);
  assertEquals(fileAlone.size, FILE.size);
  assertEquals(fileAlone.mesh, { value: "cluster", source: "file", from: `${PATH}:1` });
});

Deno.test("without any of them the built-in values hold", () => {
  const settings = mergeSettings({ flags: {}, environment: () => undefined });
  assertEquals(settings.dir, { value: undefined, source: "default" });
  assertEquals(settings.size, { value: 2 ** 20, source: "default" });
  assertEquals(settings.color, { value: "auto", source: "default" });
  assertEquals(settings.mesh, { value: undefined, source: "default" });
  assertEquals(settings.found, false);
});

Deno.test("a variable with a value it can't have is refused by name", () => {
  for (const [name, text] of [["PLS_SIZE", "big"], ["PLS_COLOR", "alway"]]) {
    const environment = (asked: string) => asked === name ? text : undefined;
    const error = assertThrows(() => mergeSettings({ flags: {}, environment }), UsageError);
    assertStringIncludes(error.message, `${name}: `);
    assertEquals(error.hint!.length > 0, true);
  }
});

/** Calls `pls` with a configuration file of this content and nothing of it in the environment. */
async function configured(place: Place, text: string, ...args: string[]): Promise<Outcome> {
  const path = `${place.dir}/config.jsonc`;
  Deno.writeTextFileSync(path, text);
  return await place.call(args, { env: { PLS_CONFIG: path, PLS_DIR: "" } });
}

Deno.test("the file decides where pools go and how big they are", async () => {
  await using place = new Place();
  const text = '{ "dir": "here", "size": "64K" }';
  const created = await configured(place, text, "pool", "create", "a", "--json");
  assertEquals(created.code, 0, created.stderr);
  assertEquals(Deno.statSync(`${place.dir}/here/a.plasmite`).size, 65_536);
  await configured(place, text, "feed", "b", "1", "--create");
  assertEquals(Deno.statSync(`${place.dir}/here/b.plasmite`).size, 65_536);
  await configured(place, text, "feed", "c", "1", "--create", "--create-size", "128K");
  assertEquals(Deno.statSync(`${place.dir}/here/c.plasmite`).size, 131_072);
});

Deno.test("the file decides on colour", async () => {
  await using place = new Place();
  const { stdout } = await configured(place, '{ "color": "always" }', "config", "--json");
  assertStringIncludes(stdout, '\x1b[36m"file"\x1b[0m');
});

Deno.test("config shows each value with the place it comes from", async () => {
  await using place = new Place();
  const text = '{\n  "size": "8M",\n  "remotes": {\n    "ci": { "url": "https://ci:9700" }\n  }\n}';
  const path = `${place.dir}/config.jsonc`;
  const json = await configured(place, text, "--dir", "elsewhere", "config", "--json");
  const remote = { url: "https://ci:9700" };
  assertEquals(JSON.parse(json.stdout), {
    file: { path, found: true },
    settings: {
      dir: { value: "elsewhere", source: "flag", from: "--dir" },
      size: { value: 8 * 2 ** 20, source: "file", from: `${path}:2` },
      color: { value: "auto", source: "default" },
      mesh: { value: `${place.dir}/elsewhere/mesh`, source: "default" },
    },
    remotes: { ci: { value: remote, source: "file", from: `${path}:4` } },
  });
  const { stdout } = await configured(place, text, "config");
  const rows = stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/));
  assertEquals(rows, [
    ["SETTING", "VALUE", "FROM"],
    ["file", path, "PLS_CONFIG"],
    ["dir", `${Deno.env.get("HOME")}/.plasmite/pools`, "default"],
    ["size", "8388608", `${path}:2`],
    ["color", "auto", "default"],
    ["mesh", `${Deno.env.get("HOME")}/.plasmite/pools/mesh`, "default"],
    ["remotes.ci", "https://ci:9700", `${path}:4`],
  ]);
});

Deno.test("a mesh is shown as it is set, without its password, and has to be on NATS", async () => {
  await using place = new Place();
  const shown = async (mesh: string) => {
    const { stdout } = await place.call(["config", "--json"], { env: { PLS_MESH: mesh } });
    return JSON.parse(stdout).settings.mesh.value;
  };
  assertEquals(await shown("nats://ada:s3cret@n1"), "nats://n1");
  assertEquals(await shown("nowhere"), "nowhere");
  for (const mesh of ["nowhere", "http://127.0.0.1:1"]) {
    const { code, stderr } = await place.call(["ls"], { env: { PLS_MESH: mesh } });
    assertEquals([code, errorOf(stderr).message], [2, `PLS_MESH: no NATS server: ${mesh}`]);
  }
});

Deno.test("the file is looked for in the home directory, and need not be there", async () => {
  await using place = new Place();
  const env = { HOME: place.dir, PLS_CONFIG: "", PLS_DIR: "" };
  const before = await place.call(["config", "--json"], { env });
  const path = `${place.dir}/.plasmite/config.jsonc`;
  assertEquals(JSON.parse(before.stdout).file, { path, found: false });
  Deno.mkdirSync(`${place.dir}/.plasmite`);
  Deno.writeTextFileSync(path, '{ "size": 65536 } // small');
  const after = await place.call(["config", "--json"], { env });
  assertEquals(JSON.parse(after.stdout).settings.size.value, 65_536);
});

Deno.test("a file that is wrong stops every command, but not the help", async () => {
  await using place = new Place();
  const { code, stdout, stderr } = await configured(place, '{\n "dirr": "x" }', "pool", "list");
  const { kind, message, hint, path } = errorOf(stderr);
  assertEquals([code, stdout, kind, path], [2, "", "Usage", `${place.dir}/config.jsonc`]);
  assertStringIncludes(message, 'config.jsonc:2: unknown key "dirr"');
  assertStringIncludes(hint, "Did you mean dir?");
  assertEquals((await configured(place, "{", "--help")).code, 0);
  assertEquals((await configured(place, "{", "--version")).code, 0);
});

Deno.test("a file that can't be read is an error, with its path", async () => {
  await using place = new Place();
  const env = { PLS_CONFIG: place.dir };
  const { code, stderr } = await place.call(["pool", "list"], { env });
  const { kind, path } = errorOf(stderr);
  assertEquals([code, kind, path], [8, "Io", place.dir]);
});
