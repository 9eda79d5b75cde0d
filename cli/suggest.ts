/**
 * "Did you mean": the known name that a mistyped one is nearest to.
 *
 * @module
 */

import { levenshteinDistance } from "@std/text/levenshtein-distance";

/**
 * Returns the name of `known` that `typed` most likely stands for: one that begins
 * with it, or is some letters away from it. Undefined when none is near.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(nearestName("folow", ["feed", "follow"]), "follow");
 * ```
 */
export function nearestName(typed: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  // Two letters, so that swapped ones are found; less where that would be half the name.
  let fewest = (typed.length < 4 ? 1 : 2) + 1;
  for (const name of known) {
    const edits = typed.length >= 3 && name.startsWith(typed)
      ? 1
      : levenshteinDistance(typed, name);
    if (edits < fewest) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}
