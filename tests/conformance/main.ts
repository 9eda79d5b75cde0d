/**
 * Runs conformance manifests from the command line:
 *
 *     deno task conformance FILE…
 *
 * Prints a line for every step and a summary. Exit code 0 when all passed, 1 when a
 * step failed or a manifest could not be run, 2 when no file was named.
 *
 * @module
 */

import { type ManifestReport, runManifest } from "./runner.ts";

/** Runs the manifest at `path` in a directory of its own and prints what came of it. */
async function runFile(path: string): Promise<boolean> {
  const base = Deno.makeTempDirSync({ prefix: "conformance-" });
  try {
    const report = await runManifest(Deno.readTextFileSync(path), base);
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

if (import.meta.main) {
  if (Deno.args.length === 0) {
    console.error("usage: deno task conformance FILE…");
    Deno.exit(2);
  }
  let failed = 0;
  for (const path of Deno.args) if (!await runFile(path)) failed++;
  console.log(`${Deno.args.length - failed} of ${Deno.args.length} manifests passed`);
  Deno.exit(failed === 0 ? 0 : 1);
}
