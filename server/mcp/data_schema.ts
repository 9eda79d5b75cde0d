/**
 * The schema of what is fed: any JSON value that can be kept as it was given.
 *
 * @module
 */

import { z } from "zod";
import { NESTING_MAX } from "./exact_json.ts";

/** Any JSON value. It is not copied, so that all of it stays: also a key such as `__proto__`. */
export const data = z.unknown().superRefine((value, context) => {
  const problem = problemWith(value);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
}).describe("What to say: any JSON value, mostly an object.");

/** Why `value` can't be kept as it is; undefined when it can. */
function problemWith(value: unknown): string | undefined {
  let level = [value];
  // Level by level: a step of the stack for each would be too many.
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > NESTING_MAX) return `values can be nested ${NESTING_MAX} deep: give it as a string`;
    level = level.flatMap((one) =>
      typeof one === "object" && one !== null ? Object.values(one) : []
    );
  }
  return undefined;
}
