/**
 * The `pls` executable: arguments in, exit code out.
 *
 * `pls --help` lists the commands. `--allow-run` is for `pls tap` alone, `--allow-sys` for
 * `pls serve`, and `--allow-net` for that and for pools that are given as a URL.
 *
 * @example Install it, send a message and fetch it
 * ```sh
 * deno install --global --name pls --allow-read --allow-write --allow-env --allow-net \
 *   --allow-run --allow-sys=hostname,networkInterfaces jsr:@plasmite/pool/cli
 *
 * pls feed work --create '{"task": "resize", "id": 1}'
 * pls fetch work 1
 * ```
 *
 * @module
 */

import { main, tellStrayFailures } from "./cli/mod.ts";

if (import.meta.main) {
  tellStrayFailures();
  Deno.exit(await main(Deno.args));
}
