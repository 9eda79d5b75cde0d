/**
 * "Did you mean": the known name that a mistyped one is nearest to.
 *
 * @module
 */

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
    const edits = typed.length >= 3 && name.startsWith(typed) ? 1 : editDistance(typed, name);
    if (edits < fewest) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}

/** How many letters must be added, dropped or replaced to make `b` of `a`. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1] + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column] + 1, current[column - 1] + 1));
    }
    previous = current;
  }
  return previous[b.length];
}
