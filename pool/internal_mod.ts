/**
 * What the other parts of this project share with pools in files, and users have no use for: the
 * inner face of this folder. It comes with no promise of stability.
 *
 * @module
 */

export { backoffMs } from "./backoff.ts";
export { changedPools } from "./changed_pools.ts";
export { DistantTail } from "./distant_tail.ts";
export { type InputRecord, type MessageRecord, parseEnvelope, parseInput } from "./envelope.ts";
export { poolFileNames } from "./files.ts";
export { hasFilters } from "./frame_filter.ts";
export { type MessageFilter, messageFilter } from "./message_filter.ts";
export { MessageTail } from "./message_tail.ts";
export { missingMessage } from "./missing_message.ts";
export { originTime } from "./origin.ts";
export { type Outgoing, outgoingOf } from "./outgoing.ts";
export { aborted, pause } from "./pause.ts";
export { sinceTimestamp } from "./since.ts";
export { systemCode } from "./system_code.ts";
export { gapError, goneError } from "./tail_failures.ts";
export { compareTimes, laterThan, now, parseTime, type Timestamp } from "./timestamp.ts";
export { Turns } from "./turns.ts";
export { type FileWatch, watchDirectory } from "./watch.ts";
