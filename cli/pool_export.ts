/**
 * `pls pool export`: everything a pool retains, as JSON Lines, once.
 *
 * @module
 */

import { type Gap, poolMaintenance } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { type Notice, writeNotice } from "./notices.ts";
import { createHint, orHint } from "./open_pool.ts";
import { percentOf, ProgressLine } from "./progress_line.ts";

const { exportMessages } = await poolMaintenance();

/** The `pool export` command. */
export const poolExport = defineCommand({
  name: "pool export",
  summary: "Print all messages of a pool as JSON Lines",
  details: [
    "Prints what the pool retains when it starts, one envelope a line, and ends. Messages that " +
    "are damaged, or overwritten before they could be read, are told of on standard error.",
  ],
  positionals: { name: { kind: "pool", required: true, help: "Name or path of the pool." } },
  flags: {},
  examples: [
    { does: "Keep a copy as text", line: "pls pool export chat > chat.jsonl" },
    {
      does: "Move it to a larger one",
      line: "pls pool export chat | pls pool import big --create --size 64M",
    },
  ],
  run: async ({ positionals: { name } }, { client, stdout, stderr }) => {
    const path = client.path(name);
    await orHint(name, () => createHint(name), () => {
      let missing: Missing | undefined;
      {
        using line = stdout.isTerminal
          ? undefined
          : new ProgressLine(stderr, percentOf(`exporting ${name}`));
        const lines = exportMessages(path, {
          onGap: (gap) => missing = withGap(missing, gap),
          onProgress: (done, total) => line?.update(done, total),
        });
        for (const bytes of lines) stdout.writeBytes(bytes);
      }
      if (missing !== undefined) writeNotice(stderr, missingNotice(missing, { name, path }));
    });
    return 0;
  },
});

/** Messages that could not be exported. */
export interface Missing {
  /** How many. */
  count: number;
  /** Number of the first one. */
  firstSeq: number;
  /** Number of the last one. */
  lastSeq: number;
}

function withGap(before: Missing | undefined, { fromSeq, toSeq, count }: Gap): Missing {
  return {
    count: (before?.count ?? 0) + count,
    firstSeq: before?.firstSeq ?? fromSeq,
    lastSeq: toSeq,
  };
}

/** The notice of what is missing in an export of `pool`. */
export function missingNotice(
  { count, firstSeq, lastSeq }: Missing,
  pool: { readonly name: string; readonly path: string },
): Notice {
  return {
    kind: "missing",
    cmd: "pool export",
    pool: pool.name,
    message: `${count} of the messages ${firstSeq} to ${lastSeq} are missing: they were damaged ` +
      "or overwritten. `pls doctor` says more",
    details: {
      missing_count: count,
      first_missing_seq: firstSeq,
      last_missing_seq: lastSeq,
      pool_path: pool.path,
    },
  };
}
