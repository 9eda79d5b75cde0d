/**
 * `pls pool create`: makes pools, one after another. The first failure ends the
 * command; what was made before it is reported all the same.
 *
 * @module
 */

import { AlreadyExistsError, type PoolInfo, poolInfoJson, UsageError } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { amend } from "./failure.ts";
import { formatSize } from "./format_size.ts";
import { printable, type Screen } from "./screen.ts";
import { findPlace } from "./remote_client.ts";
import { REMOTE_FLAGS, type RemoteFlags } from "./remote_flags.ts";
import { shownReference } from "./remote_reference.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./table.ts";

/** The `pool create` command. */
export const poolCreate = defineCommand({
  name: "pool create",
  summary: "Create pools",
  positionals: {
    name: {
      kind: "pool",
      required: true,
      repeat: true,
      help: "Name, path or URL of a pool to create.",
    },
  },
  flags: {
    size: {
      kind: "size",
      placeholder: "SIZE",
      byDefault: "1M, or as `pls config` says",
      help: "Size of the whole file, such as 64K or 8M.",
    },
    "index-capacity": {
      kind: "integer",
      placeholder: "N",
      byDefault: "fits the size",
      help: "Number of index entries; 0 makes no index.",
    },
    replicas: {
      kind: "integer",
      placeholder: "N",
      byDefault: "1",
      help: "How many servers of a NATS cluster keep a copy: 1, 3 or 5.",
    },
    json: { kind: "switch", help: "Print JSON." },
    ...REMOTE_FLAGS,
  },
  examples: [
    { does: "Create a pool of 1 MiB", line: "pls pool create chat" },
    { does: "Create two of 64 MiB", line: "pls pool create jobs results --size 64M" },
    { does: "Create one on a NATS server", line: "pls pool create nats://n1.example/jobs" },
  ],
  run: async ({ flags, positionals }, session) => {
    const options = { sizeBytes: flags.size, indexCapacity: flags["index-capacity"] };
    const created: PoolInfo[] = [];
    try {
      for (const name of positionals.name) {
        created.push(await createPool(session, name, { ...options, flags }));
      }
    } finally {
      if (created.length > 0) print(session.stdout, created, flags.json);
    }
    return 0;
  },
});

async function createPool(
  session: Session,
  name: string,
  { flags, ...options }: {
    sizeBytes?: number;
    indexCapacity?: number;
    flags: RemoteFlags & { readonly replicas?: number };
  },
): Promise<PoolInfo> {
  const { replicas } = flags;
  const place = await findPlace(session, { cmd: "pool create", flags, reference: name, replicas });
  if (replicas !== undefined && place.engine !== "nats") throw noReplicas();
  try {
    return await place.client.createPool(place.reference, options);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
    throw amend(error, {
      hint: `Choose a different name, or remove ${
        place.engine === "file" ? "the file" : "it"
      } with \`pls pool delete ${shownReference(name)}\`.`,
    });
  }
}

function noReplicas(): UsageError {
  return new UsageError("--replicas is for pools on NATS", {
    hint: "Name the pool by its URL, such as nats://n1.example/jobs, or leave the flag out.",
  });
}

function print(screen: Screen, created: readonly PoolInfo[], json: boolean): void {
  if (json) {
    const nowMs = Date.now();
    screen.writeJson(JSON.stringify({ created: created.map((info) => poolInfoJson(info, nowMs)) }));
  } else if (screen.isTerminal) {
    screen.write(created.map(createdText).join(""));
  } else {
    const rows = created.map(({ name, sizeBytes, indexCapacity, path }) => {
      return [name, sizeBytes, indexCapacity, path];
    });
    screen.write(renderTable(["NAME", "SIZE", "INDEX", "PATH"], rows));
  }
}

function createdText({ name, sizeBytes, path }: PoolInfo): string {
  return `Created ${printable(name)} (${formatSize(sizeBytes)}) at ${printable(path)}\n`;
}
