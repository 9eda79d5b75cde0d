/**
 * The `pls` executable: arguments in, exit code out.
 *
 * @module
 */

import { main, tellStrayFailures } from "./cli/mod.ts";

if (import.meta.main) {
  tellStrayFailures();
  Deno.exit(await main(Deno.args));
}
