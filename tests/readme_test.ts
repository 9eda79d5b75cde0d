/**
 * The README's commands name the Deno that the project pins.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";

function read(path: string): string {
  return Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
}

Deno.test("the README names the pinned Deno, and no other", () => {
  const pinned = read(".deno-version").trim();
  const named = [...read("README.md").matchAll(/deno@([\d.]+)/g)].map(([, version]) => version);
  assertStringIncludes(read("README.md"), `npx -y deno@${pinned} task test`);
  assertEquals([...new Set(named)], [pinned]);
});

Deno.test("links between the pages lead somewhere", async () => {
  const pages = [
    "README.md",
    ...Array.from(Deno.readDirSync(new URL("../docs", import.meta.url)), (e) => `docs/${e.name}`),
  ];
  for (const page of pages.filter((name) => name.endsWith(".md"))) {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)) {
      await Deno.stat(new URL(target, new URL(`../${page}`, import.meta.url)));
    }
  }
});
