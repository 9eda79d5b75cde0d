/**
 * `pls follow`: prints messages as they are appended, after as much of what is
 * retained as was asked for.
 *
 * Messages go to standard output in order of seq, each once; that some were missed
 * goes to standard error and changes neither the output nor the exit code.
 *
 * @module
 */

import { compileWhere, type MessagePool, parseSince, UsageError } from "../pool/mod.ts";
import { defineCommand, type Flags, type Invocation, type Positionals } from "./command.ts";
import { messagePrinter } from "./message_printer.ts";
import { commandLineWithCreate, openPool } from "./open_pool.ts";
import { REMOTE_FLAGS } from "./remote_flags.ts";
import { receive } from "./receive.ts";
import { FORMAT_FLAGS, START_FLAGS, TIMEOUT_FLAGS } from "./receive_flags.ts";
import { parseSpeed, replay, retainedMessages } from "./replay.ts";
import type { Session } from "./session.ts";

const flags = {
  ...START_FLAGS,
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
  ...TIMEOUT_FLAGS,
  ...FORMAT_FLAGS,
  "data-only": { kind: "switch", help: "Print data alone instead of the whole envelope." },
  create: { kind: "switch", help: "Create the pool if it is missing." },
  "quiet-drops": {
    kind: "switch",
    help: "Do not tell on stderr of messages that were gone before they could be read.",
  },
  "no-notify": {
    kind: "switch",
    help: "Accepted for scripts that give it. There is nothing to turn off: a wake-up from the " +
      "file system is only a hint, and the pool is looked at now and then in any case.",
  },
  replay: {
    kind: "text",
    placeholder: "SPEED",
    help: "Print the retained messages that --tail or --since select at the distances in time " +
      "they were appended at, SPEED times as fast (2, 0.5; 0 without delays), and exit.",
  },
  ...REMOTE_FLAGS,
} as const satisfies Flags;

const positionals = {
  pool: {
    kind: "pool",
    required: true,
    missingHint: "Name a pool ref, for example `pls follow chat -n 1`.",
    help: "Name, path or URL of the pool.",
  },
} as const satisfies Positionals;

type FollowInvocation = Invocation<typeof flags, typeof positionals>;
type FollowFlags = FollowInvocation["flags"];

/** The `follow` command. */
export const follow = defineCommand({
  name: "follow",
  summary: "Print messages as they are appended",
  details: [
    "Starts with messages appended from now on, unless --tail or --since ask for older ones. " +
    "Runs until it is interrupted, unless --one, --timeout or --replay end it.",
    "POOL may be the URL of a pool of a server (https://build.example:9700/jobs), or NAME:POOL " +
    "with the name of a remote that `pls config` shows. When the connection is lost, it is " +
    "made again and nothing is missed.",
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
    {
      does: "See it happen again, ten times as fast",
      line: "pls follow chat --since 1h --replay 10",
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
  const speed = flags.replay === undefined ? undefined : replaySpeed(flags.replay, flags);
  const pool = await openPool(session, positionals.pool, {
    create: flags.create,
    missingHint: () =>
      `To create it as well, run this exact command: ${commandLineWithCreate(follow, invocation)}`,
    remote: { cmd: "follow", flags },
  });
  if (since !== undefined && since.getTime() > Date.now()) return 0;
  return speed === undefined
    ? await printAsTheyCome(pool, session, flags)
    : await printAgain(pool, session, flags, speed);
}

function replaySpeed(text: string, { tail = 0, since }: FollowFlags): number {
  const speed = parseSpeed(text);
  if (tail > 0 || since !== undefined) return speed;
  throw new UsageError("--replay needs --tail or --since", {
    hint: "Say which messages to replay: the newest ten with --tail 10, the last hour with " +
      "--since 1h. See `pls follow --help`.",
  });
}

/** The largest count that is exact; more than any pool retains. */
function newest({ tail = 0 }: FollowFlags): number {
  return Math.min(tail, Number.MAX_SAFE_INTEGER);
}

function printAsTheyCome(
  pool: MessagePool,
  session: Session,
  flags: FollowFlags,
): Promise<number> {
  const { since, timeout, one } = flags;
  const last = newest(flags);
  const printer = messagePrinter(session.stdout, { ...flags, dataOnly: flags["data-only"] });
  let untilLast = Math.max(1, last);
  return receive(pool, session, {
    tail: {
      // Only what is appended from now on, unless more was asked for.
      ...(since === undefined ? { last } : { since }),
      tags: flags.tag,
      where: flags.where,
      maxMessages: one ? untilLast : undefined,
    },
    quietDrops: flags["quiet-drops"],
    timeout,
    print: (batch) => {
      // Of the N matches that --tail N --one waits for, only the last is printed.
      untilLast -= batch.length;
      if (one && untilLast > 0) return false;
      if (one) printer.messages(batch.messages().slice(-1));
      else printer.batch(batch);
      return true;
    },
  });
}

async function printAgain(
  pool: MessagePool,
  session: Session,
  flags: FollowFlags,
  speed: number,
): Promise<number> {
  const { since, one, tag: tags, where } = flags;
  const selection = { last: since === undefined ? newest(flags) : undefined, since, tags, where };
  const messages = await retainedMessages(pool, selection);
  const printer = messagePrinter(session.stdout, { ...flags, dataOnly: flags["data-only"] });
  await replay(one ? messages.slice(0, 1) : messages, speed, (due) => printer.messages(due));
  return 0;
}
