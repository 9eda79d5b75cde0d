/**
 * `pls await`: waits for messages, and reads them.
 *
 * @module
 */

import {
  formatPipePath,
  type ListRow,
  listRows,
  type Messaging,
  parseTime,
  printArrival,
  printArrivalJson,
} from "../../messaging/internal_mod.ts";
import { pause } from "../../pool/internal_mod.ts";
import { StopSignal } from "../stop_signal.ts";
import { defineCommand } from "../command.ts";
import type { Session } from "../session.ts";
import { effectiveHandle } from "./current_handle.ts";
import { deliver, OUTPUT_FLAGS, type OutputChoice, outputMode } from "./message_output.ts";
import { whileWaiting } from "./open.ts";
import { rowRequest } from "./read_target.ts";
import { sessionId } from "./session_id.ts";

/** How long to wait when what is unread can't be read, or is not what is waited for. */
const NAMESAKE_PAUSE_MS = 250;

/** How often pipes are looked for that are new, while others than those waited for are unread. */
const NEW_PIPES_LOOK_MS = 1000;

/** The `await` command. */
export const awaitMessages = defineCommand({
  name: "await",
  summary: "Wait until there are messages, and read those of one pipe",
  topic: "Messaging",
  details: [
    "Of several pipes, the one whose last message is the oldest comes first. Without PATTERN it " +
    "waits for the inbox of the current source and the pipes of the namespace that are of no " +
    "source. In a PATTERN, * and % stand for any text; inbox is that of the current source.",
    "What was printed counts as read, as with `pls read`.",
  ],
  positionals: {
    pattern: {
      kind: "target",
      repeat: true,
      help: "Pipes to wait for: a handle, the name of a pipe, HANDLE.PIPE, or a pattern of those.",
    },
  },
  flags: {
    tail: { kind: "switch", conflicts: ["tty"], help: "Wait again and again, until interrupted." },
    ...OUTPUT_FLAGS,
  },
  examples: [
    { does: "Wait for something to do", line: "pls await" },
    { does: "Wait for an answer in my inbox, as JSON", line: "pls await inbox --json" },
    {
      does: "Wait for any log of the sources whose names begin so",
      line: "pls await 'build-*.log'",
    },
  ],
  run: async ({ flags, positionals: { pattern } }, session) => {
    using stop = flags.tail ? new StopSignal() : undefined;
    const signal = stop?.given;
    try {
      do {
        await whileWaiting(session, async (messaging) => {
          const wanted = await wantedPipes(messaging, pattern);
          await awaitOnce(session, messaging, { wanted, choice: flags, signal });
        });
      } while (flags.tail);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
    return 0;
  },
});

/** What is waited for. */
interface Wanted {
  /** What the mesh is asked for. */
  readonly patterns: string[];
  /** Further ones, for what may be created yet. They match more than is waited for. */
  readonly widePatterns?: string[];
  /** Whether something that matches those is meant. */
  isMeant(row: ListRow): boolean;
}

async function wantedPipes(messaging: Messaging, patterns: readonly string[]): Promise<Wanted> {
  if (patterns.length > 0) {
    const own = patterns.includes("inbox") ? await effectiveHandle(messaging) : "";
    return {
      patterns: patterns.map((pattern) => pattern === "inbox" ? `${own}.inbox` : pattern),
      isMeant: () => true,
    };
  }
  const handle = await effectiveHandle(messaging);
  const session = sessionId();
  const { current_namespace = "" } = await messaging.call("Status", { session });
  const { uncollared_pipes = [] } = await messaging.call("List", { session });
  const here = uncollared_pipes.filter(({ manifold = "" }) => manifold === current_namespace);
  return {
    patterns: [`${handle}.inbox`, ...here.map(({ info }) => info.pipe)],
    widePatterns: [`${handle}.inbox`, current_namespace === "" ? "*" : `${current_namespace}.*`],
    isMeant: (row) =>
      row.handle === ""
        ? row.manifold === current_namespace
        : row.handle === handle && row.name === "inbox",
  };
}

interface Waiting {
  readonly wanted: Wanted;
  readonly choice: OutputChoice;
  readonly signal?: AbortSignal;
}

/** Waits until something was read. */
async function awaitOnce(
  session: Session,
  messaging: Messaging,
  { wanted, choice, signal }: Waiting,
): Promise<void> {
  const { stdout, stderr } = session;
  for (;;) {
    const row = await unreadRow(messaging, wanted, signal);
    const path = formatPipePath(row.manifold, row.handle, row.name);
    const request = rowRequest(row);
    const onFirst = () => {
      if (choice.json) stdout.write(printArrivalJson(path));
      else stderr.write(printArrival(path));
    };
    const delivery = { request, mode: outputMode(request, choice), onFirst };
    // Another command of this session may have been faster.
    if (await deliver(messaging, session, delivery) > 0) return;
    await pause(NAMESAKE_PAUSE_MS, signal);
    signal?.throwIfAborted();
  }
}

/** Waits for something unread: of several, that whose last message is the oldest. */
async function unreadRow(
  messaging: Messaging,
  { patterns, widePatterns, isMeant }: Wanted,
  signal: AbortSignal | undefined,
): Promise<ListRow> {
  for (;;) {
    const unread = await unreadOf(messaging, widePatterns ?? patterns, signal);
    const [first] = unread.filter(isMeant).sort(byLastTime);
    if (first !== undefined) return first;
    // The next call would return at once as well.
    if (unread.length > 0) await lookLater(messaging, { patterns, widePatterns }, signal);
    signal?.throwIfAborted();
  }
}

/** Waits for some time, and no longer than until there is something in the pipes that are known. */
async function lookLater(
  messaging: Messaging,
  { patterns, widePatterns }: Omit<Wanted, "isMeant">,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (widePatterns === undefined) {
    await pause(NAMESAKE_PAUSE_MS, signal);
    return;
  }
  const late = AbortSignal.timeout(NEW_PIPES_LOOK_MS);
  const ends = signal === undefined ? late : AbortSignal.any([signal, late]);
  try {
    await unreadOf(messaging, patterns, ends);
    // What goes by the same name may be unread for as long as this waits.
    await pause(NAMESAKE_PAUSE_MS, ends);
  } catch (error) {
    if (!ends.aborted) throw error;
  }
}

async function unreadOf(
  messaging: Messaging,
  patterns: string[],
  signal: AbortSignal | undefined,
): Promise<ListRow[]> {
  const request = { session: sessionId(), patterns };
  const { sources, uncollared_pipes = [] } = await messaging.call("ListWatch", request, signal);
  return listRows(sources, uncollared_pipes).filter(({ info }) => info.unread > 0);
}

function byLastTime(a: ListRow, b: ListRow): number {
  const timeOf = ({ info }: ListRow) => parseTime(info.last_at ?? "") ?? 0;
  const nameOf = ({ handle, name }: ListRow) => formatPipePath("", handle, name);
  return timeOf(a) - timeOf(b) || (nameOf(a) < nameOf(b) ? -1 : 1);
}
