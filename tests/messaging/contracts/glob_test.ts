/**
 * Globs over names.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  collaredNames,
  isGlob,
  parseGlob,
  patternFilter,
} from "../../../messaging/contracts/mod.ts";

/** pattern, what it matches, what it does not */
const GLOBS: readonly [string, readonly string[], readonly string[]][] = [
  ["", [""], ["a"]],
  ["nina", ["nina"], ["nin", "ninas", "Nina"]],
  ["*", ["", "nina", "nina.log", "ünï"], ["a/b", "/"]],
  ["ni*", ["ni", "nina", "nina.log"], ["n", "anni"]],
  ["*.log", ["nina.log", ".log"], ["log", "nina.logs"]],
  ["*a*a*", ["aa", "banana"], ["a", "b"]],
  ["n?na", ["nina", "n.na", "nüna", "n😀na"], ["nna", "n/na", "niina"]],
  ["[a-c]x", ["ax", "bx", "cx"], ["dx", "x", "-x"]],
  ["[^a-c]x", ["dx", "/x", "^x"], ["ax", "x"]],
  ["[abc^]", ["a", "^"], ["d", "abc"]],
  ["[a\\-c]", ["a", "-", "c"], ["b"]],
  ["[\\]]", ["]"], ["\\", "["]],
  ["[c-a]", [], ["a", "b", "c"]],
  ["[à-ü]", ["é"], ["e", "z"]],
  ["\\*", ["*"], ["a", "\\*"]],
  ["a\\b", ["ab"], ["a\\b"]],
  ["%", ["%"], ["nina"]],
  ["]", ["]"], []],
  ["a/*", ["a/b", "a/"], ["a/b/c", "a"]],
];

for (const [pattern, matching, others] of GLOBS) {
  Deno.test(`glob ${JSON.stringify(pattern)}`, () => {
    const glob = parseGlob(pattern);
    assert(glob !== undefined);
    assertEquals(matching.filter((text) => !glob.matches(text)), []);
    assertEquals(others.filter((text) => glob.matches(text)), []);
    assertEquals(glob.pattern, pattern);
  });
}

Deno.test("malformed patterns are none", () => {
  const patterns = [
    "[",
    "[a",
    "[]",
    "[]a]",
    "[^]",
    "[^",
    "[a-",
    "[a-]",
    "[-a]",
    "\\",
    "a\\",
    "[\\",
  ];
  assertEquals(patterns.filter((pattern) => parseGlob(pattern) !== undefined), []);
});

Deno.test("a percent sign is a star where that is asked for", () => {
  assertEquals(parseGlob("ni%", { percent: true })?.matches("nina"), true);
  assertEquals(parseGlob("ni%")?.matches("nina"), false);
  assertEquals(["a", "%", "*", "?", "[", "]"].filter((text) => isGlob(text)), ["*", "?", "["]);
  assertEquals(["a", "%"].filter((text) => isGlob(text, { percent: true })), ["%"]);
});

Deno.test("patterns are ORed, a malformed one matches nothing, and none match all", () => {
  const names = collaredNames("nina", "log");
  assertEquals(names, ["nina", "log", "nina.log"]);
  assertEquals(patternFilter([])(names), true);
  assertEquals(patternFilter(["["])(names), false);
  assertEquals(patternFilter(["[", "l?g"])(names), true);
  assertEquals(
    ["nina", "log", "nina.log", "%.log", "na.log"].map((p) => patternFilter([p])(names)),
    [
      true,
      true,
      true,
      true,
      false,
    ],
  );
});

Deno.test("no pattern holds up who matches it", () => {
  const glob = parseGlob("*a".repeat(200) + "b");
  const begun = performance.now();
  assertEquals(glob?.matches("a".repeat(2000)), false);
  assert(performance.now() - begun < 10_000);
});
