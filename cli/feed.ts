/**
 * `pls feed`: appends one message, or one for each record of a file or of standard
 * input, and prints a receipt for each as soon as it is appended.
 *
 * Whatever goes wrong, the messages with a receipt stay appended, and input that
 * precedes a bad record is appended before the failure is told.
 *
 * @module
 */

import {
  type Durability,
  IoError,
  JsonText,
  type Message,
  type MessageInput,
  type MessagePool,
  type PlasmiteError,
  UsageError,
} from "../pool/mod.ts";
import { CREATE_FLAGS, DURABILITY_FLAGS } from "./append_flags.ts";
import { defineCommand, type Flags, type Invocation, type Positionals } from "./command.ts";
import { amend } from "./failure.ts";
import { retrying, type RetryOptions } from "./input/retry.ts";
import { commandLineWithCreate, openPool } from "./open_pool.ts";
import { REMOTE_FLAGS } from "./remote_flags.ts";
import { printable, ReaderGone, type Screen } from "./screen.ts";
import type { Session } from "./session.ts";

const DEFAULT_RETRY_DELAY_MS = 50;
const MAX_RETRIES = 2 ** 32 - 1;

const flags = {
  tag: {
    kind: "text",
    placeholder: "TAG",
    repeat: true,
    help: "Label every message with TAG, for others to select by.",
  },
  file: {
    kind: "path",
    short: "f",
    placeholder: "PATH",
    conflicts: ["data"],
    help: "Read messages from a file; - is standard input.",
  },
  in: {
    kind: "choice",
    short: "i",
    choices: ["auto", "jsonl", "json", "seq", "jq"],
    placeholder: "FORMAT",
    byDefault: "auto",
    conflicts: ["data"],
    help: "How the input is divided into messages: by lines (jsonl), not at all (json), by " +
      "record separators (seq), wherever a value ends (jq), or as the first line tells (auto).",
  },
  errors: {
    kind: "choice",
    short: "e",
    choices: ["stop", "skip"],
    byDefault: "stop",
    conflicts: ["data"],
    help: "End with the first record that can't be appended, or tell of it on stderr, go on " +
      "and exit with code 1.",
  },
  ...CREATE_FLAGS,
  ...DURABILITY_FLAGS,
  retry: {
    kind: "integer",
    placeholder: "N",
    byDefault: "0",
    help: "Try N times more when another process holds the pool for too long.",
  },
  "retry-delay": {
    kind: "duration",
    placeholder: "DURATION",
    requires: "retry",
    byDefault: "50ms",
    help: "How long to wait before each of those tries.",
  },
  ...REMOTE_FLAGS,
} as const satisfies Flags;

const positionals = {
  pool: { kind: "pool", required: true, help: "Name, path or URL of the pool." },
  data: { kind: "text", help: "One JSON value to append." },
} as const satisfies Positionals;

type FeedInvocation = Invocation<typeof flags, typeof positionals>;

/** The `feed` command. */
export const feed = defineCommand({
  name: "feed",
  summary: "Append messages to a pool",
  details: [
    "Without DATA and --file, reads standard input: JSON Lines, pretty-printed JSON, JSON " +
    "text sequences or server-sent events, told by the first line. A message is at most " +
    "1 MiB, and is appended as soon as it is complete.",
    "Prints a receipt with seq and time for each message.",
  ],
  positionals,
  flags,
  examples: [
    { does: "Append one message, making the pool", line: `pls feed chat '{"msg":"hi"}' --create` },
    { does: "Label it", line: `pls feed chat '{"msg":"hi"}' --tag greeting --tag casual` },
    { does: "Append each line of a log", line: "cat events.jsonl | pls feed events --create" },
    {
      does: "Pass over lines that are no JSON",
      line: "pls feed events --file events.jsonl -e skip",
    },
    { does: "Survive a power cut", line: `pls feed jobs '{"id":1}' --durability flush` },
  ],
  run: runFeed,
});

async function runFeed(invocation: FeedInvocation, session: Session): Promise<number> {
  const { flags, positionals } = invocation;
  // All of this is checked before a pool is made for it.
  checkCombinations(invocation);
  const retry = retryOptions(flags);
  const value = positionals.data === undefined ? undefined : JsonText.parse(positionals.data);
  const pool = await openPool(session, positionals.pool, {
    create: flags.create,
    sizeBytes: flags["create-size"],
    missingHint: () => missingPoolHint(invocation, session),
    remote: { cmd: "feed", flags },
  });
  const { tag: tags, durability } = flags;
  const appender = new Appender(pool, session.stdout, { tags, durability, retry });
  if (value !== undefined) {
    await appender.append([value]);
    return 0;
  }
  const { feedInput } = await import("./input/feed_input.ts");
  return await feedInput(session, pool, {
    reference: positionals.pool,
    file: flags.file,
    mode: flags.in,
    skipErrors: flags.errors === "skip",
    append: (values) => appender.append(values),
  });
}

