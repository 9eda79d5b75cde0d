/**
 * `pls follow`: prints messages as they are appended, after as much of what is
 * retained as was asked for.
 *
 * Messages go to standard output in order of seq, each once; that some were missed
 * goes to standard error and changes neither the output nor the exit code.
 *
 * @module
 */

import {
  compileWhere,
  type Message,
  type MessageBatch,
  type MessagePool,
  parseSince,
  prettyJson,
} from "../pool/mod.ts";
import { defineCommand, type Flags, type Invocation, type Positionals } from "./command.ts";
import { DropNotices } from "./drop_notices.ts";
import { IdleTimer } from "./idle_timer.ts";
import { commandLineWithCreate, openPool } from "./open_pool.ts";
import type { Screen } from "./screen.ts";
import type { Session } from "./session.ts";

/** Exit code when nothing was printed for as long as `--timeout` allows. */
const TIMED_OUT = 124;

const flags = {
  tail: {
    kind: "integer",
    short: "n",
    placeholder: "N",
    byDefault: "0",
    help: "Print the newest N retained messages that match first.",
  },
  since: {
    kind: "text",
    placeholder: "SINCE",
    conflicts: ["tail"],
    help: "Print the retained messages since then first: an age such as 5m or 2h, or a time " +
      "such as 2026-01-01T00:00:00Z.",
  },
  one: {
    kind: "switch",
    help: "Exit after one message. With --tail N, wait for N matches and print only the newest.",
  },
  tag: {
    kind: "text",
    placeholder: "TAG",
    repeat: true,
    help: "Only messages with this tag; given again, with all of them.",
  },
  where: {
    kind: "text",
    placeholder: "EXPR",
    repeat: true,
    help: "Only messages for which this jq expression on the envelope is true; given again, all.",
  },
  timeout: {
    kind: "duration",
    placeholder: "DURATION",
    help: "Exit with code 124 when nothing was printed for this long, such as 500ms or 30s.",
  },
  format: {
    kind: "choice",
    choices: ["pretty", "jsonl"],
    byDefault: "pretty",
    help: "Indented JSON, or one compact line for each message.",
  },
  jsonl: { kind: "switch", conflicts: ["format"], help: "The same as --format jsonl." },
  "data-only": { kind: "switch", help: "Print data alone instead of the whole envelope." },
  create: { kind: "switch", help: "Create the pool if it is missing." },
  "quiet-drops": {
    kind: "switch",
    help: "Do not tell on stderr of messages that were gone before they could be read.",
  },
} as const satisfies Flags;

const positionals = {
  pool: {
    kind: "pool",
    required: true,
    missingHint: "Name a pool ref, for example `pls follow chat -n 1`.",
    help: "Name or path of the pool.",
  },
} as const satisfies Positionals;

type FollowInvocation = Invocation<typeof flags, typeof positionals>;

/** The `follow` command. */
export const follow = defineCommand({
  name: "follow",
  summary: "Print messages as they are appended",
  details: [
    "Starts with messages appended from now on, unless --tail or --since ask for older ones. " +
    "Runs until it is interrupted, unless --one or --timeout end it.",
  ],
  positionals,
  flags,
  examples: [
    { does: "Print what comes from now on", line: "pls follow chat --create" },
    { does: "The newest ten, then what comes", line: "pls follow chat -n 10" },
    {
      does: "Pass everything retained on",
      line: "pls follow chat --since 365d --jsonl --timeout 1s",
    },
    { does: "Wait for one error", line: `pls follow logs --where '.data.level == "error"' --one` },
  ],
  run: runFollow,
});

async function runFollow(invocation: FollowInvocation, session: Session): Promise<number> {
  const { flags, positionals } = invocation;
  const since = flags.since === undefined ? undefined : parseSince(flags.since, Date.now());
  // A bad filter is told of even when the pool is missing.
  if (flags.where.length > 0) await compileWhere(flags.where);
  const pool = await openPool(session, positionals.pool, {
    create: flags.create,
    missingHint: () =>
      `To create it as well, run this exact command: ${commandLineWithCreate(follow, invocation)}`,
  });
  if (since !== undefined && since.getTime() > Date.now()) return 0;
  const drops = flags["quiet-drops"] ? undefined : await dropNotices(session, pool);
  try {
    return await printMessages(pool, { flags, since, drops, session });
  } finally {
    drops?.close();
  }
}

async function dropNotices(session: Session, pool: MessagePool): Promise<DropNotices> {
  const { name, path } = await pool.info();
  return new DropNotices(session.stderr, { name, path });
}

interface Following {
  flags: FollowInvocation["flags"];
  since: Date | undefined;
  drops: DropNotices | undefined;
  session: Session;
}

async function printMessages(
  pool: MessagePool,
  { flags, since, drops, session }: Following,
): Promise<number> {
  const { timeout } = flags;
  const last = Math.min(flags.tail ?? 0, Number.MAX_SAFE_INTEGER);
  const idle = new AbortController();
  const tail = pool.tailBatches({
    // Only what is appended from now on, unless more was asked for.
    ...(since === undefined ? { last } : { since }),
    tags: flags.tag,
    where: flags.where,
    maxMessages: flags.one ? Math.max(1, last) : undefined,
    onGap: (gap) => drops?.add(gap),
    signal: idle.signal,
  });
  const print = printer(session.stdout, flags);
  using timer = timeout && new IdleTimer(timeout.ms, () => idle.abort());
  let untilLast = Math.max(1, last);
  for await (const batch of tail) {
    // Of the N matches that --tail N --one waits for, only the last is printed.
    untilLast -= batch.length;
    if (flags.one && untilLast > 0) continue;
    if (flags.one) print.message(batch.messages().at(-1)!);
    else print.batch(batch);
    timer?.restart();
  }
  if (!idle.signal.aborted) return 0;
  if (session.stderr.isTerminal) session.stderr.write(`no message for ${timeout!.text}\n`);
  return TIMED_OUT;
}

/** How messages are written. */
interface Printer {
  batch(batch: MessageBatch): void;
  message(message: Message): void;
}

function printer(screen: Screen, flags: FollowInvocation["flags"]): Printer {
  const dataOnly = flags["data-only"];
  const json = (message: Message) => dataOnly ? message.json : message.envelope;
  if (flags.jsonl || flags.format === "jsonl") {
    return {
      batch: (batch) => screen.writeBytes(batch.jsonLines({ dataOnly })),
      message: (message) => screen.write(json(message) + "\n"),
    };
  }
  const { color } = screen;
  const pretty = (message: Message) => prettyJson(json(message), { color }) + "\n";
  return {
    batch: (batch) => screen.write(batch.messages().map(pretty).join("")),
    message: (message) => screen.write(pretty(message)),
  };
}
