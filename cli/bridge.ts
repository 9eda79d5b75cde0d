/**
 * `pls bridge`: copies messages from one pool to another, wherever both are, and goes on the next
 * time where it left off.
 *
 * @module
 */

import { BusyError, compileWhere } from "../pool/mod.ts";
import { CREATE_FLAGS } from "./append_flags.ts";
import { Checkpoints } from "./bridge/checkpoints.ts";
import { Copier } from "./bridge/copier.ts";
import { Destination, ReplacedError } from "./bridge/destination.ts";
import { type BridgeEnd, openEnds } from "./bridge/ends.ts";
import { type CopyMark, originPool, selectionText } from "./bridge/origin_tag.ts";
import { Patience } from "./bridge/patience.ts";
import { recordDirectory, RecordFile } from "./bridge/record.ts";
import { findStart } from "./bridge/start.ts";
import { StatusLine } from "./bridge/status_line.ts";
import { StopSignal } from "./stop_signal.ts";
import { type BridgeSummary, progressText, summaryJson, summaryText } from "./bridge/summary.ts";
import { defineCommand, type Flags, type Invocation, type Positionals } from "./command.ts";
import { DropNotices } from "./drop_notices.ts";
import { REMOTE_FLAGS } from "./remote_flags.ts";
import type { Screen } from "./screen.ts";
import type { Session } from "./session.ts";

const flags = {
  once: {
    kind: "switch",
    help: "Exit when all that FROM held at the start is copied.",
  },
  ...CREATE_FLAGS,
  create: { kind: "switch", help: "Create TO if it is missing; not on a `pls serve`." },
  "create-size": {
    ...CREATE_FLAGS["create-size"],
    byDefault: "enough for what FROM can hold",
    help: "Size of a created pool, such as 64K or 8M.",
  },
  tag: {
    kind: "text",
    placeholder: "TAG",
    repeat: true,
    help: "Copy only messages with this tag; given again, with all of them.",
  },
  where: {
    kind: "text",
    placeholder: "EXPR",
    repeat: true,
    help: "Copy only messages for which this jq expression on the envelope is true; given " +
      "again, all.",
  },
  "from-now": {
    kind: "switch",
    conflicts: ["from-seq", "once"],
    help: "The first time, begin with what comes from now on, and not with the oldest retained " +
      "message.",
  },
  "from-seq": {
    kind: "integer",
    placeholder: "SEQ",
    help: "The first time, begin with this message.",
  },
  json: { kind: "switch", help: "Print JSON at the end, also on a terminal." },
  ...REMOTE_FLAGS,
} as const satisfies Flags;

const positionals = {
  from: { kind: "pool", required: true, help: "Name, path or URL of the pool to copy from." },
  to: {
    kind: "pool",
    required: true,
    missingHint: "Name two pools, for example `pls bridge work nats://n1.example/work`.",
    help: "Name, path or URL of the pool to copy to.",
  },
} as const satisfies Positionals;

type BridgeInvocation = Invocation<typeof flags, typeof positionals>;

/** The `bridge` command. */
export const bridge = defineCommand({
  name: "bridge",
  summary: "Copy messages from one pool to another, and keep copying",
  details: [
    "Either pool may be a file, on a `pls serve` or on NATS. Copies keep their payload, tags and, " +
    "except over HTTP, time, and get one more tag: origin:POOL#SEQ, by which a bridge knows how " +
    "far it has come. Messages that come from TO are not copied back, so that two bridges can " +
    "mirror two pools.",
    "Runs until it is interrupted, or with --once until all is copied; then prints a summary. " +
    "While a pool is away it waits. It goes on where it left off, whatever ended it: each " +
    "message is copied once. How far it came is in ~/.plasmite/bridges, too.",
    "To move a pool to NATS: `pls bridge work nats://n1.example/work --once --create`. To have " +
    "those of a server here as well: `pls bridge https://build.example:9700/jobs jobs --create`.",
    "When both pools are on servers, --nats-creds and --nats-nkey are for the one on NATS and " +
    "--token for the one over HTTP; a server that `pls config` shows is reached as it says.",
  ],
  positionals,
  flags,
  examples: [
    {
      does: "Copy all there is to a larger pool, and end",
      line: "pls bridge jobs archive --once --create --create-size 64M",
    },
    {
      does: "Keep errors apart; call it again for later ones",
      line: `pls bridge logs errors --where '.data.level == "error"' --once --create`,
    },
  ],
  run: runBridge,
});

