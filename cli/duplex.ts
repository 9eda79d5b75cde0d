/**
 * `pls duplex`: sends what is typed or piped in, and prints what others send, at the
 * same time.
 *
 * The side that ends first ends the command. When that is the input, what was in the
 * pool up to the last message sent is printed before.
 *
 * @module
 */

import { type Message, type MessagePool, parseSince, UsageError } from "../pool/mod.ts";
import { defineCommand, type Flags, type Invocation, type Positionals } from "./command.ts";
import { sendLines, sendRecords } from "./duplex/sender.ts";
import { IdleTimer } from "./idle_timer.ts";
import { messagePrinter } from "./message_printer.ts";
import { commandLineWithCreate, openPool } from "./open_pool.ts";
import { REMOTE_FLAGS } from "./remote_flags.ts";
import { remoteTarget } from "./remote_reference.ts";
import { receive } from "./receive.ts";
import { FORMAT_FLAGS, START_FLAGS, TIMEOUT_FLAGS } from "./receive_flags.ts";
import type { Session } from "./session.ts";

/**
 * How long to wait, once all is sent, for a message that is in the pool already. Only
 * damage keeps one from coming.
 */
const STALL_LIMIT_MS = 1000;

/** The same when it comes over a network that may be slow, or away for a moment. */
const REMOTE_STALL_LIMIT_MS = 15_000;

const flags = {
  me: {
    kind: "text",
    placeholder: "NAME",
    help: "Who you are: sent with what you type, and not shown what comes from NAME. Required " +
      "on a terminal.",
  },
  create: { kind: "switch", help: "Create the pool if it is missing." },
  ...START_FLAGS,
  ...TIMEOUT_FLAGS,
  ...FORMAT_FLAGS,
  "echo-self": { kind: "switch", help: "Show messages from NAME as well." },
  ...REMOTE_FLAGS,
} as const satisfies Flags;

const positionals = {
  pool: { kind: "pool", required: true, help: "Name, path or URL of the pool." },
} as const satisfies Positionals;

type DuplexInvocation = Invocation<typeof flags, typeof positionals>;
type DuplexFlags = DuplexInvocation["flags"];

/** The `duplex` command. */
export const duplex = defineCommand({
  name: "duplex",
  summary: "Send and receive at the same time",
  details: [
    'On a terminal, each line that is typed is sent as {"from": NAME, "msg": LINE}. Otherwise ' +
    "stdin is read as JSON, in any format that `pls feed` tells by the first line, and each " +
    "value is sent as it is.",
    "Prints what is appended from now on, unless --tail or --since ask for older messages, and " +
    "hides messages whose data has NAME as from. Ends when the input does, after printing what " +
    "was in the pool before the last message sent.",
  ],
  positionals,
  flags,
  examples: [
    { does: "Chat", line: "pls duplex chat --me ana --create" },
    { does: "See the last ten first", line: "pls duplex chat --me ana -n 10" },
    { does: "Let a program take part", line: "my-agent | pls duplex chat --me agent --jsonl" },
  ],
  run: runDuplex,
});

async function runDuplex(invocation: DuplexInvocation, session: Session): Promise<number> {
  const { flags, positionals } = invocation;
  const since = flags.since === undefined ? undefined : parseSince(flags.since, Date.now());
  const { me } = flags;
  const isTyped = session.stdin.isTerminal();
  if (isTyped && me === undefined) throw missingName(positionals.pool);
  const pool = await openPool(session, positionals.pool, {
    create: flags.create,
    missingHint: () =>
      `To create it as well, run this exact command: ${commandLineWithCreate(duplex, invocation)}`,
    remote: { cmd: "duplex", flags },
  });
  if (since !== undefined && since.getTime() > Date.now()) return 0;
  // Listens before anything is sent, so that no answer is missed.
  const isRemote = remoteTarget(session, positionals.pool) !== undefined;
  const stallLimitMs = isRemote ? REMOTE_STALL_LIMIT_MS : STALL_LIMIT_MS;
  const receiver = new Receiver(pool, session, { ...flags, stallLimitMs });
  const input = Deno.stdin.readable;
  const sent = isTyped ? sendLines(pool, input, me!) : sendRecords(pool, input);
  return await Promise.race([receiver.exitCode, sent.then((seq) => receiver.finish(seq))]);
}

function missingName(reference: string): UsageError {
  return new UsageError("duplex on a terminal needs --me NAME", {
    hint: `Say who you are, for example: pls duplex ${reference} --me ana`,
  });
}

/** The receiving side. */
class Receiver {
  /** The exit code when this side is the first to end. */
  readonly exitCode: Promise<number>;
  readonly #end = new AbortController();
  readonly #stallLimitMs: number;
  #seenSeq = 0;
  #finalSeq = Infinity;
  #stallTimer?: IdleTimer;

  /** Prints what comes out of `pool` from now on, and of what is retained as `flags` say. */
  constructor(
    pool: MessagePool,
    session: Session,
    flags: DuplexFlags & { readonly stallLimitMs: number },
  ) {
    this.#stallLimitMs = flags.stallLimitMs;
    const { since, tail = 0, timeout } = flags;
    const printer = messagePrinter(session.stdout, flags);
    const isShown = visibility(flags);
    this.exitCode = receive(pool, session, {
      tail: since === undefined ? { last: Math.min(tail, Number.MAX_SAFE_INTEGER) } : { since },
      quietDrops: false,
      timeout,
      signal: this.#end.signal,
      print: (batch) => {
        const messages = batch.messages();
        const shown = messages.filter(isShown);
        if (shown.length > 0) printer.messages(shown);
        this.#saw(messages.at(-1)!.seq);
        return shown.length > 0;
      },
    });
  }

  /**
   * Ends when message `seq`, the last one sent, has come by: all before it was printed.
   *
   * @returns the exit code.
   */
  async finish(seq: number): Promise<number> {
    this.#finalSeq = seq;
    using timer = new IdleTimer(this.#stallLimitMs, () => this.#end.abort());
    this.#stallTimer = timer;
    this.#saw(this.#seenSeq);
    await this.exitCode;
    return 0;
  }

  #saw(seq: number): void {
    this.#seenSeq = seq;
    this.#stallTimer?.restart();
    if (seq >= this.#finalSeq) this.#end.abort();
  }
}

/** What of the messages is shown: with a name, nothing that comes from it. */
function visibility({ me, "echo-self": echoSelf }: DuplexFlags): (message: Message) => boolean {
  if (me === undefined || echoSelf) return () => true;
  return ({ data }) =>
    !(typeof data === "object" && data !== null && "from" in data && data.from === me);
}
