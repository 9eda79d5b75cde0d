import { assertEquals } from "@std/assert";
import { nearestName } from "../../cli/suggest.ts";

const NAMES = ["feed", "follow", "fetch", "pool", "version", "help"];

Deno.test("a mistyped name is taken for the nearest one", () => {
  assertEquals(nearestName("folow", NAMES), "follow");
  assertEquals(nearestName("feeed", NAMES), "feed");
  assertEquals(nearestName("hlep", NAMES), "help");
});

Deno.test("the beginning of a name is taken for it", () => {
  assertEquals(nearestName("vers", NAMES), "version");
});

Deno.test("a name like none of them is taken for none", () => {
  assertEquals(nearestName("subscribe", NAMES), undefined);
  assertEquals(nearestName("", NAMES), undefined);
});
