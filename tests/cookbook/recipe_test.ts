/**
 * Reading the cookbook: which scripts there are, and what their follow lines must print.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { isRightOutput, parseFollowLine, parseOutput } from "./follow_line.ts";
import { scriptsOf } from "./recipe.ts";

function page(...blocks: string[]): string {
  const fenced = blocks.map((block) => "```bash\n" + block + "\n```\n");
  return `# Book\n\n## Other\n\n\`\`\`bash\nrm -r /\n\`\`\`\n\n## Recipe\n\n${
    fenced.join("\ntext\n\n")
  }\n## Last\n`;
}

Deno.test("the blocks of a section become its scripts, and those of others do not", () => {
  const scripts = scriptsOf(page("pls feed a 1\npls feed a 2", "pls pool list"), "Recipe");
  assertEquals(scripts, [
    { text: "pls feed a 1\npls feed a 2\n", ends: "by itself" },
    { text: "pls pool list\n", ends: "by itself" },
  ]);
});

Deno.test("a block with two named scripts is two scripts", () => {
  const block = "# wait.sh: waits\npls follow a --one\necho on\n\n# go.sh\npls feed a 1";
  assertEquals(scriptsOf(page(block), "Recipe"), [
    { text: "# wait.sh: waits\npls follow a --one\necho on\n", ends: "after others" },
    { text: "# go.sh\npls feed a 1\n", ends: "by itself" },
  ]);
});

Deno.test("a command that never ends does not keep the next one from running", () => {
  const block = "mkdir tmp\npls follow a \\\n  --tag b\npls follow a --timeout 1s\nls";
  assertEquals(scriptsOf(page(block), "Recipe"), [
    { text: "mkdir tmp\n", ends: "by itself" },
    { text: "pls follow a \\\n  --tag b\n", ends: "when stopped" },
    { text: "pls follow a --timeout 1s\nls\n", ends: "by itself" },
  ]);
});

Deno.test("each replay is a script of its own, and ends by itself", () => {
  const block = "pls follow a --tail 3 --replay 1\npls follow a --since 1h --replay 10";
  assertEquals(scriptsOf(page(block), "Recipe"), [
    { text: "pls follow a --tail 3 --replay 1\n", ends: "by itself" },
    { text: "pls follow a --since 1h --replay 10\n", ends: "by itself" },
  ]);
});

Deno.test("a section without anything to run is an error, not a success", () => {
  assertThrows(() => scriptsOf(page(), "Recipe"), Error, "no shell blocks");
  assertThrows(() => scriptsOf(page("ls"), "Missing"), Error, "no shell blocks");
});

Deno.test("a flag or expression that the test does not understand is an error", () => {
  assertThrows(() => parseFollowLine("pls follow a --sideways"), Error, "--sideways");
  assertThrows(() => parseFollowLine("pls follow a --where '.x'"), Error, "EXPRESSIONS");
});

const messages = [["a"], ["b"], ["a", "b"], ["a"], []].map((tags, i) => ({
  seq: i + 1,
  time: "2026-01-01T00:00:00.000000000Z",
  meta: { tags },
  data: { n: i + 1 },
}));
const [first, , third, fourth] = messages;
const jsonl = (...values: unknown[]) =>
  values.map((value) => JSON.stringify(value) + "\n").join("");
const isRight = (script: string, text: string, retained: number) =>
  isRightOutput(parseFollowLine(script), text, {
    retained: messages.slice(0, retained),
    later: messages.slice(retained),
  });

Deno.test("the right output is the newest retained matches, then all later ones", () => {
  const script = "pls follow p --tag a --tail 1 --jsonl";
  assert(isRight(script, jsonl(third), 3));
  assert(isRight(script, jsonl(third, fourth), 3));
  for (const wrong of [[first, third], [third, third], [third, messages[4]], [fourth], [{}]]) {
    assertEquals(isRight(script, jsonl(...wrong), 3), false, jsonl(...wrong));
  }
});

Deno.test("a line that shows only new messages may start anywhere, but leaves out none", () => {
  const script = "pls follow p --jsonl --data-only";
  assert(isRight(script, jsonl({ n: 4 }, { n: 5 }), 2));
  assert(isRight(script, jsonl({ n: 3 }), 2));
  assertEquals(isRight(script, jsonl({ n: 2 }), 2), false);
  assertEquals(isRight(script, jsonl({ n: 3 }, { n: 5 }), 2), false);
});

Deno.test("a line that ends at the first match prints exactly one message", () => {
  const text = JSON.stringify(fourth, null, 2) + "\n";
  assert(isRight("pls follow p --tag a --one", text, 3));
  assertEquals(isRight("pls follow p --one", text + text, 3), false);
  assertEquals(isRight("pls follow p --one", "", 3), false);
});

Deno.test("indented and unfinished output is understood", () => {
  const text = JSON.stringify(first, null, 2) + "\n" + JSON.stringify(third, null, 2) + "\n";
  assertEquals(parseOutput(text + '{\n  "seq"', { jsonl: false }), [first, third]);
  assertEquals(parseOutput(jsonl(first) + '{"seq":', { jsonl: true }), [first]);
  assertThrows(() => parseOutput(text + "oops\n", { jsonl: false }), Error, "oops");
  assertThrows(() => parseOutput(jsonl(first) + "oops\n", { jsonl: true }), Error);
});
