/**
 * What the daemon is asked and what it answers: who is there, and what happened.
 *
 * @module
 */

/** Parameters of `Who`. */
export type WhoRequest = Record<string, never>;

/** The last heartbeat of a source. */
export interface WhoEntry {
  /** The source. */
  handle: string;
  /** Who created it, as far as that is known. */
  owner?: string;
  /** The heartbeat as it was sent: JSON text. */
  payload: string;
  /** When it came: RFC 3339 with a fraction. */
  arrived_at: string;
}

/** The reply to `Who`. */
export interface WhoReply {
  /** By handle. */
  entries: WhoEntry[];
}

/** Parameters of `Diag`. */
export type DiagRequest = Record<string, never>;

/** Something that happened to the connection, or to the daemon. */
export interface DiagEvent {
  /** `disconnect`, `reconnect`, `closed`, `warn`, `daemon_start` or `daemon_stop`. */
  type: string;
  /** When: RFC 3339 with a fraction. */
  at: string;
  /** What is known of why. */
  reason?: string;
}

/** The reply to `Diag`. */
export interface DiagReply {
  /** The state of the connection, as `Status` tells it. */
  nats_state?: string;
  /** How many `disconnect` events of the last hour there are. */
  nats_drops_last_hour?: number;
  /** What happened, oldest first. */
  nats_events: DiagEvent[];
}
