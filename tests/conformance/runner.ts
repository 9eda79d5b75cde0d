/**
 * Runs manifests against the library, on one engine or another.
 *
 * Steps run in order, and the first that is not as expected is the last: those after
 * it build on what it should have done.
 *
 * @module
 */

import { type Engine, FILES, type Workplace } from "./engines.ts";
import { compareError, compareOutcome } from "./expectations.ts";
import { type Manifest, parseManifest, type Step, stepLabel } from "./manifest.ts";
import { OPERATIONS } from "./operations.ts";

/** What came of one step. */
export interface StepReport {
  /** The step: index, operation and id. */
  readonly label: string;
  /** Every difference between what was expected and what came. None: it did not fail. */
  readonly differences: readonly string[];
  /** Why the step can't be run here. */
  readonly skipped?: string;
}

/** What came of a manifest. */
export interface ManifestReport {
  /** What the manifest calls itself. */
  readonly name: string;
  /** True when no step failed. */
  readonly passed: boolean;
  /** The steps that ran, or could not be run here. */
  readonly steps: readonly StepReport[];
  /** How many did not run, because one before them failed. */
  readonly notRun: number;
}

/**
 * Runs a manifest.
 *
 * @param text The manifest.
 * @param base Directory that its `workdir` is made in, if its pools are files.
 * @param engine What keeps its pools; files unless told otherwise.
 * @throws {ManifestError} when the manifest holds something unknown.
 *
 * @example
 * ```ts
 * import { runManifest } from "./runner.ts";
 *
 * const text = '{"conformance_version": 0, "name": "empty", "steps": []}';
 * const { passed } = await runManifest(text, Deno.makeTempDirSync());
 * console.log(passed);
 * ```
 */
export async function runManifest(
  text: string,
  base: string,
  engine: Engine = FILES,
): Promise<ManifestReport> {
  const manifest = parseManifest(text);
  await using workplace = await engine.open(`${base}/${manifest.workdir}`);
  return await runSteps(manifest, engine, workplace);
}

async function runSteps(
  manifest: Manifest,
  engine: Engine,
  workplace: Workplace,
): Promise<ManifestReport> {
  const steps: StepReport[] = [];
  for (const step of manifest.steps) {
    const label = stepLabel(step);
    const skipped = engine.reasonToSkip(step);
    const differences = skipped === undefined ? await runStep(step, workplace) : [];
    steps.push({ label, differences, skipped });
    if (differences.length > 0) break;
  }
  const notRun = manifest.steps.length - steps.length;
  const passed = notRun === 0 && steps.every(({ differences }) => differences.length === 0);
  return { name: manifest.name, passed, steps, notRun };
}

async function runStep(step: Step, workplace: Workplace): Promise<string[]> {
  let outcome;
  try {
    outcome = await OPERATIONS[step.op].run(step, workplace);
  } catch (error) {
    return compareError(step.expect, error);
  }
  return compareOutcome(step.expect, outcome);
}
