/**
 * The documentation names the Deno that the project pins.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** README.md, and all pages in docs/. */
function pages(): string[] {
  const docs = Array.from(Deno.readDirSync(new URL("docs", ROOT)), ({ name }) => `docs/${name}`);
  return ["README.md", ...docs.filter((path) => path.endsWith(".md"))];
}

Deno.test("the documentation names the pinned Deno, and no other", () => {
  const pinned = read(".deno-version").trim();
  assertStringIncludes(read("README.md"), `npx -y deno@${pinned} task test`);
  for (const page of pages()) {
    const named = Array.from(read(page).matchAll(/deno@([\d.]+)/g), ([, version]) => version);
    assertEquals(named.filter((version) => version !== pinned), [], page);
  }
});
