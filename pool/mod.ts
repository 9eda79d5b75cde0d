/**
 * Pools in files on this machine: the face of this folder.
 *
 * @module
 */

export * from "./errors.ts";
export * from "./interface.ts";
export type { DiagnoseOptions, PoolDiagnosis, PoolIssue } from "./doctor.ts";
export type { ExportOptions } from "./export.ts";
export { createPoolFile, deletePoolFile, listPoolFiles, POOL_SUFFIX } from "./files.ts";
export type { ImportLine, ImportOptions, ImportSummary } from "./import.ts";
export { poolInfoJson } from "./info.ts";
export { JsonText, prettyJson, type PrettyJsonOptions } from "./json_text.ts";
export { DEFAULT_POOL_BYTES, MAX_POOL_BYTES, MIN_POOL_BYTES, type PoolOptions } from "./layout.ts";
export { type Envelope, Message } from "./message.ts";
export { checkPoolName, isPoolPath } from "./path.ts";
export { type Platform, platform } from "./platform.ts";
export { DEFAULT_LOCK_TIMEOUT_MS, type OpenOptions, Pool } from "./pool.ts";
export type { Reconnect } from "./reconnect.ts";
export type { RepairOptions, RepairReport, SeqRange } from "./repair.ts";
export { parseSince } from "./since.ts";
export { compileWhere, type MessagePredicate } from "./where.ts";

/**
 * What checks, repairs, exports and imports pools. It is loaded when it is first asked
 * for: most programs never do, and would start later for it.
 *
 * @example
 * ```ts
 * import { Client, poolMaintenance } from "@plasmite/pool";
 *
 * using client = new Client({ dir: Deno.makeTempDirSync() });
 * client.pool("work").append({ task: "resize" });
 * const { diagnosePool } = await poolMaintenance();
 * console.log(diagnosePool(client.path("work")).status); // ok
 * ```
 */
export function poolMaintenance(): Promise<typeof import("./maintenance.ts")> {
  return import("./maintenance.ts");
}
