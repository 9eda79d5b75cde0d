/**
 * The recipe of the cookbook for which it takes two machines: two homes, which share nothing
 * but the network.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { PATIENCE_MS } from "../process/child.ts";
import { Stage } from "../process/stage.ts";
import { scriptsOf } from "./recipe.ts";

const PROJECT = `${import.meta.dirname}/../..`;
const COOKBOOK = Deno.readTextFileSync(`${PROJECT}/docs/cookbook.md`);
const TITLE = "Remote Pool Access";
const LOOK_AGAIN_MS = 20;

/** The first block of the recipe in that language. */
function blockOf(language: string): string {
  const section = COOKBOOK.split(`## ${TITLE}\n`)[1].split("\n## ")[0];
  return section.match(new RegExp("```" + language + "\\n(.*?)```", "s"))![1];
}

/** Copies from the machine with the pools. */
function copyFrom({ directory }: Stage): string {
  return `for last; do :; done
for file; do
  [ "$file" = "$last" ] || cp "${directory}/\${file#server:}" "$last" || exit 1
done`;
}

async function run(stage: Stage, text: string): Promise<string> {
  // Programs in the working directory are found first.
  const { code, stdout, stderr } = await stage.runScript(`PATH="$PWD:$PATH"\n${text}`);
  assertEquals([code, stderr], [0, ""], text);
  return stdout;
}

async function addressOf(server: Stage, readyFile: string): Promise<string> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return Deno.readTextFileSync(`${server.directory}/${readyFile}`).trim();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    assert(performance.now() < deadlineMs, "the server does not listen");
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

Deno.test(`${TITLE}: another machine feeds and follows with a token, over TLS`, async () => {
  await using server = await Stage.open();
  await using other = await Stage.open();
  const [init, serve, copy, feed, follow] = scriptsOf(COOKBOOK, TITLE).map(({ text }) => text);

  await run(server, init);
  // The port is one that is free; all else is as it is written.
  const variable = "export PLASMITE_SERVE_READY_FILE=ready\n";
  const serving = server.startScript(`${variable}exec ${serve.replace(":9700", ":0")}`);
  const port = (await addressOf(server, "ready")).split(":").at(-1);
  const placed = (text: string) => text.replaceAll("//server:9700", `//127.0.0.1:${port}`);

  other.addProgram("scp", copyFrom(server));
  await run(other, copy);
  const receipt = JSON.parse(await run(other, placed(feed)));
  using client = server.client();
  using pool = client.openPool("events");
  assertEquals(pool.get(receipt.seq).data, { sensor: "temp", value: 23.5 });

  await run(other, `cat > ~/.plasmite/config.jsonc << 'END'\n${placed(blockOf("jsonc"))}END\n`);
  const follower = other.startScript(follow);
  await follower.stdout.until((text) => text.includes("23.5"), "the message from before");
  pool.append({ sensor: "temp", value: 21 });
  await follower.stdout.until((text) => text.includes("21"), "the message from now");
  assertEquals(follower.stderr.text, "");

  Deno.writeTextFileSync(`${other.directory}/events.ts`, placed(blockOf("ts ignore")));
  const access = "--allow-net --allow-read --allow-env=HOME";
  const script = `exec '${Deno.execPath()}' run --quiet --no-prompt ${access}`;
  const printed = await run(other, `${script} --config='${PROJECT}/deno.json' events.ts`);
  assertEquals(printed.trimEnd().split("\n").map((line) => line.match(/\d+ /)![0]), ["2 ", "3 "]);
  assert(serving.running, serving.stderr.text);
  assertEquals(serving.stderr.text, "");
});

Deno.test(`${TITLE}: without the token nobody gets in`, async () => {
  await using server = await Stage.open();
  const [init, serve, , feed] = scriptsOf(COOKBOOK, TITLE).map(({ text }) => text);
  await run(server, init);
  const variable = "export PLASMITE_SERVE_READY_FILE=ready\n";
  server.startScript(`${variable}exec ${serve.replace(":9700", ":0")}`);
  const port = (await addressOf(server, "ready")).split(":").at(-1);
  const stranger = feed.replace("//server:9700", `//127.0.0.1:${port}`)
    .replace(/--token-file \S+/, "--token guessed")
    .replace("~/.plasmite/", "");
  const { code, stderr } = await server.runScript(stranger);
  assertEquals([code, JSON.parse(stderr).error.kind], [6, "Permission"], stderr);
  assertEquals(server.client().poolInfo("events").bounds, undefined);
});
