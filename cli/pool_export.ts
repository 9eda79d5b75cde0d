/**
 * `pls pool export`: everything a pool retains, as JSON Lines, once.
 *
 * @module
 */

import { type Gap, type MessagePool, poolMaintenance } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { type Notice, writeNotice } from "./notices.ts";
import { createHint, orHint, orRemoteHint } from "./open_pool.ts";
import { percentOf, ProgressLine } from "./progress_line.ts";
import { findPlace } from "./remote_client.ts";
import { REMOTE_FLAGS } from "./remote_flags.ts";
import { shownReference } from "./remote_reference.ts";

const { exportMessages } = await poolMaintenance();

/** The `pool export` command. */
export const poolExport = defineCommand({
  name: "pool export",
  summary: "Print all messages of a pool as JSON Lines",
  details: [
    "Prints what the pool retains when it starts, one envelope a line, and ends. Messages that " +
    "are damaged, or overwritten before they could be read, are told of on standard error.",
  ],
  positionals: { name: { kind: "pool", required: true, help: "Name, path or URL of the pool." } },
  flags: { ...REMOTE_FLAGS },
  examples: [
    { does: "Keep a copy as text", line: "pls pool export chat > chat.jsonl" },
    {
      does: "Move it to a larger one",
      line: "pls pool export chat | pls pool import big --create --size 64M",
    },
  ],
  run: async ({ flags, positionals: { name } }, session) => {
    const { stdout, stderr } = session;
    const place = await findPlace(session, { cmd: "pool export", flags, reference: name });
    let missing: Missing | undefined;
    const onGap = (gap: Gap) => missing = withGap(missing, gap);
    using line = stdout.isTerminal
      ? undefined
      : new ProgressLine(stderr, percentOf(`exporting ${shownReference(name)}`));
    const onProgress = (done: number, total: number) => line?.update(done, total);
    const path = place.engine === "file" ? session.client.path(name) : shownReference(name);
    if (place.engine === "file") {
      await orHint(name, () => createHint(name), () => {
        for (const bytes of exportMessages(path, { onGap, onProgress })) stdout.writeBytes(bytes);
      });
    } else {
      await orRemoteHint(name, async () => {
        const pool = await place.client.openPool(place.reference);
        for await (const bytes of exportElsewhere(pool, { onGap, onProgress })) {
          stdout.writeBytes(bytes);
        }
      });
    }
    line?.[Symbol.dispose]();
    if (missing !== undefined) {
      writeNotice(stderr, missingNotice(missing, { name: shownReference(name), path }));
    }
    return 0;
  },
});

/** The messages that a pool of a server retains when it is called, as JSON Lines. */
async function* exportElsewhere(
  pool: MessagePool,
  { onGap, onProgress }: {
    onGap: (gap: Gap) => void;
    onProgress: (done: number, total: number) => void;
  },
): AsyncGenerator<Uint8Array> {
  const { bounds } = await pool.info();
  if (bounds === undefined) return;
  const total = bounds.newest - bounds.oldest + 1;
  let done = 0;
  for await (
    const batch of pool.tailBatches({ sinceSeq: bounds.oldest, untilSeq: bounds.newest, onGap })
  ) {
    yield batch.jsonLines();
    onProgress(done += batch.length, total);
  }
}

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
