/**
 * `pls pool list`: the pools of the pool directory. One that can't be read is listed
 * with its error, and hides none of the others.
 *
 * @module
 */

import {
  NotFoundError,
  PlasmiteError,
  type PoolInfo,
  type PoolListing,
  UsageError,
} from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { formatAge } from "./duration.ts";
import { failureFields } from "./failure.ts";
import { formatSize } from "./format_size.ts";
import { connectTo } from "./remote_client.ts";
import { refuseRemoteFlags, REMOTE_FLAGS, type RemoteFlags } from "./remote_flags.ts";
import { remoteServer, shownReference } from "./remote_reference.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./table.ts";

/** The `pool list` command. */
export const poolList = defineCommand({
  name: "pool list",
  summary: "List the pools of the pool directory, or of a server",
  positionals: {
    server: {
      kind: "text",
      help: "URL of a server, one of NATS included, or its name in the configuration.",
    },
  },
  flags: { json: { kind: "switch", help: "Print JSON." }, ...REMOTE_FLAGS },
  examples: [
    { does: "List the pools", line: "pls pool list" },
    { does: "Their names", line: "pls pool list --json | jq -r '.pools[].name'" },
  ],
  run: async ({ flags, positionals: { server } }, session) => {
    const pools = server === undefined
      ? listPools(session, flags)
      : await listServer(session, server, flags);
    const { stdout } = session;
    if (flags.json) stdout.writeJson(JSON.stringify({ pools: pools.map(listingJson) }));
    else if (stdout.isTerminal && pools.every((pool) => pool.error === undefined)) {
      const place = {
        nowMs: Date.now(),
        dir: server === undefined ? session.client.dir : shownReference(server),
        width: stdout.columns,
      };
      stdout.write(listForPeople(pools, place));
    } else stdout.write(listTable(pools, stdout.columns));
    return 0;
  },
});

/** A directory that can't be read is one failed entry. */
function listPools({ client }: Session, flags: RemoteFlags): PoolListing[] {
  refuseRemoteFlags(flags);
  try {
    return client.listPools();
  } catch (error) {
    if (!(error instanceof PlasmiteError) || error instanceof NotFoundError) throw error;
    return [{ name: "pools", path: client.dir, mtime: null, error }];
  }
}

async function listServer(
  session: Session,
  reference: string,
  flags: RemoteFlags,
): Promise<PoolListing[]> {
  const server = remoteServer(session, reference);
  if (server === undefined) {
    throw new UsageError(`not a server: ${JSON.stringify(reference)}`, {
      hint: "Give a URL such as https://build.example:9700, or the name of one of the remotes " +
        "that `pls config` shows. The pools of another directory are listed with " +
        "`pls --dir PATH pool list`.",
    });
  }
  const client = await connectTo(session, server, { cmd: "pool list", flags, reference });
  return await client.listPools();
}

/** What `--json` says of one pool. */
export function listingJson(pool: PoolListing): object {
  const { name, path } = pool;
  if (pool.error !== undefined) return { name, path, error: { error: failureFields(pool.error) } };
  const { sizeBytes, bounds = {} } = pool.info;
  const mtime = pool.mtime?.toISOString() ?? null;
  return { name, path, file_size: sizeBytes, bounds, mtime };
}

/** The table that programs read. */
export function listTable(pools: readonly PoolListing[], width?: number): string {
  const columns = ["NAME", "STATUS", "SIZE", "OLDEST", "NEWEST", "MTIME", "PATH", "DETAIL"];
  const rows = pools.map((pool) => {
    const mtime = pool.mtime?.toISOString();
    if (pool.error !== undefined) {
      const { kind, message } = pool.error;
      return [pool.name, "ERR", "", "", "", mtime, pool.path, `${kind}: ${message}`];
    }
    const { sizeBytes, bounds } = pool.info;
    return [pool.name, "OK", sizeBytes, bounds?.oldest, bounds?.newest, mtime, pool.path, ""];
  });
  return renderTable(columns, rows, width);
}

/** The table that people read. */
export function listForPeople(
  pools: readonly PoolListing[],
  { nowMs, dir, width }: { nowMs: number; dir: string; width?: number },
): string {
  if (pools.length === 0) return `No pools in ${dir}. Create one with \`pls pool create NAME\`.\n`;
  const rows = pools.map((pool) => {
    if (pool.error !== undefined) return [pool.name, "", "", "", pool.path];
    const modified = pool.mtime === null ? undefined : formatAge(pool.mtime.getTime(), nowMs);
    return [
      pool.name,
      formatSize(pool.info.sizeBytes),
      messageCount(pool.info),
      modified,
      pool.path,
    ];
  });
  return renderTable(["NAME", "SIZE", "MSGS", "MODIFIED", "PATH"], rows, width);
}

function messageCount({ bounds }: PoolInfo): number {
  return bounds === undefined ? 0 : bounds.newest - bounds.oldest + 1;
}
