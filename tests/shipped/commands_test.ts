/**
 * `pls` does the same however it is started: every command, from source, from the bundle and
 * compiled.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { PROMISES, testAll } from "./acts.ts";
import { COMMANDS } from "./command_of.ts";
import { WAYS } from "./ways.ts";

Deno.test("no command is left out", () => {
  assertEquals(Object.keys(PROMISES).toSorted(), COMMANDS.toSorted());
});

for (const way of WAYS) testAll(way);
