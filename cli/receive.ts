/**
 * The receiving side of a command: messages of a tail as they come, notices of those
 * that were missed, and an end when nothing comes any more.
 *
 * @module
 */

import type { MessageBatch, MessagePool, TailOptions } from "../pool/mod.ts";
import { DropNotices } from "./drop_notices.ts";
import type { Duration } from "./duration.ts";
import { IdleTimer } from "./idle_timer.ts";
import type { Session } from "./session.ts";

/** Exit code when nothing was printed for as long as `--timeout` allows. */
const TIMED_OUT = 124;

/** What to receive, and for how long. */
export interface ReceiveOptions {
  /** Which messages. Gaps and the end are seen to. */
  readonly tail: TailOptions;
  /** Do not tell of messages that were gone before they could be read. */
  readonly quietDrops: boolean;
  /** The longest time in which nothing is printed. */
  readonly timeout?: Duration;
  /** Ends it when aborted, with exit code 0. */
  readonly signal?: AbortSignal;
  /** Prints of a batch what is to be printed, and returns whether that was anything. */
  readonly print: (batch: MessageBatch) => boolean;
}

/**
 * Prints what `pool` delivers. Where it starts is settled before this returns its
 * promise: whatever is appended afterwards is seen.
 *
 * @returns the exit code.
 */
export async function receive(
  pool: MessagePool,
  session: Session,
  options: ReceiveOptions,
): Promise<number> {
  const { timeout, signal } = options;
  const idle = new AbortController();
  let drops: DropNotices | undefined;
  const tail = pool.tailBatches({
    ...options.tail,
    onGap: (gap) => drops?.add(gap),
    signal: signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]),
  });
  if (!options.quietDrops) drops = new DropNotices(session.stderr, await pool.info());
  using timer = timeout && new IdleTimer(timeout.ms, () => idle.abort());
  try {
    for await (const batch of tail) {
      if (options.print(batch)) timer?.restart();
    }
  } finally {
    drops?.close();
  }
  if (!idle.signal.aborted) return 0;
  if (session.stderr.isTerminal) session.stderr.write(`no message for ${timeout!.text}\n`);
  return TIMED_OUT;
}
