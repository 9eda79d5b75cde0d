import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../pool/mod.ts";
import { formatAge, parseDuration } from "../../cli/duration.ts";

Deno.test("a duration is digits and a unit, and keeps its text", () => {
  assertEquals(parseDuration("500ms"), { text: "500ms", ms: 500 });
  const durations = ["30s", "5m", "1h", "0s"].map((text) => parseDuration(text).ms);
  assertEquals(durations, [30_000, 300_000, 3_600_000, 0]);
});

Deno.test("anything else is not a duration", () => {
  for (const text of ["", "5", "5 s", "1.5s", "5S", "5d", "-5s", "99999999999999h"]) {
    assertThrows(() => parseDuration(text), UsageError, "not a duration");
  }
});

Deno.test("people read ages in the largest unit that fits", () => {
  const ages = [0, 999, 1000, 59_999, 60_000, 7_200_000, 86_400_000 * 3].map((ms) => {
    return formatAge(0, ms);
  });
  assertEquals(ages, ["just now", "just now", "1s ago", "59s ago", "1m ago", "2h ago", "3d ago"]);
});

Deno.test("a time to come counts as now", () => {
  assertEquals(formatAge(5000, 0), "just now");
});
