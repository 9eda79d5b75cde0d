/**
 * `pls feed`: appends one message, or one for each line of a file or of standard
 * input, and prints a receipt for each as soon as it is appended.
 *
 * Whatever goes wrong, the messages with a receipt stay appended, and input that
 * precedes a bad line is appended before the failure is told.
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
  UsageError,
} from "../pool/mod.ts";
import { defineCommand, type Flags, type Invocation, type Positionals } from "./command.ts";
import { jsonLineBatches } from "./json_lines.ts";
import { commandLineWithCreate, openPool } from "./open_pool.ts";
import { printable, type Screen } from "./screen.ts";
import type { ByteSource, Session } from "./session.ts";

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
    help: "Read JSON Lines from a file; - is standard input.",
  },
  create: { kind: "switch", help: "Create the pool if it is missing." },
  "create-size": {
    kind: "size",
    placeholder: "SIZE",
    requires: "create",
    byDefault: "1M",
    help: "Size of a created pool file, such as 64K or 8M.",
  },
  durability: {
    kind: "choice",
    choices: ["fast", "flush"],
    byDefault: "fast",
    help: "When a message counts as appended: as soon as others see it, or on storage.",
  },
} as const satisfies Flags;

const positionals = {
  pool: { kind: "pool", required: true, help: "Name or path of the pool." },
  data: { kind: "text", help: "One JSON value to append." },
} as const satisfies Positionals;

type FeedInvocation = Invocation<typeof flags, typeof positionals>;

/** The `feed` command. */
export const feed = defineCommand({
  name: "feed",
  summary: "Append messages to a pool",
  details: [
    "Without DATA and --file, reads JSON Lines from standard input: one JSON value per " +
    "line, at most 1 MiB each. Every line is appended as soon as it is complete.",
    "Prints a receipt with seq and time for each message.",
  ],
  positionals,
  flags,
  examples: [
    { does: "Append one message, making the pool", line: `pls feed chat '{"msg":"hi"}' --create` },
    { does: "Label it", line: `pls feed chat '{"msg":"hi"}' --tag greeting --tag casual` },
    { does: "Append each line of a log", line: "cat events.jsonl | pls feed events --create" },
    { does: "Survive a power cut", line: `pls feed jobs '{"id":1}' --durability flush` },
  ],
  run: runFeed,
});

async function runFeed(invocation: FeedInvocation, session: Session): Promise<number> {
  const { flags, positionals } = invocation;
  // Checked before a pool is made for it.
  const value = positionals.data === undefined ? undefined : JsonText.parse(positionals.data);
  const pool = await openPool(session, positionals.pool, {
    create: flags.create,
    sizeBytes: flags["create-size"],
    missingHint: () => missingPoolHint(invocation, session),
  });
  const appender = new Appender(pool, session.stdout, flags);
  if (value !== undefined) {
    await appender.append([value]);
    return 0;
  }
  using input = openInput(flags.file, session);
  let fed = 0;
  for (const { values, lines } of jsonLineBatches(input)) {
    await appender.appendLines(values, lines);
    fed += values.length;
  }
  if (fed === 0) throw missingData();
  return 0;
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

function missingData(): UsageError {
  return new UsageError("no data to append", {
    hint: "Give DATA, or --file PATH, or pipe JSON Lines to stdin. See `pls feed --help`.",
  });
}

/** Where lines come from. Its failures are `Io` errors, whatever the system calls them. */
function openInput(file: string | undefined, session: Session): ByteSource & Disposable {
  if (file === undefined && session.stdin.isTerminal()) throw missingData();
  const path = file === "-" ? undefined : file;
  const opened = path === undefined ? undefined : asIo(path, () => Deno.openSync(path));
  const source = opened ?? session.stdin;
  return {
    readSync: (bytes) => asIo(path, () => source.readSync(bytes)),
    [Symbol.dispose]: () => opened?.close(),
  };
}

function asIo<T>(path: string | undefined, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new IoError(`can't read ${path === undefined ? "standard input" : "the file"}`, {
      path,
      cause,
      hint: "Check that it exists, is not a directory and may be read.",
    });
  }
}

/** Appends and prints receipts. */
class Appender {
  readonly #pool: MessagePool;
  readonly #screen: Screen;
  readonly #tags: readonly string[];
  readonly #durability?: Durability;
  readonly #receipt: (message: Message) => string;

  constructor(
    pool: MessagePool,
    screen: Screen,
    options: { tag: readonly string[]; durability?: Durability },
  ) {
    this.#pool = pool;
    this.#screen = screen;
    this.#tags = options.tag;
    this.#durability = options.durability;
    this.#receipt = screen.isTerminal ? receiptText(options.tag) : receiptLine(options.tag);
  }

  /** Appends all of `values` together. */
  async append(values: readonly JsonText[]): Promise<void> {
    const tags = this.#tags;
    const inputs: MessageInput[] = values.map((json) => ({ json, tags }));
    const messages = await this.#pool.appendMany(inputs, { durability: this.#durability });
    let receipts = "";
    for (const message of messages) receipts += this.#receipt(message);
    this.#screen.write(receipts);
  }

  /** Does so with lines of input. One that does not fit the pool fails alone. */
  async appendLines(values: readonly JsonText[], lines: readonly number[]): Promise<void> {
    try {
      return await this.append(values);
    } catch (error) {
      // A `Usage` error means that nothing of the batch was appended.
      if (!(error instanceof UsageError)) throw error;
    }
    for (const [index, value] of values.entries()) {
      try {
        await this.append([value]);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        const { hint, path, cause } = error;
        throw new UsageError(`line ${lines[index]}: ${error.message}`, { hint, path, cause });
      }
    }
  }
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
