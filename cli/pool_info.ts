/**
 * `pls pool info`: the sizes, bounds and use of one pool.
 *
 * @module
 */

import { PlasmiteError, type PoolInfo, poolInfoJson } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { formatAge } from "./duration.ts";
import { amend } from "./failure.ts";
import { formatSize } from "./format_size.ts";
import { createHint, orHint, orRemoteHint } from "./open_pool.ts";
import { findPlace } from "./remote_client.ts";
import { REMOTE_FLAGS } from "./remote_flags.ts";
import { printable } from "./screen.ts";

/** The `pool info` command. */
export const poolInfo = defineCommand({
  name: "pool info",
  summary: "Show the sizes, bounds and use of a pool",
  positionals: { name: { kind: "pool", required: true, help: "Name, path or URL of the pool." } },
  flags: { json: { kind: "switch", help: "Print JSON." }, ...REMOTE_FLAGS },
  examples: [
    { does: "Show a pool", line: "pls pool info chat" },
    { does: "Its newest seq", line: "pls pool info chat --json | jq .bounds.newest" },
  ],
  run: async ({ flags, positionals: { name } }, session) => {
    const place = await findPlace(session, { cmd: "pool info", flags, reference: name });
    const describe = async () => await place.client.poolInfo(place.reference);
    const described = place.engine !== "file"
      ? orRemoteHint(name, describe)
      : orHint(name, () => createHint(name), describe);
    const info = await described.catch(withoutPath);
    const nowMs = Date.now();
    const { stdout } = session;
    if (flags.json) stdout.writeJson(JSON.stringify(poolInfoJson(info, nowMs)));
    else if (stdout.isTerminal) stdout.write(infoForPeople(info, nowMs));
    else stdout.write(infoLines(info, nowMs));
    return 0;
  },
});

/** The contract has this one failure say nothing of the file. */
function withoutPath(error: unknown): never {
  if (!(error instanceof PlasmiteError) || error.kind !== "NotFound") throw error;
  throw amend(error, { path: undefined, cause: undefined });
}

interface Use {
  count: number;
  freeBytes: number;
  usedPercent: string;
}

function useOf({ bounds, ringSizeBytes, usedBytes }: PoolInfo): Use {
  return {
    count: bounds === undefined ? 0 : bounds.newest - bounds.oldest + 1,
    freeBytes: ringSizeBytes - usedBytes,
    usedPercent: (Math.floor(usedBytes * 10_000 / ringSizeBytes) / 100).toFixed(2),
  };
}

/** One fact a line, in figures that programs can read. */
export function infoLines(info: PoolInfo, nowMs: number): string {
  const { bounds, times } = info;
  const { count, freeBytes, usedPercent } = useOf(info);
  const end = (which: "oldest" | "newest") => {
    if (bounds === undefined) return "-";
    const time = times?.[which];
    if (time === undefined) return `seq=${bounds[which]} damaged`;
    const ageMs = Math.max(0, nowMs - Date.parse(time));
    return `seq=${bounds[which]} time=${time} age=${ageMs}ms`;
  };
  return [
    `Pool: ${printable(info.name)}`,
    `Path: ${printable(info.path)}`,
    `Id: ${info.id} created=${info.createdAt}`,
    `Size: ${info.sizeBytes} index=${info.indexCapacity} ring=${info.ringSizeBytes}`,
    `Bounds: oldest=${bounds?.oldest ?? "-"} newest=${bounds?.newest ?? "-"} count=${count}`,
    `Utilization: used=${info.usedBytes}B free=${freeBytes}B (${usedPercent}%)`,
    `Limits: age=${info.maxAgeMs > 0 ? `${info.maxAgeMs}ms` : "-"} count=${
      info.maxMessages || "-"
    }`,
    `Oldest: ${end("oldest")}`,
    `Newest: ${end("newest")}`,
  ].join("\n") + "\n";
}

/** The same in fewer words, rounded. */
export function infoForPeople(info: PoolInfo, nowMs: number): string {
  const { bounds, times, maxAgeMs, maxMessages } = info;
  const { count, usedPercent } = useOf(info);
  const age = (time?: string) =>
    time === undefined ? "damaged" : formatAge(Date.parse(time), nowMs);
  const lines = [
    `${printable(info.name)}  ${printable(info.path)}`,
    `  size      ${formatSize(info.sizeBytes)}, ${usedPercent}% used`,
  ];
  if (bounds === undefined) lines.push("  messages  none");
  else {
    lines.push(
      `  messages  ${count} (seq ${bounds.oldest} to ${bounds.newest})`,
      `  oldest    ${age(times?.oldest)}`,
      `  newest    ${age(times?.newest)}`,
    );
  }
  if (maxAgeMs > 0) lines.push(`  keeps     messages for ${maxAgeMs} ms`);
  if (maxMessages > 0) lines.push(`  keeps     the newest ${maxMessages} messages`);
  lines.push(`  created   ${age(info.createdAt)}`);
  return lines.join("\n") + "\n";
}
