/**
 * Runs conformance manifests from the command line:
 *
 *     deno task conformance [--engine nats://HOST] FILE…
 *
 * Prints a line for every step and a summary. Exit code 0 when all passed, 1 when a
 * step failed or a manifest could not be run, 2 when no file was named or the engine is none.
 *
 * @module
 */

import { type Engine, FILES } from "./engines.ts";
import { type ManifestReport, runManifest } from "./runner.ts";

/** Runs the manifest at `path` in a place of its own and prints what came of it. */
async function runFile(path: string, engine: Engine): Promise<boolean> {
  const base = Deno.makeTempDirSync({ prefix: "conformance-" });
  try {
    const report = await runManifest(Deno.readTextFileSync(path), base, engine);
    console.log(renderReport(report));
    return report.passed;
  } catch (error) {
    console.log(`FAIL ${path}: ${error instanceof Error ? error.message : error}`);
    return false;
  } finally {
    Deno.removeSync(base, { recursive: true });
  }
}

function renderReport({ name, steps, notRun }: ManifestReport): string {
  const lines = steps.flatMap(({ label, differences, skipped }) => {
    if (skipped !== undefined) return [`skip ${name}: ${label}: ${skipped}`];
    if (differences.length === 0) return [`ok   ${name}: ${label}`];
    return differences.map((difference) => `FAIL ${name}: ${label}: ${difference}`);
  });
  if (notRun > 0) lines.push(`     ${name}: ${notRun} more steps were not run`);
  return lines.join("\n");
}

/** What to run on; undefined when `url` leads to nothing that there is. */
async function engineAt(url: string | undefined): Promise<Engine | undefined> {
  if (url === undefined) return FILES;
  if (!/^(nats|tls):\/\//.test(url)) return undefined;
  // Who runs on files may have no packages of others at hand.
  const { natsEngine } = await import("./nats_engine.ts");
  return natsEngine(url);
}

if (import.meta.main) {
  const isOnEngine = Deno.args[0] === "--engine";
  const paths = Deno.args.slice(isOnEngine ? 2 : 0);
  const engine = await engineAt(isOnEngine ? Deno.args[1] ?? "" : undefined);
  if (paths.length === 0 || engine === undefined) {
    console.error("usage: deno task conformance [--engine nats://HOST] FILE…");
    Deno.exit(2);
  }
  let failed = 0;
  for (const path of paths) if (!await runFile(path, engine)) failed++;
  console.log(`${paths.length - failed} of ${paths.length} manifests passed`);
  Deno.exit(failed === 0 ? 0 : 1);
}
