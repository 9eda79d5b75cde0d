/**
 * What messaging can be asked, and the answers.
 *
 * @module
 */

export type { CallName, Calls, Messaging } from "./calls.ts";
export type { Engine } from "./context.ts";
export { MessagingService, type ServiceOptions } from "./service.ts";
