/**
 * How a feeder tells a follower that no more will come.
 *
 * @module
 */

/** The data of the last message. */
export const END = "end";
