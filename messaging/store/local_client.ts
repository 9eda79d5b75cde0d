/**
 * The pools of a mesh in a directory of this machine.
 *
 * @module
 */

import { Client } from "../../client.ts";

/**
 * The pools in `dir`, which is made when it is missing, with what is missing above it: for its owner
 * alone, as the names of pipes are the names of files.
 */
export function localClient(dir: string): Client {
  Deno.mkdirSync(dir, { recursive: true, mode: 0o700 });
  return new Client({ dir });
}
