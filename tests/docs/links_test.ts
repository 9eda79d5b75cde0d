/**
 * Links between the pages of the documentation lead somewhere, and to all of it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { anchorsOf, linksOf } from "./markdown.ts";
import { fileOf, linkProblems, pages, readPage } from "./pages.ts";

for (const path of pages()) {
  Deno.test(`every link of ${path} leads somewhere`, () => {
    assertEquals(linkProblems(path, readPage(path)), []);
  });
}

Deno.test("a link that leads nowhere is found, with its line", () => {
  const text = [
    "# A heading",
    "[here](#a-heading) [there](serving.md#options) ![](../LICENSE) <https://deno.com>",
    "[gone](gone.md) and [no heading](#an-other) and [there](serving.md#optionen)",
    "![no picture](images/gone.png) `[code](gone.md)`",
    "[insecure](http://deno.com) [no host](https://) [odd](ftp://deno.com/a) [x](https://nowhere)",
    "```sh",
    "[not a link](gone.md)",
    "```",
    "[out](../../elsewhere.md) [no page](../LICENSE#a) [defined][label]",
    "[label]: gone.md",
    '<img src="images/gone.png" alt="">',
  ].join("\n");
  const found = linkProblems("docs/page.md", text).map((problem) =>
    problem.split(":", 2).join(":")
  );
  const lines = [3, 3, 3, 4, 5, 5, 5, 5, 9, 9, 10, 11];
  assertEquals(found, lines.map((line) => `docs/page.md:${line}`));
});

Deno.test("links are seen in the pages there are", () => {
  assert(linksOf(readPage("README.md")).length > 5);
  assert(anchorsOf(readPage("docs/cookbook.md")).has("produce--consume"));
  assert(pages().includes("docs/serving.md"));
});

Deno.test("every page can be reached from the README", () => {
  const reached = new Set(["README.md"]);
  for (const path of reached) {
    for (const { target } of linksOf(readPage(path))) {
      const file = /^[a-z]+:/.test(target) ? undefined : fileOf(path, target);
      if (file?.endsWith(".md")) reached.add(file);
    }
  }
  assertEquals(pages().filter((path) => !reached.has(path)), []);
});

Deno.test("docs/README.md lists every page of docs/", () => {
  const listed = linksOf(readPage("docs/README.md")).map(({ target }) => `docs/${target}`);
  const others = pages().filter((path) => /^docs\/(?!README)[^/]+\.md$/.test(path));
  assertEquals(others.filter((path) => !listed.includes(path)), []);
});

for (const path of pages()) {
  Deno.test(`nothing is left to be filled in in ${path}`, () => {
    const text = readPage(path).replaceAll(/```[^]*?```/g, "");
    // A word in capitals by itself, as a paragraph or in a cell.
    assertEquals(
      text.match(/(?<=^|\| )(?:[A-Z]{4,}_[A-Z]+|(?<=^)[A-Z]{5,})(?=$| +\|)/gm) ?? [],
      [],
    );
  });
}
