/**
 * Which of the two pools of a bridge the flags for reaching a server are for.
 *
 * With one pool on a server, for that one. With two, each flag goes to the pool that it can be
 * meant for: `--nats-…` to the one on NATS, a token to the one over HTTP; and not to one that the
 * configuration says how to reach.
 *
 * @module
 */

import { UsageError } from "../../pool/mod.ts";
import { NATS_FLAGS, REMOTE_FLAGS, type RemoteFlags } from "../remote_flags.ts";
import { isNats, type RemoteTarget } from "../remote_reference.ts";

/** The flags for each of two pools. */
export interface PlaceFlags {
  readonly from: RemoteFlags;
  readonly to: RemoteFlags;
}

/** Where the pools are; undefined for this machine. */
export interface PlaceTargets {
  readonly from: RemoteTarget | undefined;
  readonly to: RemoteTarget | undefined;
}

type Flag = keyof RemoteFlags;
type End = keyof PlaceTargets;

const FLAGS = Object.keys(REMOTE_FLAGS) as Flag[];

/**
 * Divides flags between two pools. What is for neither goes to the first, which refuses it.
 *
 * @throws {UsageError} when one can be meant for both.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const from = { url: "https://build.example:9700/work" };
 * const to = { url: "nats://n1.example/work" };
 * const flags = { "token-file": "token", "nats-creds": "ana.creds" };
 * assertEquals(placeFlags({ from, to }, flags), {
 *   from: { "token-file": "token" },
 *   to: { "nats-creds": "ana.creds" },
 * });
 * ```
 */
export function placeFlags(targets: PlaceTargets, flags: RemoteFlags): PlaceFlags {
  const divided: Record<End, Record<string, unknown>> = { from: {}, to: {} };
  for (const flag of FLAGS) {
    if (flags[flag] === undefined || flags[flag] === false) continue;
    const [end = "from", other] = endsFor(targets, flag);
    if (other !== undefined) throw ambiguous(flag);
    divided[end][flag] = flags[flag];
  }
  return divided;
}

/** The pools that a flag can be meant for. */
function endsFor(targets: PlaceTargets, flag: Flag): End[] {
  const remote = (["from", "to"] as const).filter((end) => targets[end] !== undefined);
  if (remote.length < 2) return remote;
  const unconfigured = remote.filter((end) => targets[end]?.remote === undefined);
  const candidates = unconfigured.length > 0 ? unconfigured : remote;
  const isFor = (end: End, nats: boolean) => isNats(targets[end]!) === nats;
  if (flag in NATS_FLAGS) return candidates.filter((end) => isFor(end, true));
  const served = candidates.filter((end) => isFor(end, false));
  // A token for NATS has its place in the URL.
  return flag.startsWith("token") && served.length > 0 ? served : candidates;
}

function ambiguous(flag: Flag): UsageError {
  return new UsageError(`--${flag} can be meant for both pools`, {
    hint: "Put one of the servers into the configuration, under remotes, and name its pool " +
      "NAME:POOL; the flag is for the other one then. See `pls config`.",
  });
}
