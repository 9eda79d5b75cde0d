import { assertEquals, assertStringIncludes } from "@std/assert";
import { errorOf, Place } from "./pls.ts";

Deno.test("fetch prints the envelope of one message on one line", async () => {
  await using place = new Place();
  const receipt = JSON.parse(
    await place.done("feed", "jobs", '{"b":1.0}', "--create", "--tag", "t"),
  );
  const line = `{"seq":1,"time":"${receipt.time}","meta":{"tags":["t"]},"data":{"b":1.0}}\n`;
  assertEquals(await place.done("fetch", "jobs", "1"), line);
});

Deno.test("fetch of a seq that is not retained is NotFound with the seq and no path", async () => {
  await using place = new Place();
  await place.done("feed", "jobs", "1", "--create");
  for (const seq of ["0", "2", "18446744073709551615"]) {
    const { code, stdout, stderr } = await place.pls("fetch", "jobs", seq);
    const error = errorOf(stderr);
    assertEquals([code, stdout, error.kind, error.path], [3, "", "NotFound", undefined]);
    assertEquals(error.seq, Number(seq));
    assertStringIncludes(error.hint, "pool info");
    assertStringIncludes(error.hint, "follow jobs --tail");
  }
});

Deno.test("fetch from a missing pool hints at creating it", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("fetch", "jobs", "1");
  assertEquals([code, errorOf(stderr).message], [3, "not found"]);
  assertStringIncludes(errorOf(stderr).hint, "pls pool create jobs");
});

Deno.test("fetch refuses a seq that is not a whole number", async () => {
  await using place = new Place();
  for (const seq of ["x", "-1", "1.5", "18446744073709551616"]) {
    const { code, stderr } = await place.pls("fetch", "jobs", seq);
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
  }
});
