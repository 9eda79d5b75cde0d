/**
 * Pools on NATS do what the conformance manifests say, but for steps that are about files; each of
 * those is named here.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { natsTest, sharedServer } from "../nats/nats_server.ts";
import { natsEngine } from "./nats_engine.ts";
import { type ManifestReport, runManifest } from "./runner.ts";

const OURS = `${import.meta.dirname}/manifests`;
const SHARED = `${import.meta.dirname}/../../../shared/conformance`;

const DAMAGE = "a pool on NATS is no file whose bytes could be damaged";
const DAMAGED = "it expects what the damage to a file leads to";
const MODE = "a pool on NATS is no file that has a mode";
const REFUSED = "it expects what the mode of a file refuses";

/** What there is to run: how many steps run, and why the others do not. */
interface Expected {
  readonly ran: number;
  readonly skipped: Readonly<Record<string, string>>;
}

const MANIFESTS: Readonly<Record<string, Expected>> = {
  [`${OURS}/any-json-v0.json`]: { ran: 7, skipped: {} },
  [`${OURS}/errors-v0.json`]: {
    ran: 10,
    skipped: {
      "steps[10] corrupt_pool_header damage": DAMAGE,
      "steps[11] pool_info info-of-a-damaged-one": DAMAGED,
      "steps[12] tail tail-of-a-damaged-one": DAMAGED,
    },
  },
  [`${OURS}/messages-v0.json`]: { ran: 12, skipped: {} },
  [`${OURS}/permission-v0.json`]: {
    ran: 4,
    skipped: {
      "steps[2] chmod_path read-only": MODE,
      "steps[3] append refused": REFUSED,
      "steps[5] chmod_path none": MODE,
      "steps[6] get unreadable": REFUSED,
      "steps[7] chmod_path restore": MODE,
    },
  },
  [`${OURS}/pools-v0.json`]: {
    ran: 12,
    skipped: {
      "steps[6] chmod_path owner-only": MODE,
      "steps[8] corrupt_pool_header damage": DAMAGE,
    },
  },
  [`${OURS}/processes-v0.json`]: { ran: 4, skipped: {} },
  [`${OURS}/retention-v0.json`]: { ran: 4, skipped: {} },
  [`${SHARED}/negative-v0.json`]: {
    ran: 6,
    skipped: {
      "steps[2] corrupt_pool_header corrupt-header": DAMAGE,
      "steps[3] get corrupt-pool": DAMAGED,
      "steps[8] append invalid-input": DAMAGED,
    },
  },
  [`${SHARED}/pool-admin-v0.json`]: { ran: 6, skipped: {} },
  [`${SHARED}/sample-v0.json`]: { ran: 4, skipped: {} },
};

const server = sharedServer();

for (const directory of [OURS, SHARED]) {
  for (const file of manifestsIn(directory)) {
    const whose = directory === OURS ? "" : "shared ";
    const name = file.slice(directory.length + 1);
    natsTest(`pools on NATS conform to ${whose}${name}`, async () => {
      const report = await runManifest(Deno.readTextFileSync(file), "", natsEngine(server().url));
      printSummary(whose + name, report);
      assertEquals(report.steps.filter(({ differences }) => differences.length > 0), []);
      assertEquals(report.passed, true);
      // A manifest that is not known here would be passed over in silence.
      assertEquals(countsOf(report), MANIFESTS[file]);
    });
  }
}

natsTest("a manifest leaves no pools behind, and sees none of others", async () => {
  await using client = connect(server().url);
  await client.createPool("somebody's");
  const steps = [
    { op: "list_pools", expect: { names: [] } },
    { op: "create_pool", pool: "p" },
    { op: "list_pools", expect: { names: ["p"] } },
    { op: "get", pool: "p", input: { seq: 1 } },
  ];
  const text = JSON.stringify({ conformance_version: 0, name: "m", steps });
  const { passed, steps: reports } = await runManifest(text, "", natsEngine(server().url));
  assertEquals([passed, reports.length], [false, 4]);
  assertStringIncludes(reports[3].differences[0], "NotFound");
  assertEquals((await client.listPools()).map(({ name }) => name), ["somebody's"]);
  await client.deletePool("somebody's");
});

natsTest("the command runs manifests on the engine that it is told", async () => {
  const manifest = `${OURS}/permission-v0.json`;
  const { code, output } = await runCommand(["--engine", server().url, manifest]);
  assertEquals(code, 0, output);
  assertStringIncludes(output, "ok   permission: steps[1] append append\n");
  assertStringIncludes(output, `skip permission: steps[2] chmod_path read-only: ${MODE}\n`);
  assertStringIncludes(output, "1 of 1 manifests passed");
  const nobody = await runCommand(["--engine", "nats://127.0.0.1:1", manifest]);
  assertEquals(nobody.code, 1);
  assertStringIncludes(nobody.output, "can't connect to nats://127.0.0.1:1");
  for (
    const args of [["--engine"], ["--engine", server().url], ["--engine", "redis://h", manifest]]
  ) {
    assertEquals((await runCommand(args)).code, 2, args.join(" "));
  }
});

function manifestsIn(directory: string): string[] {
  try {
    return Array.from(Deno.readDirSync(directory), ({ name }) => `${directory}/${name}`)
      .filter((path) => path.endsWith(".json")).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function countsOf({ steps }: ManifestReport): Expected {
  const left = steps.filter(({ skipped }) => skipped !== undefined);
  return {
    ran: steps.length - left.length,
    skipped: Object.fromEntries(left.map(({ label, skipped }) => [label, skipped!])),
  };
}

function printSummary(name: string, report: ManifestReport): void {
  const { ran, skipped } = countsOf(report);
  console.log(`${name} on NATS: ${ran} steps ran, ${Object.keys(skipped).length} were skipped`);
  for (const [label, reason] of Object.entries(skipped)) console.log(`  ${label}: ${reason}`);
}

async function runCommand(args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-prompt", import.meta.resolve("./main.ts"), ...args],
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}
