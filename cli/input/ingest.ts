/**
 * Appending the records of an input, and what becomes of those that can't be.
 *
 * Every record is appended, told of in a notice, or named by the failure that ends the
 * run; there is no fourth way.
 *
 * @module
 */

import { type JsonText, type PlasmiteError, UsageError } from "../../pool/mod.ts";
import {
  placeText,
  type RecordBatch,
  type RecordPlace,
  type Rejection,
  rejectionError,
  snippetOf,
} from "./record_batch.ts";

/** A record that was passed over. */
export interface SkippedRecord extends RecordPlace {
  /** `Parse` and `Oversize` are the input's; a kind of error is the pool's. */
  readonly errorKind: Rejection["kind"] | PlasmiteError["kind"];
  /** What is wrong with it. */
  readonly reason: string;
  /** Its beginning. */
  readonly snippet: string;
  /** The format of the input. */
  readonly format: RecordBatch["format"];
}

/** What to do with records. */
export interface IngestOptions {
  /** Appends all of the values, or, when it fails with `Usage`, none. */
  append: (values: readonly JsonText[]) => Promise<void>;
  /** Told of a record that was passed over; without it, such a record ends the run. */
  onSkip?: (skipped: SkippedRecord) => Promise<void>;
  /** Told after each batch how many records were appended so far. */
  onProgress?: (appended: number) => void;
}

/** How many records there were. */
export interface IngestCounts {
  /** Appended. */
  appended: number;
  /** Passed over. */
  skipped: number;
}

/**
 * Appends the records of `batches` in order.
 *
 * @throws {UsageError} for a record that can't be appended, unless it is passed over.
 * What concerns the pool and not the record ends the run with its own kind either way.
 */
export async function ingest(
  batches: Iterable<RecordBatch>,
  options: IngestOptions,
): Promise<IngestCounts> {
  const ingester = new Ingester(options);
  for (const batch of batches) {
    if (batch.values.length > 0) await ingester.append(batch);
    if (batch.rejected !== undefined) await ingester.reject(batch.rejected);
    options.onProgress?.(ingester.counts.appended);
  }
  return ingester.counts;
}

class Ingester {
  readonly counts: IngestCounts = { appended: 0, skipped: 0 };
  readonly #options: IngestOptions;

  constructor(options: IngestOptions) {
    this.#options = options;
  }

  /** Appends the values of a batch together. One that does not fit the pool fails alone. */
  async append(batch: RecordBatch): Promise<void> {
    const { values } = batch;
    try {
      await this.#options.append(values);
      this.counts.appended += values.length;
      return;
    } catch (error) {
      // A `Usage` error means that nothing of the batch was appended.
      if (!(error instanceof UsageError)) throw error;
    }
    for (const [index, value] of values.entries()) await this.#appendAlone(value, index, batch);
  }

  async reject(rejected: Rejection): Promise<void> {
    const { onSkip } = this.#options;
    if (onSkip === undefined) throw rejectionError(rejected);
    this.counts.skipped++;
    const { kind: errorKind, index, line, reason, snippet, format } = rejected;
    await onSkip({ errorKind, index, line, reason, snippet, format });
  }

  async #appendAlone(value: JsonText, offset: number, batch: RecordBatch): Promise<void> {
    const place = { index: batch.firstIndex + offset, line: batch.lines[offset] };
    try {
      await this.#options.append([value]);
      this.counts.appended++;
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      const { onSkip } = this.#options;
      if (onSkip === undefined) throw atPlace(error, place);
      this.counts.skipped++;
      await onSkip({
        ...place,
        errorKind: error.kind,
        reason: error.message,
        snippet: snippetOf(value.text),
        format: batch.format,
      });
    }
  }
}

function atPlace(error: UsageError, place: RecordPlace): UsageError {
  const { hint, path, cause } = error;
  return new UsageError(`${placeText(place)}: ${error.message}`, { hint, path, cause });
}
