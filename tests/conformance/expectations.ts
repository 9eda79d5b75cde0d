/**
 * Comparing what a step gave with what its manifest expects.
 *
 * Nothing is passed over: an expectation that can't be compared is a difference.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { PlasmiteError } from "@plasmite/pool";
import type { Outcome } from "./operations.ts";

/** What can be expected of an error. */
export const ERROR_EXPECTATIONS: readonly string[] = [
  "kind",
  "message_contains",
  "has_path",
  "has_seq",
  "has_offset",
];

type Expectations = Readonly<Record<string, unknown>>;

/** The differences between what was expected and what came; none when it is as expected. */
export function compareOutcome(expect: Expectations, outcome: Outcome): string[] {
  if (expect.error !== undefined) {
    return [`expected the error ${show(expect.error)}, but the step succeeded`];
  }
  return Object.entries(expect).flatMap(([name, expected]) => {
    const actual = outcome[name];
    return isAsExpected(name, expected, actual)
      ? []
      : [`${name}: expected ${show(expected)}, got ${show(actual)}`];
  });
}

/** The differences between the expected error and `error`. */
export function compareError(expect: Expectations, error: unknown): string[] {
  if (!(error instanceof PlasmiteError) || expect.error === undefined) {
    return [`failed: ${error instanceof Error ? error.stack ?? error.message : show(error)}`];
  }
  const { message_contains, ...expected } = expect.error as Expectations;
  const actual: Expectations = {
    kind: error.kind,
    has_path: error.path !== undefined,
    has_seq: error.seq !== undefined,
    has_offset: error.offset !== undefined,
  };
  const differences = Object.keys(expected)
    .filter((name) => expected[name] !== actual[name])
    .map((name) => `error.${name}: expected ${show(expected[name])}, got ${show(actual[name])}`);
  if (message_contains !== undefined && !error.message.includes(String(message_contains))) {
    differences.push(`error.message: ${show(message_contains)} is not in ${show(error.message)}`);
  }
  return differences;
}

function isAsExpected(name: string, expected: unknown, actual: unknown): boolean {
  switch (name) {
    case "messages":
      return areMessages(expected, actual);
    case "messages_unordered":
      return areMessagesInAnyOrder(expected, actual);
    case "names":
      return isDeepStrictEqual([...expected as string[]].sort(), [...actual as string[]].sort());
    case "bounds":
      return isPartOf(expected, actual);
    default:
      return isDeepStrictEqual(actual, expected);
  }
}

function areMessages(expected: unknown, actual: unknown): boolean {
  return Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length &&
    expected.every((message, i) => isPartOf(message, actual[i]));
}

function areMessagesInAnyOrder(expected: unknown, actual: unknown): boolean {
  if (!Array.isArray(expected) || !Array.isArray(actual)) return false;
  const left = [...actual];
  for (const message of expected) {
    const at = left.findIndex((candidate) => isPartOf(message, candidate));
    if (at === -1) return false;
    left.splice(at, 1);
  }
  return left.length === 0;
}

/** Whether every key of `expected` is in `actual` with the same value. */
function isPartOf(expected: unknown, actual: unknown): boolean {
  if (typeof expected !== "object" || expected === null) return false;
  return Object.entries(expected).every(([key, value]) =>
    isDeepStrictEqual((actual as Record<string, unknown>)[key], value)
  );
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "nothing";
}
