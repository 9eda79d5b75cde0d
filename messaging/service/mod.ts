/**
 * What messaging can be asked, and the answers.
 *
 * @module
 */

export type { CallName, Calls, Messaging } from "./calls.ts";
export { MessagingService, type ServiceOptions } from "./service.ts";
