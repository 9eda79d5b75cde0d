/**
 * The files of the page: that they are those of the sources, and how they are served.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { buildAssets } from "../../server/page/build.ts";
import { pageResponse } from "../../server/page/mod.ts";

Deno.test("the page is built from its sources: run `deno task page` when this fails", async () => {
  const built = await Deno.readTextFile(new URL("../../server/page/assets.ts", import.meta.url));
  assert(await buildAssets() === built);
});

Deno.test("every address of a view gives the same page", async () => {
  const page = await pageResponse("/ui")?.text();
  assertMatch(page ?? "", /<title>Plasmite UI<\/title>/);
  for (const path of ["/ui/", "/ui/pools/jobs", "/ui/pools/a%2Fb", "/ui/pools/jobs/"]) {
    assertEquals(await pageResponse(path)?.text(), page);
  }
});

Deno.test("other addresses are not the page's", () => {
  for (const path of ["/", "/uix", "/ui/pools/", "/ui/pools/a/b", "/ui/assets/main.js"]) {
    assertEquals(pageResponse(path), undefined);
  }
});

Deno.test("what the page loads is there, and may be kept for good", async () => {
  const page = await pageResponse("/ui")!.text();
  const paths = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
  assertEquals(paths.length, 3);
  for (const path of paths) {
    const response = pageResponse(path);
    assertEquals(response?.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assertEquals(response?.headers.get("x-content-type-options"), "nosniff");
    await response?.body?.cancel();
  }
});

Deno.test("the page allows nothing from elsewhere and nothing written into it", async () => {
  const response = pageResponse("/ui")!;
  const { headers } = response;
  const policy = headers.get("content-security-policy") ?? "";
  assertMatch(policy, /^default-src 'none'; script-src 'self'; style-src 'self';/);
  assert(!policy.includes("unsafe"));
  assert(!/https?:/.test(policy));
  assertEquals(headers.get("content-type"), "text/html; charset=utf-8");
  assertEquals(headers.get("cache-control"), "no-cache");
  assertEquals(headers.get("referrer-policy"), "no-referrer");
  assertEquals(headers.get("x-content-type-options"), "nosniff");
  assertEquals(headers.get("x-frame-options"), "DENY");
  const page = await response.text();
  assert(!/<script(?![^>]* src=)|<style|style=|\bon\w+=/.test(page));
});
