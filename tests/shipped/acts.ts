/**
 * Everything that is promised of commands, and the tests of it.
 *
 * @module
 */

import { assert } from "@std/assert";
import { commandOf } from "./command_of.ts";
import type { Promises } from "./act.ts";
import { MESSAGES } from "./messages.ts";
import { MESSAGING } from "./messaging.ts";
import { Pls } from "./pls.ts";
import { POOLS } from "./pools.ts";
import { SERVING } from "./serving.ts";
import { SETUP } from "./setup.ts";
import type { Way } from "./ways.ts";

/** All promises, by the names of the commands. */
export const PROMISES: Promises = { ...MESSAGES, ...MESSAGING, ...POOLS, ...SERVING, ...SETUP };

/** Registers a test of every promise of every command for `pls` started in `way`. */
export function testAll(way: Way): void {
  const { name, reasonToIgnore } = way;
  if (reasonToIgnore !== undefined) console.log(`pls ${name} is not tried: ${reasonToIgnore}`);
  for (const [command, promises] of Object.entries(PROMISES)) {
    for (const [promise, act] of Object.entries(promises)) {
      Deno.test({
        name: `pls ${name}: ${command} ${promise}`,
        ignore: reasonToIgnore !== undefined,
        fn: async () => {
          await using pls = new Pls(way);
          await act(pls, way);
          assert(pls.calls.some((args) => commandOf(args) === command), `${command} was called`);
        },
      });
    }
  }
}
