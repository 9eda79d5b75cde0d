/**
 * Telling whoever started the server, and asked for it, that it listens, and where.
 *
 * @module
 */

import { IoError } from "../pool/mod.ts";

const VARIABLE = "PLASMITE_SERVE_READY_FILE";

/**
 * Writes `address` to the file that the environment names, if it does. The file is there
 * whole or not at all.
 *
 * @throws {IoError} when it can't be written: nobody would learn of the server.
 */
export function writeReadyFile(address: string): void {
  const path = Deno.env.get(VARIABLE);
  if (path === undefined || path === "") return;
  try {
    const draft = path.replace(/(?<=[^/\\])\.[^./\\]*$/, "") + ".tmp";
    Deno.writeTextFileSync(draft, address);
    Deno.renameSync(draft, path);
  } catch (cause) {
    throw new IoError("can't write the ready file", {
      path,
      cause,
      hint: `Check the path in ${VARIABLE}.`,
    });
  }
}
