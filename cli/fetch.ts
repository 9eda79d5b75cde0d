/**
 * `pls fetch`: prints one message by its sequence number.
 *
 * @module
 */

import { NotFoundError } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { amend } from "./failure.ts";
import { createHint, openPool } from "./open_pool.ts";
import { REMOTE_FLAGS } from "./remote_flags.ts";

/** The `fetch` command. */
export const fetch = defineCommand({
  name: "fetch",
  summary: "Print one message by its seq",
  positionals: {
    pool: { kind: "pool", required: true, help: "Name, path or URL of the pool." },
    seq: { kind: "integer", required: true, help: "Sequence number of the message." },
  },
  flags: { ...REMOTE_FLAGS },
  examples: [
    { does: "Print the first message of a pool", line: "pls fetch chat 1" },
    { does: "Print its data alone", line: "pls fetch chat 1 | jq .data" },
  ],
  run: async ({ flags, positionals: { pool: reference, seq } }, session) => {
    const pool = await openPool(session, reference, {
      missingHint: () => createHint(reference),
      remote: { cmd: "fetch", flags },
    });
    try {
      session.stdout.writeJson((await pool.get(seq)).envelope);
    } catch (error) {
      if (!(error instanceof NotFoundError) || error.seq === undefined) throw error;
      throw amend(error, {
        hint: `See which are retained with \`pls pool info ${reference}\`, or print the newest ` +
          `with \`pls follow ${reference} --tail 10\`.`,
      });
    }
    return 0;
  },
});
