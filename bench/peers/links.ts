/**
 * Those that can be followed, by name: what programs beside a benchmark connect to.
 *
 * @module
 */

import { FILE } from "./file.ts";
import { NATS } from "./nats.ts";
import type { Kind } from "./peer.ts";
import { PLASMITE } from "./plasmite.ts";
import { PLS } from "./pls.ts";
import { REDIS } from "./redis.ts";

/** Ours first, then its peers. */
export const FOLLOWED: readonly Kind[] = [PLS, REDIS, NATS, FILE, PLASMITE];

/** The one of that name. */
export function kindOf(who: string): Kind {
  return FOLLOWED.find((kind) => kind.who === who)!;
}
