/**
 * `pls tap`: runs a command and records what it writes, line by line, between a
 * message that it started and one that says how it ended.
 *
 * The command behaves as if it ran alone: its output goes where it would have gone,
 * it gets the signals, and its exit code becomes that of `pls`.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";
import { CREATE_FLAGS, DURABILITY_FLAGS } from "./append_flags.ts";
import { defineCommand, type Flags, type Invocation, type Positionals } from "./command.ts";
import { openPool } from "./open_pool.ts";
import { printable } from "./screen.ts";
import { REMOTE_FLAGS } from "./remote_flags.ts";
import { isNats, remoteTarget, shownReference } from "./remote_reference.ts";
import type { Session } from "./session.ts";
import { type End, TappedChild } from "./tap/child.ts";
import { LineSplitter } from "./line_splitter.ts";
import { Passthrough } from "./tap/passthrough.ts";
import { maxLineBytes, Recorder, type StreamName } from "./tap/recorder.ts";

const flags = {
  ...CREATE_FLAGS,
  tag: {
    kind: "text",
    placeholder: "TAG",
    repeat: true,
    help: "Label every line with TAG, for others to select by.",
  },
  quiet: {
    kind: "switch",
    short: "q",
    help: "Do not print what the command writes; only record it.",
  },
  ...DURABILITY_FLAGS,
  ...REMOTE_FLAGS,
} as const satisfies Flags;

const positionals = {
  pool: { kind: "pool", required: true, help: "Name or path of the pool, or its URL on NATS." },
  command: {
    kind: "text",
    required: true,
    repeat: true,
    behindDashes: true,
    missingHint: "Put the command behind two dashes, for example `pls tap build -- make all`.",
    help: "The program to run, and its arguments.",
  },
} as const satisfies Positionals;

type TapInvocation = Invocation<typeof flags, typeof positionals>;

/** The `tap` command. */
export const tap = defineCommand({
  name: "tap",
  summary: "Run a command and record its output",
  details: [
    "Appends a message when the command has started, one for each line it writes to " +
    "stdout or stderr, and one with its exit code or signal when it has ended. Options go " +
    "before the two dashes. The command gets stdin, SIGINT, SIGTERM and SIGHUP (on Windows " +
    "Ctrl+C reaches it through the console), and its exit code is that of pls.",
    "Bytes that are not UTF-8 are recorded as U+FFFD. A line longer than 1 MiB, or than an " +
    "eighth of the pool or of what a NATS server takes as a message, is recorded in parts, all but the last of them marked with " +
    '"partial": true.',
  ],
  positionals,
  flags,
  examples: [
    { does: "Record a build, making the pool", line: "pls tap build --create -- make all" },
    { does: "Keep the terminal clean", line: "pls tap build --quiet --tag nightly -- make test" },
    {
      does: "Run a line of shell",
      line: "pls tap jobs --create -- sh -c 'date && uptime'",
    },
  ],
  run: runTap,
});

async function runTap(invocation: TapInvocation, session: Session): Promise<number> {
  const { flags, positionals: { pool: reference, command } } = invocation;
  const target = remoteTarget(session, reference);
  if (target !== undefined && !isNats(target)) throw notLocal(reference);
  const pool = await openPool(session, reference, {
    create: flags.create,
    sizeBytes: flags["create-size"],
    remote: { cmd: "tap", flags },
    missingHint: () => `Add --create to make it, for example: pls tap ${reference} --create -- ...`,
  });
  const { ringSizeBytes } = await pool.info();
  const recorder = new Recorder(pool, { tags: flags.tag, durability: flags.durability });
  const status = new Passthrough(session.stderr.isTerminal ? session.stderr : undefined);
  const name = printable(shownReference(reference));
  using child = new TappedChild(command);
  tell(status, `tapping ${name} <- ${printable(command.join(" "))}`);
  const end = await record(child, {
    command,
    recorder,
    maxLineBytes: maxLineBytes(Math.min(ringSizeBytes, pool.maxMessageBytes ?? Infinity)),
    session,
    quiet: flags.quiet,
  });
  const seconds = (end.elapsedMs / 1000).toFixed(1);
  const how = end.signal === undefined ? `exit ${end.exitCode}` : `signal ${end.signal}`;
  tell(status, `tapped ${recorder.lineCount} lines (${seconds}s) -> ${name} ${how}`);
  return end.exitCode;
}

function notLocal(reference: string): UsageError {
  return new UsageError(`tap is local only: ${reference} is not a local pool`, {
    hint: "Tap into a pool by name or path, or on NATS. To send output elsewhere, pipe it to " +
      "`pls feed`.",
  });
}

function tell(status: Passthrough, line: string): void {
  status.write(new TextEncoder().encode(`${line}\n`));
}

/** What is recorded, and where it goes. */
interface Recording {
  command: readonly string[];
  recorder: Recorder;
  maxLineBytes: number;
  session: Session;
  quiet: boolean;
}

/** Records a command from its start to its end. */
async function record(child: TappedChild, recording: Recording): Promise<End> {
  const { recorder } = recording;
  try {
    await recorder.start(recording.command);
    const captured = Promise.all([
      capture(child, "stdout", recording),
      capture(child, "stderr", recording),
    ]);
    await Promise.race([captured, child.abandoned]);
  } catch (error) {
    // Nobody would learn what it does from now on.
    child.kill();
    // The first failure is the one to tell; where this one succeeds, readers know of the end.
    await recorder.exit(await child.end).catch(() => {});
    throw error;
  }
  const end = await child.end;
  await recorder.exit(end);
  return end;
}

/** Records one stream to its end: each read is passed on first, then appended at once. */
async function capture(
  child: TappedChild,
  stream: StreamName,
  { recorder, maxLineBytes, session, quiet }: Recording,
): Promise<void> {
  const passthrough = new Passthrough(quiet ? undefined : session[stream]);
  const splitter = new LineSplitter(maxLineBytes);
  for await (const bytes of child.output(stream)) {
    passthrough.write(bytes);
    await recorder.lines(stream, splitter.push(bytes));
  }
  await recorder.lines(stream, splitter.end());
}
