/**
 * Notices: what a command tells on standard error beside its results, without
 * failing. A program reads one line of JSON, a person one sentence.
 *
 * @module
 */

import { withoutPasswords } from "./passwords.ts";
import { printable, type Screen } from "./screen.ts";

/** What a notice says. */
export interface Notice {
  /** What happened, in one stable word. */
  readonly kind: string;
  /** The command it happened to. */
  readonly cmd: string;
  /** The reference of the pool concerned, as typed. */
  readonly pool: string;
  /** What happened, in words. */
  readonly message: string;
  /** What a program needs to know of it. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Tells `screen` of `notice`, as something that happened now. */
export function writeNotice(screen: Screen, notice: Notice): void {
  const { kind, cmd, details } = notice;
  const pool = withoutPasswords(notice.pool);
  const message = withoutPasswords(notice.message);
  if (screen.isTerminal) {
    screen.write(`notice: ${printable(message)} (pool ${printable(pool)})\n`);
  } else {
    const time = new Date().toISOString();
    screen.write(JSON.stringify({ notice: { kind, time, cmd, pool, message, details } }) + "\n");
  }
}
