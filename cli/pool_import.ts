/**
 * `pls pool import`: takes exported messages into a pool.
 *
 * @module
 */

import { type ImportSummary, IoError, poolMaintenance, UsageError } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { importLines } from "./import_lines.ts";
import { createHint, openPool } from "./open_pool.ts";
import { REMOTE_FLAGS } from "./remote_flags.ts";
import { isNats, remoteTarget, shownReference } from "./remote_reference.ts";
import { printable } from "./screen.ts";
import type { ByteSource, StandardInput } from "./session.ts";
import { renderTable } from "./table.ts";

const { importMessages } = await poolMaintenance();

/** The `pool import` command. */
export const poolImport = defineCommand({
  name: "pool import",
  summary: "Append exported messages to a pool",
  details: [
    "Reads standard input: envelopes as `pls pool export` or `pls follow --jsonl` print them, " +
    "one a line. An empty pool takes over seq, time and tags; what a small one has no place " +
    "for, oldest first, is given up.",
    "With --append the messages get new seqs, and keep their times unless those are not later " +
    "than the newest message of the pool: then they follow it by a nanosecond each.",
    "On NATS they always get new seqs, and keep their times.",
    "A failure names the line. The messages before it are in the pool then.",
  ],
  positionals: {
    name: { kind: "pool", required: true, help: "Name or path of the pool, or its URL on NATS." },
  },
  flags: {
    create: { kind: "switch", help: "Create the pool if it is missing." },
    size: {
      kind: "size",
      placeholder: "SIZE",
      requires: "create",
      byDefault: "1M, or as `pls config` says",
      help: "Size of a created pool file, such as 64K or 8M.",
    },
    append: { kind: "switch", help: "Append to a pool that holds messages, with new seqs." },
    json: { kind: "switch", help: "Print JSON." },
    ...REMOTE_FLAGS,
  },
  examples: [
    { does: "Restore a pool", line: "pls pool import chat --create < chat.jsonl" },
    {
      does: "Move a pool to a larger one",
      line: "pls pool export chat | pls pool import big --create --size 64M",
    },
  ],
  run: async ({ flags, positionals: { name } }, session) => {
    const { client, stdin, stdout } = session;
    if (stdin.isTerminal()) {
      throw new UsageError("no messages to import", {
        hint: "Redirect a file to standard input: `pls pool import NAME < FILE`.",
      });
    }
    const { create, append } = flags;
    const target = remoteTarget(session, name);
    const shown = shownReference(name);
    if (target !== undefined && !isNats(target)) throw notServed();
    const pool = await openPool(session, name, {
      create,
      sizeBytes: flags.size,
      missingHint: () => missingHint(name),
      remote: { cmd: "pool import", flags },
    });
    const lines = importLines(asInput(stdin));
    let summary: ImportSummary;
    if (target === undefined) {
      // It was opened only to create it, or to say what to do.
      await pool.close();
      summary = importMessages(client.path(name), lines, { append });
    } else {
      const { importElsewhere } = await import("./import_elsewhere.ts");
      summary = await importElsewhere(pool, lines, { append });
    }
    if (flags.json) stdout.writeJson(JSON.stringify({ imported: summaryJson(shown, summary) }));
    else if (stdout.isTerminal) stdout.write(summaryForPeople(shown, summary));
    else stdout.write(summaryTable(shown, summary));
    return 0;
  },
});

function notServed(): UsageError {
  return new UsageError("pool import does not work over HTTP", {
    hint:
      "Import where the pool is, or pipe the messages to `pls feed`, which gives them new times.",
  });
}

function missingHint(name: string): string {
  return `Add --create to make it. ${createHint(name)}`;
}

/** Failures of reading are `Io` errors, whatever the system calls them. */
function asInput(stdin: StandardInput): ByteSource {
  return {
    readSync: (bytes) => {
      try {
        return stdin.readSync(bytes);
      } catch (cause) {
        throw new IoError("can't read standard input", { cause });
      }
    },
  };
}

function summaryJson(pool: string, summary: ImportSummary): object {
  const { count, firstSeq, lastSeq, renumbered, movedTimes } = summary;
  return {
    pool,
    count,
    first_seq: firstSeq ?? null,
    last_seq: lastSeq ?? null,
    renumbered,
    moved_times: movedTimes,
  };
}

/** The table that programs read. */
export function summaryTable(pool: string, { count, firstSeq, lastSeq }: ImportSummary): string {
  return renderTable(["NAME", "IMPORTED", "FIRST", "LAST"], [[pool, count, firstSeq, lastSeq]]);
}

/** A few sentences. */
export function summaryForPeople(pool: string, summary: ImportSummary): string {
  const { count, firstSeq, lastSeq, renumbered, movedTimes } = summary;
  if (count === 0) return "There were no messages to import.\n";
  let text = `Imported ${count} ${count === 1 ? "message" : "messages"} into ` +
    `${printable(pool)} as seq ${firstSeq} to ${lastSeq}.`;
  if (renumbered) text += " They have new numbers.";
  if (movedTimes > 0) text += ` ${movedTimes} of them have a later time than they had.`;
  return text + "\n";
}
