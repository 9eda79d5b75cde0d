/**
 * The failure to find a message by its number.
 *
 * @module
 */

import { NotFoundError } from "./errors.ts";

/** Message `seq` of the pool `name` is not retained, or not there yet. */
export function missingMessage(name: string, seq: number): NotFoundError {
  return new NotFoundError("not found", {
    seq,
    hint:
      `See \`pls pool info ${name}\` for what is retained, or \`pls follow ${name} --tail 10\`.`,
  });
}
