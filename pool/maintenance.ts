/**
 * What is done to pools as a whole now and then: checking, repairing, exporting and
 * importing them.
 *
 * @module
 */

export { diagnosePool } from "./doctor.ts";
export { exportMessages } from "./export.ts";
export { importMessages } from "./import.ts";
export { repairPool } from "./repair.ts";
