/**
 * `pls pool delete`: removes pools. Every name is tried, and each outcome is
 * reported on standard output; the exit code is that of the first failure.
 *
 * @module
 */

import { IoError, NotFoundError, PermissionError, PlasmiteError } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { amend, exitCode, failureFields } from "./failure.ts";
import { printable, type Screen } from "./screen.ts";
import { findPlace, type FoundPlace } from "./remote_client.ts";
import { orRemoteHint } from "./open_pool.ts";
import { REMOTE_FLAGS, type RemoteFlags } from "./remote_flags.ts";
import { shownReference } from "./remote_reference.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./table.ts";

/** The `pool delete` command. */
export const poolDelete = defineCommand({
  name: "pool delete",
  summary: "Delete pools and all messages in them",
  positionals: {
    name: {
      kind: "pool",
      required: true,
      repeat: true,
      help: "Name, path or URL of a pool to delete.",
    },
  },
  flags: { json: { kind: "switch", help: "Print JSON." }, ...REMOTE_FLAGS },
  examples: [
    { does: "Delete a pool", line: "pls pool delete chat" },
    { does: "Delete two, and report as JSON", line: "pls pool delete jobs results --json" },
  ],
  run: async ({ flags, positionals }, session) => {
    const outcomes: Outcome[] = [];
    for (const name of positionals.name) outcomes.push(await deletePool(session, name, flags));
    print(session.stdout, outcomes, flags.json);
    const failed = outcomes.find((outcome) => "error" in outcome);
    return failed === undefined ? 0 : exitCode(failed.error.kind);
  },
});

type Outcome = { pool: string; path: string } | { pool: string; error: PlasmiteError };

async function deletePool(session: Session, pool: string, flags: RemoteFlags): Promise<Outcome> {
  const shown = shownReference(pool);
  let engine: FoundPlace["engine"] | undefined;
  try {
    const place = await findPlace(session, { cmd: "pool delete", flags, reference: pool });
    engine = place.engine;
    const isFile = engine === "file";
    const path = isFile ? session.client.path(pool) : shown;
    const remove = async () => await place.client.deletePool(place.reference);
    await (isFile ? remove() : orRemoteHint(pool, remove));
    return { pool: shown, path };
  } catch (error) {
    if (!(error instanceof PlasmiteError)) throw error;
    return { pool: shown, error: engine === "file" ? told(error) : error };
  }
}

function told(error: PlasmiteError): PlasmiteError {
  const { message, hint, path, cause } = error;
  // The contract has a refused removal be a failure of the file system.
  if (error instanceof PermissionError) return new IoError(message, { hint, path, cause });
  if (!(error instanceof NotFoundError)) return error;
  return amend(error, { hint: "See `pls pool list` for the pools there are." });
}

function print(screen: Screen, outcomes: readonly Outcome[], json: boolean): void {
  if (json) {
    const deleted = outcomes.filter((outcome) => !("error" in outcome));
    const failed = outcomes.filter((outcome) => "error" in outcome)
      .map(({ pool, error }) => ({ pool, error: failureFields(error) }));
    screen.writeJson(JSON.stringify({ deleted, failed }));
  } else if (screen.isTerminal) {
    screen.write(outcomes.map(outcomeText).join(""));
  } else {
    screen.write(renderTable(["NAME", "STATUS", "PATH", "DETAIL"], outcomes.map(outcomeRow)));
  }
}

function outcomeRow(outcome: Outcome): (string | undefined)[] {
  if (!("error" in outcome)) return [outcome.pool, "OK", outcome.path];
  const { kind, message, path } = outcome.error;
  return [outcome.pool, "ERR", path, `${kind}: ${message}`];
}

function outcomeText(outcome: Outcome): string {
  const pool = printable(outcome.pool);
  if (!("error" in outcome)) return `Deleted ${pool}\n`;
  const { message, hint } = failureFields(outcome.error);
  return `Could not delete ${pool}: ${printable(message)}. ${printable(hint)}\n`;
}