async function runBridge(invocation: BridgeInvocation, outer: Session): Promise<number> {
  const { flags } = invocation;
  // A bad filter is told of before a pool is made.
  if (flags.where.length > 0) await compileWhere(flags.where);
  let progress = () => "";
  using line = new StatusLine(outer, () => progress());
  const { stderr } = line.session;
  const { from, to } = await openEnds(line.session, { ...invocation.positionals, flags });
  const mark = {
    pool: originPool(from.info.id),
    selection: await selectionText(flags.tag, flags.where),
  };
  using record = lockedRecord(from, to, mark);
  const destination = new Destination(to, mark, stderr);
  const start = await findStart({
    ...{ source: from, destination, record, stderr },
    first: { now: flags["from-now"], seq: flags["from-seq"] },
  });
  using stop = new StopSignal();
  const newestSeq = from.info.nextSeq - 1;
  const drops = new DropNotices(stderr, { name: from.shown, path: from.info.path }, "bridge");
  const copier = new Copier({
    ...{ source: from, destination, mark, afterSeq: start.afterSeq },
    ...{ tags: flags.tag, where: flags.where, signal: stop.given },
    destinationPool: originPool(to.info.id),
    untilSeq: flags.once ? newestSeq : undefined,
    patience: new Patience(stderr, stop.given),
    onGap: (gap) => drops.add(gap),
    onProgress: () => line.update(),
  });
  progress = () => progressText(from.shown, copier.counts, copier.record.seq, newestSeq);
  try {
    using _checkpoints = new Checkpoints(record, () => copier.checkpoint(), stderr);
    await copier.run();
  } catch (error) {
    const isFromOldest = !flags["from-now"] && flags["from-seq"] === undefined;
    if (error instanceof ReplacedError && isFromOldest) beginAnew(from, to, mark, error);
    throw error;
  } finally {
    drops.close();
  }
  const summary: BridgeSummary = {
    ...{ from: from.shown, to: to.shown, counts: copier.counts },
    resumedAt: start.resumedAt,
    nextSeq: copier.record.seq + 1,
    dropped: copier.isDone ? await destination.givenUp(copier.counts) : undefined,
  };
  line.hide();
  printSummary(outer.stdout, summary, flags);
  return flags.once && !copier.isDone ? stop.exitCode ?? 1 : 0;
}

function recordFile(from: BridgeEnd, to: BridgeEnd, mark: CopyMark, toId: string): RecordFile {
  const ids = [mark.pool, originPool(toId)];
  if (mark.selection !== undefined) ids.push(mark.selection);
  return new RecordFile(recordDirectory(), { ids, from: from.shown, to: to.shown });
}

/** Has the bridge to a pool in the place of `to` begin with the oldest message. */
function beginAnew(from: BridgeEnd, to: BridgeEnd, mark: CopyMark, { id }: ReplacedError): void {
  const { bounds, nextSeq } = from.info;
  using record = recordFile(from, to, mark, id);
  // Copies that went there before it was noticed don't say that those before them are there.
  record.write({ seq: (bounds?.oldest ?? nextSeq) - 1 });
}

/** The record of the bridge, which another one on this machine may be writing. */
function lockedRecord(from: BridgeEnd, to: BridgeEnd, mark: CopyMark): RecordFile {
  const record = recordFile(from, to, mark, to.info.id);
  // JetStream stores what comes from two bridges once.
  if (record.tryLock() || to.engine === "nats") return record;
  record[Symbol.dispose]();
  throw new BusyError("another `pls bridge` copies the same to it", {
    path: to.shown,
    hint: "One is enough. End the other one first, should this one be to take over.",
  });
}

function printSummary(screen: Screen, summary: BridgeSummary, { json }: { json: boolean }): void {
  if (screen.isTerminal && !json) screen.write(summaryText(summary));
  else screen.writeJson(JSON.stringify({ bridged: summaryJson(summary) }));
}
