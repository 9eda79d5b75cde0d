/**
 * All tortures, the quick ones first.
 *
 * @module
 */

import { contention } from "./contention.ts";
import { corruption } from "./corruption.ts";
import { endurance } from "./endurance.ts";
import { kill } from "./kill.ts";
import { model } from "./model.ts";
import { powerCut } from "./power_cut.ts";
import { serving } from "../server_load/load.ts";
import { stop } from "./stopped_writer.ts";
import type { Torture } from "./torture.ts";

/** All tortures. */
export const TORTURES: readonly Torture[] = [
  model,
  corruption,
  powerCut,
  kill,
  stop,
  contention,
  serving,
  endurance,
];
