/**
 * All tortures, the quick ones first.
 *
 * @module
 */

import type { Torture } from "./torture.ts";

/** All tortures. */
export const TORTURES: readonly Torture[] = [];
