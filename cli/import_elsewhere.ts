/**
 * Taking exported messages into a pool that is no file here, over its interface.
 *
 * @module
 */

import { parseEnvelope } from "../pool/internal_mod.ts";
import {
  type ImportLine,
  type ImportSummary,
  Message,
  type MessageInput,
  type MessagePool,
  type PlasmiteError,
  UsageError,
} from "../pool/mod.ts";

/** Messages appended together at most, and characters of their payloads after which they are. */
const BATCH_LENGTH = 256;
const BATCH_TEXT_LENGTH = 1024 * 1024;

/**
 * Appends exported messages to `pool`, in order, with the tags and times they have and new
 * numbers. When it fails, the messages before the line it names are in the pool.
 *
 * @throws {UsageError} when a line is no envelope, and when the pool holds messages and `append`
 * is not set.
 */
export async function importElsewhere(
  pool: MessagePool,
  lines: Iterable<ImportLine>,
  { append }: { append: boolean },
): Promise<ImportSummary> {
  if (!append && (await pool.info()).bounds !== undefined) {
    throw new UsageError("the pool holds messages", {
      path: pool.name,
      hint: "Import into an empty pool, or use --append to give the messages new numbers.",
    });
  }
  const importer = new Importer(pool);
  try {
    for (const { number, text } of lines) {
      if (text.trim() !== "") await importer.take(number, text);
    }
  } finally {
    // Also when reading fails: the lines before that were taken in.
    await importer.flush();
  }
  return importer.summary;
}

/** A message, its number, and that of its line. */
type ImportRecord = MessageInput & { readonly seq: number; readonly number: number };

/** Appends in batches. */
class Importer {
  readonly summary: ImportSummary = { count: 0, renumbered: false, movedTimes: 0 };
  readonly #pool: MessagePool;
  /** Ids of what one run imports differ from those of all others. */
  readonly #run = crypto.randomUUID();
  #batch: ImportRecord[] = [];
  #textLength = 0;

  constructor(pool: MessagePool) {
    this.#pool = pool;
  }

  async take(number: number, text: string): Promise<void> {
    try {
      this.#batch.push(this.#input(number, text));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      await this.flush();
      throw this.#atLine(number, error);
    }
    this.#textLength += text.length;
    if (this.#batch.length >= BATCH_LENGTH || this.#textLength >= BATCH_TEXT_LENGTH) {
      await this.flush();
    }
  }

  async flush(): Promise<void> {
    const batch = this.#batch;
    this.#batch = [];
    this.#textLength = 0;
    if (batch.length === 0) return;
    try {
      return this.#count(batch, await this.#pool.appendMany(batch));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
    // One of them is refused, and none was stored.
    for (const record of batch) {
      try {
        this.#count([record], await this.#pool.appendMany([record]));
      } catch (error) {
        throw error instanceof UsageError ? this.#atLine(record.number, error) : error;
      }
    }
  }

  #count(batch: readonly ImportRecord[], appended: readonly Message[]): void {
    const { summary } = this;
    summary.count += appended.length;
    summary.firstSeq ??= appended[0].seq;
    summary.lastSeq = appended[appended.length - 1].seq;
    appended.forEach(({ seq, time }, index) => {
      const given = batch[index];
      summary.renumbered ||= seq !== given.seq;
      if (time !== given.origin!.time) summary.movedTimes++;
    });
  }

  #input(number: number, text: string): ImportRecord {
    const { seq, tags, json, time: { seconds, nanos } } = parseEnvelope(text);
    const { time } = new Message(seq, seconds, nanos, tags, json.text);
    return { number, seq, json, tags, origin: { time, id: `${this.#run}.${number}` } };
  }

  #atLine(number: number, error: PlasmiteError): UsageError {
    const { count } = this.summary;
    const before = count === 0
      ? "Nothing was imported."
      : `The ${count} messages before it were imported.`;
    return new UsageError(`line ${number}: ${error.message}`, {
      cause: error.cause,
      path: error.path,
      hint: `${error.hint ?? "Correct the line."} ${before}`,
    });
  }
}