function checkCombinations({ flags }: FeedInvocation): void {
  if (flags.in === "jq" && flags.errors === "skip") {
    throw new UsageError("--in jq and --errors skip can't be given together", {
      hint: "Values that only their own syntax divides can't be told apart after an error. " +
        "Use --in jsonl, --in seq or --errors stop.",
    });
  }
}

function retryOptions(flags: FeedInvocation["flags"]): RetryOptions {
  const { retry: retries = 0, "retry-delay": delay } = flags;
  if (retries > MAX_RETRIES) {
    throw new UsageError(`--retry: more than ${MAX_RETRIES}`);
  }
  if (delay !== undefined && retries === 0) {
    throw new UsageError("--retry-delay needs --retry of 1 or more");
  }
  return { retries, delayMs: delay?.ms ?? DEFAULT_RETRY_DELAY_MS };
}

/** With standard input in a pipe there is no command line that could simply be run again. */
function missingPoolHint(invocation: FeedInvocation, session: Session): string {
  const { flags: { file }, positionals: { pool, data } } = invocation;
  if (data !== undefined || file !== undefined || session.stdin.isTerminal()) {
    const line = commandLineWithCreate(feed, invocation);
    return `To create it as well, run this exact command: ${line}`;
  }
  return `Add --create to make it, for example: ... | pls feed ${pool} --create`;
}

/** How to append. */
interface AppenderOptions {
  tags: readonly string[];
  durability?: Durability;
  retry: RetryOptions;
}

/** Appends and prints receipts. */
class Appender {
  readonly #pool: MessagePool;
  readonly #screen: Screen;
  readonly #options: AppenderOptions;
  readonly #receipt: (message: Message) => string;
  #receiptsAreRead = true;

  constructor(pool: MessagePool, screen: Screen, options: AppenderOptions) {
    this.#pool = pool;
    this.#screen = screen;
    this.#options = options;
    this.#receipt = screen.isTerminal ? receiptText(options.tags) : receiptLine(options.tags);
  }

  /** Appends all of `values` together, or none of them. */
  async append(values: readonly JsonText[]): Promise<void> {
    const { tags, durability, retry } = this.#options;
    const inputs: MessageInput[] = values.map((json) => ({ json, tags }));
    // Nothing of a batch that fails with `Busy` was appended.
    const messages = await retrying(() => this.#pool.appendMany(inputs, { durability }), retry);
    if (this.#receiptsAreRead) this.#print(messages);
  }

  #print(messages: readonly Message[]): void {
    let receipts = "";
    for (const message of messages) receipts += this.#receipt(message);
    try {
      this.#screen.write(receipts);
    } catch (error) {
      if (error instanceof IoError) throw withoutReceipts(error, messages);
      if (!(error instanceof ReaderGone)) throw error;
      // The messages are still to be fed.
      this.#receiptsAreRead = false;
    }
  }
}

/** The failure to print receipts for `messages`, which are in the pool all the same. */
function withoutReceipts(error: IoError, messages: readonly Message[]): PlasmiteError {
  const { seq } = messages[messages.length - 1];
  const fed = `Messages up to seq ${seq} are in the pool: do not feed them again.`;
  return amend(error, { seq, hint: `${fed} ${error.hint}` });
}

/**
 * How a program is told of a message that was appended.
 *
 * @param tags The tags of every message of the run.
 */
export function receiptLine(tags: readonly string[]): (message: Message) => string {
  const end = `","meta":{"tags":${JSON.stringify(tags)}}}\n`;
  return ({ seq, time }) => `{"seq":${seq},"time":"${time}${end}`;
}

/**
 * How a person is told of a message that was appended.
 *
 * @param tags The tags of every message of the run.
 */
export function receiptText(tags: readonly string[]): (message: Message) => string {
  const end = tags.length === 0 ? "\n" : `  tags: ${printable(tags.join(","))}\n`;
  return ({ seq, time }) => `fed seq=${seq} at ${time.replace(/\.\d+/, "")}${end}`;
}
