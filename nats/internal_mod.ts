/**
 * What the other parts of this project share with pools on NATS, and users have no use for: the
 * inner face of this folder. It comes with no promise of stability.
 *
 * @module
 */

export { type NatsReference, parseNatsReference } from "./reference.ts";
