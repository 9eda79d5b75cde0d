/**
 * The flags of commands that append: making the pool, and when an append counts.
 *
 * @module
 */

import type { Flags } from "./command.ts";

/** Making the pool. */
export const CREATE_FLAGS = {
  create: { kind: "switch", help: "Create the pool if it is missing." },
  "create-size": {
    kind: "size",
    placeholder: "SIZE",
    requires: "create",
    byDefault: "1M, or as `pls config` says",
    help: "Size of a created pool file, such as 64K or 8M.",
  },
} as const satisfies Flags;

/** When an append counts. */
export const DURABILITY_FLAGS = {
  durability: {
    kind: "choice",
    choices: ["fast", "flush"],
    byDefault: "fast",
    help: "When a message counts as appended: as soon as others see it, or on storage.",
  },
} as const satisfies Flags;
