/**
 * Which sources and pipes there are: decided once, for all processes, without a daemon.
 *
 * @module
 */

export * from "./operation.ts";
export { type Outcome, Registry } from "./registry.ts";
export { newPipeMissing, type PipeRecord, RegistryState, type SourceRecord } from "./state.ts";
