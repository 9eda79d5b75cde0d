/**
 * What the cookbook tells people to type does what it says: ours, and the one this
 * project started from, when that is there.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import type { MessageInput } from "@plasmite/pool";
import { Stage } from "../process/stage.ts";
import { type Extras, perform } from "./performance.ts";
import { scriptsOf } from "./recipe.ts";

const PROJECT = `${import.meta.dirname}/../..`;

/** What a recipe needs around it. */
interface Setting {
  /** Makes the world that the recipe presupposes. */
  prepare?(stage: Stage): void;
  /** Sent in every round beside what the recipe sends. */
  extras?: Extras;
  /** What else has to be true in the end. */
  check?(stage: Stage): void;
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  "Produce & Consume": {},
  "CI Gate": {
    prepare: prepareGate,
    // A gate that opens for these deploys before the tests have run.
    extras: [`pls feed ci '{"commit": "a1b2c3d", "status": "red"}'`],
    check: checkGate,
  },
  "Live Build Progress": {},
  "Polyglot Service Stitching": {},
  "Multi-Writer Event Bus": {
    extras: [
      `pls feed events --tag alert '{"service": "mail", "message": "queue grows"}'`,
      `pls feed events --tag latency '{"service": "api", "message": "no alert"}'`,
    ],
  },
  "Replay & Debug": {
    prepare: prepareIncidents,
    extras: [
      `pls feed incidents --tag info --tag sev3 '{"code": 503}'`,
      `pls feed incidents --tag error --tag sev1 '{"code": 500}'`,
      `pls feed incidents --tag error --tag sev1 '{"code": 503}'`,
    ],
  },
};

function prepareGate(stage: Stage): void {
  stage.addProgram("run-tests.sh", "echo tests >> calls");
  stage.addProgram("deploy-to-staging.sh", "echo deploy >> calls");
  using client = stage.client();
  using pool = client.pool("ci");
  pool.append({ commit: "a1b2c3d", status: "red" });
  pool.append({ commit: "0000000", status: "green" });
}

function checkGate(stage: Stage): void {
  const calls = Deno.readTextFileSync(`${stage.directory}/calls`).trim().split("\n");
  assertEquals(calls.filter((call) => call === "deploy").length, 1, "it must deploy once");
  assertGreater(calls.indexOf("deploy"), calls.indexOf("tests"), "tests must run before");
}

/** More of everything than any of the recipe's lines asks for. */
function prepareIncidents(stage: Stage): void {
  using client = stage.client();
  using pool = client.pool("incidents");
  const inputs: MessageInput[] = Array.from({ length: 400 }, (_, number) => ({
    data: { number, code: number % 5 === 0 ? 503 : 500 },
    tags: [number % 2 === 0 ? "error" : "info", `sev${number % 3}`],
  }));
  pool.appendMany(inputs);
}

/** Our cookbook, and its forerunner. */
function cookbooks(): { whose: string; markdown: string }[] {
  const ours = Deno.readTextFileSync(`${PROJECT}/docs/cookbook.md`);
  const books = [{ whose: "the cookbook", markdown: ours }];
  const seeds = `${PROJECT}/../shared/seeds`;
  try {
    for (const { name } of Deno.readDirSync(seeds)) {
      const markdown = Deno.readTextFileSync(`${seeds}/${name}`);
      if (/^# .*Cookbook$/m.test(markdown)) books.push({ whose: `shared/seeds/${name}`, markdown });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return books;
}

for (const { whose, markdown } of cookbooks()) {
  for (const [title, { prepare, extras = [], check }] of Object.entries(SETTINGS)) {
    Deno.test(`${whose}: ${title} works as it is written`, async () => {
      await using stage = await Stage.open();
      prepare?.(stage);
      await perform(stage, scriptsOf(markdown, title), extras);
      check?.(stage);
    });
  }
}

/** Recipes with more around them than pools, which have tests of their own. */
const STREAMS = ["Duplex Chat", "System Log Intake", "Ingest an API Event Stream"];
const REMOTE = ["Remote Pool Access"];

Deno.test("every recipe of the cookbook is tested", () => {
  const [{ markdown }] = cookbooks();
  const titles = Array.from(markdown.matchAll(/^## (.*)$/gm), ([, title]) => title);
  const recipes = titles.filter((title) => hasShellBlocks(markdown, title));
  assertEquals(recipes.sort(), [...Object.keys(SETTINGS), ...STREAMS, ...REMOTE].sort());
});

function hasShellBlocks(markdown: string, title: string): boolean {
  try {
    return scriptsOf(markdown, title).length > 0;
  } catch {
    return false;
  }
}
