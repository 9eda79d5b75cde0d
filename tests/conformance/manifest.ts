/**
 * Manifests: JSON files that say, step by step, what a pool library must do.
 *
 * A manifest is refused as a whole when it holds anything the runner does not know: a
 * step that is skipped would look like one that passed.
 *
 * @module
 */

import { ERROR_EXPECTATIONS } from "./expectations.ts";
import { type InputRule, type Operation, OPERATIONS } from "./operations.ts";

/** One step: an operation, what it is given, and what must come of it. */
export interface Step {
  /** Place in the manifest, from 0. */
  readonly index: number;
  /** Name of the operation. */
  readonly op: string;
  /** What the manifest calls the step. */
  readonly id?: string;
  /** Reference of the pool; an empty string for operations without one. */
  readonly pool: string;
  /** Arguments of the operation. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What must come of it, by the name of the expectation. */
  readonly expect: Readonly<Record<string, unknown>>;
}

/** A manifest that was read and understood. */
export interface Manifest {
  /** For people. */
  readonly name: string;
  /** Directory of the pools, inside the one the runner is given. */
  readonly workdir: string;
  /** In the order in which they run. */
  readonly steps: readonly Step[];
}

/** A manifest that can't be run. */
export class ManifestError extends Error {
  override name = "ManifestError";
}

/**
 * Reads the text of a manifest.
 *
 * @throws {ManifestError} when it holds something unknown, or lacks something; the
 * message names the step by index and id.
 */
export function parseManifest(text: string): Manifest {
  const manifest = asRecord(JSON.parse(text), "the manifest");
  refuseUnknown(manifest, ["conformance_version", "name", "workdir", "steps"], "the manifest");
  const { conformance_version, name, workdir = "work", steps } = manifest;
  if (conformance_version !== 0) throw new ManifestError("conformance_version must be 0");
  if (typeof name !== "string" || typeof workdir !== "string" || !Array.isArray(steps)) {
    throw new ManifestError("name and workdir must be text, steps must be an array");
  }
  return { name, workdir, steps: steps.map(parseStep) };
}

/** How messages name a step. */
export function stepLabel(
  { index, op, id }: { index: number; op?: unknown; id?: unknown },
): string {
  return [`steps[${index}]`, op, id].filter((part) => part !== undefined).join(" ");
}

function parseStep(value: unknown, index: number): Step {
  const record = asRecord(value, `steps[${index}]`);
  const label = stepLabel({ index, op: record.op, id: record.id });
  refuseUnknown(record, ["op", "id", "pool", "input", "expect"], label);
  const { op, id, pool = "" } = record;
  if (typeof op !== "string" || !Object.hasOwn(OPERATIONS, op)) {
    throw new ManifestError(`${label}: unknown op ${JSON.stringify(op)}`);
  }
  if (id !== undefined && typeof id !== "string") {
    throw new ManifestError(`${label}: id is no text`);
  }
  const operation = OPERATIONS[op];
  if (typeof pool !== "string" || (pool !== "") !== operation.needsPool) {
    throw new ManifestError(`${label}: ${operation.needsPool ? "needs" : "takes no"} pool`);
  }
  const input = asRecord(record.input ?? {}, `${label}: input`);
  const expect = asRecord(record.expect ?? {}, `${label}: expect`);
  checkInput(input, operation, label);
  checkExpect(expect, operation, label);
  return { index, op, id, pool, input, expect };
}

function checkInput(input: Record<string, unknown>, { inputs }: Operation, label: string): void {
  refuseUnknown(input, Object.keys(inputs), `${label}: input`);
  for (const [name, { type, required }] of Object.entries(inputs)) {
    const value = input[name];
    if (value === undefined && !required) continue;
    if (!hasType(value, type)) throw new ManifestError(`${label}: input.${name} must be ${type}`);
  }
}

function checkExpect(expect: Record<string, unknown>, operation: Operation, label: string): void {
  refuseUnknown(expect, ["error", ...operation.expectations], `${label}: expect`);
  if (expect.error === undefined) return;
  const error = asRecord(expect.error, `${label}: expect.error`);
  refuseUnknown(error, ERROR_EXPECTATIONS, `${label}: expect.error`);
  if (typeof error.kind !== "string") {
    throw new ManifestError(`${label}: expect.error needs a kind`);
  }
}

function hasType(value: unknown, type: InputRule["type"]): boolean {
  switch (type) {
    case "integer":
      return Number.isSafeInteger(value);
    case "string":
      return typeof value === "string";
    case "array":
      return Array.isArray(value);
    case "any":
      return value !== undefined;
  }
}

function asRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ManifestError(`${what} must be an object`);
}

function refuseUnknown(record: object, known: readonly string[], what: string): void {
  for (const key of Object.keys(record)) {
    if (known.includes(key)) continue;
    throw new ManifestError(`${what}: unknown key ${JSON.stringify(key)}`);
  }
}
