/**
 * `pls daemon status`: what `pls status` says.
 *
 * @module
 */

import { defineCommand } from "../command.ts";
import { status } from "./status.ts";

/** The `daemon status` command. */
export const daemonStatus = defineCommand({
  ...status,
  name: "daemon status",
  examples: [{ does: "Start it and look", line: "pls daemon start && pls daemon status" }],
});
