/**
 * `pls serve init`: what it makes, what it leaves alone, and that what it prints works.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Stage } from "../process/stage.ts";
import { fingerprintOf, hasProgram } from "../server/folder.ts";
import { noTerminal, startOnTerminal } from "./on_terminal.ts";
import { denoArguments, errorOf, Place } from "./pls.ts";
import { contentOf, type Init, initialized, remainingLines } from "./serving.ts";

const FILES = ["plasmite-auth-token.txt", "plasmite-tls-cert.pem", "plasmite-tls-key.pem"];

Deno.test("init refuses options of serve before its word, naming them", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("serve", "--access", "read-only", "init");
  assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
  assertStringIncludes(errorOf(stderr).message, "--access");
  assertStringIncludes(errorOf(stderr).hint, "--access");
  assertEquals(Array.from(Deno.readDirSync(place.dir)), []);
});

Deno.test("init makes three files that only their owner can read, and prints no secret", async () => {
  await using place = new Place();
  const stdout = await place.done("serve", "init", "--output-dir", "deep/tls");
  const { init } = JSON.parse(stdout);
  const dir = `${Deno.realPathSync(place.dir)}/deep/tls`;
  assertEquals(Array.from(Deno.readDirSync(dir), ({ name }) => name).sort(), FILES);
  for (const path of Object.values<string>(init.artifact_paths)) {
    assertEquals(Deno.realPathSync(path).startsWith(dir), true);
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600, path);
  }
  const token = Deno.readTextFileSync(init.artifact_paths.token_file);
  assertMatch(token, /^[0-9a-f]{64}\n$/);
  assert(!stdout.includes(token.trim()));
  assertMatch(Deno.readTextFileSync(init.artifact_paths.tls_key), /^-----BEGIN PRIVATE KEY-----/);
  const cert = Deno.readTextFileSync(init.artifact_paths.tls_cert);
  assertEquals(init.tls_fingerprint, await fingerprintOf(cert));
  assertEquals(
    [init.server_commands.length, init.client_commands.length, init.curl_client_commands.length],
    [1, 2, 2],
  );
  assertMatch(init.server_commands[0], /^pls serve --bind 0\.0\.0\.0:9700 --allow-non-loopback /);
});

Deno.test("init writes nothing when one of the files is there", async () => {
  for (const name of FILES) {
    await using place = new Place();
    Deno.writeTextFileSync(`${place.dir}/${name}`, "mine");
    const { code, stdout, stderr } = await place.pls("serve", "init");
    assertEquals([code, stdout, errorOf(stderr).kind], [4, "", "AlreadyExists"]);
    assertStringIncludes(errorOf(stderr).hint, "--force");
    assertEquals(Array.from(Deno.readDirSync(place.dir), (entry) => entry.name), [name]);
    assertEquals(Deno.readTextFileSync(`${place.dir}/${name}`), "mine");
  }
});

Deno.test("init --force replaces all three, and leaves nothing else behind", async () => {
  const { place, init } = await initialized();
  await using _place = place;
  const contents = () => FILES.map((name) => Deno.readTextFileSync(`${place.dir}/${name}`));
  const before = contents();
  Deno.chmodSync(init.artifact_paths.token_file, 0o644);
  await place.done("serve", "init", "--force");
  for (const [index, text] of contents().entries()) assert(text !== before[index]);
  assertEquals(Array.from(Deno.readDirSync(place.dir), ({ name }) => name).sort(), FILES);
  assertEquals(Deno.statSync(init.artifact_paths.token_file).mode! & 0o777, 0o600);
});

Deno.test("an init that fails on its way leaves everything as it was", async () => {
  const { place } = await initialized();
  await using _place = place;
  const token = Deno.readTextFileSync(`${place.dir}/plasmite-auth-token.txt`);
  Deno.writeTextFileSync(`${place.dir}/file`, "");
  const { code, stdout, stderr } = await place.pls(
    ...["serve", "init", "--force", "--tls-key", "new-key.pem", "--tls-cert", "file/cert.pem"],
  );
  assertEquals([code, stdout], [8, ""], stderr);
  assertEquals(Deno.readTextFileSync(`${place.dir}/plasmite-auth-token.txt`), token);
  const names = Array.from(Deno.readDirSync(place.dir), ({ name }) => name).sort();
  assertEquals(names, ["file", ...FILES]);
});

Deno.test("init refuses paths that are the same, and directories in the way", async () => {
  await using place = new Place();
  Deno.mkdirSync(`${place.dir}/there`);
  for (const flags of [["--tls-key", "./a", "--tls-cert", "a"], ["--token-file", "there"]]) {
    const { code, stderr } = await place.pls("serve", "init", "--force", ...flags);
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
  }
  assertEquals(Array.from(Deno.readDirSync(place.dir), ({ name }) => name), ["there"]);
});

/** Takes a port that was free a moment ago: printed commands need one that is known before. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test({
  name: "the commands that init prints work as they stand",
  ignore: !await hasProgram("curl"),
  fn: async () => {
    await using stage = await Stage.open();
    const script = async (text: string) => {
      const { code, stdout, stderr } = await stage.runScript(text);
      assertEquals({ code, stderr }, { code: 0, stderr: "" }, text);
      return stdout;
    };
    const flags = `--bind 0.0.0.0:${freePort()} --output-dir 'my files'`;
    const init: Init = JSON.parse(await script(`pls serve init ${flags}`)).init;
    for (const line of init.pool_commands) await script(line);
    const ready = `${stage.directory}/ready`;
    const server = stage.startScript(
      `export PLASMITE_SERVE_READY_FILE='${ready}'\n${init.server_commands[0]}`,
    );
    await contentOf(ready);
    const [append, tail] = init.curl_client_commands;
    assertEquals(JSON.parse(await script(append)).message.data, { hello: "world" });
    const following = stage.startScript(tail);
    await following.stdout.until((text) => text.includes('"hello":"world"'), "the message");
    // By every name of the machine as well, as the certificate promises.
    const names = init.certificate_names.filter((name) => !name.includes(":"));
    assert(names.includes(Deno.hostname().toLowerCase()));
    for (const name of names) {
      await script(append.replace("//127.0.0.1", `//${name}`));
    }
    const [feed, follow] = init.client_commands;
    await script(feed);
    const reader = stage.startScript(follow);
    await reader.stdout.until((text) => text.includes('"hello"'), "the message");
    server.signal("SIGTERM");
    assertEquals([await server.exit(), server.stderr.text], [0, ""]);
  },
});

Deno.test({
  name: "a person gets instructions from init",
  ignore: noTerminal,
  fn: async () => {
    await using place = new Place();
    const running = startOnTerminal(place, denoArguments(["serve", "init"]));
    try {
      const text = (await remainingLines(running)).join("\n");
      assertEquals((await running.status()).code, 0);
      for (const part of [...FILES, "SHA256:", "pls serve --bind", "curl -sS", "never the key"]) {
        assertStringIncludes(text, part);
      }
    } finally {
      await running.end();
    }
  },
});
