/**
 * The two pools of a bridge: opened, described, and not the same.
 *
 * @module
 */

import { type MessagePool, type PoolInfo, UsageError } from "../../pool/mod.ts";
import { createHint, openPool } from "../open_pool.ts";
import type { RemoteFlags } from "../remote_flags.ts";
import { isNats, type RemoteTarget, remoteTarget, shownReference } from "../remote_reference.ts";
import type { Session } from "../session.ts";
import { placeFlags } from "./place_flags.ts";
import { roomFor } from "./room.ts";

/** One pool of a bridge. */
export interface BridgeEnd {
  /** The pool. */
  readonly pool: MessagePool;
  /** What it was when it was opened. */
  readonly info: PoolInfo;
  /** Its reference, as it may be shown. */
  readonly shown: string;
  /** What holds it. */
  readonly engine: "file" | "http" | "nats";
}

/** Which pools, and how. */
export interface EndOptions {
  /** The references, as typed. */
  readonly from: string;
  readonly to: string;
  readonly flags: RemoteFlags & {
    readonly create: boolean;
    readonly "create-size"?: number;
  };
}

/**
 * Opens both pools.
 *
 * @throws {NotFoundError} when one is missing.
 * @throws {UsageError} when they are the same, or a flag makes no sense.
 */
export async function openEnds(
  session: Session,
  { from, to, flags }: EndOptions,
): Promise<{ from: BridgeEnd; to: BridgeEnd }> {
  const targets = { from: remoteTarget(session, from), to: remoteTarget(session, to) };
  const flagsOf = placeFlags(targets, flags);
  const cmd = "bridge";
  const source = await opened(from, targets.from, () =>
    openPool(session, from, {
      missingHint: () => createHint(from),
      remote: { cmd, flags: flagsOf.from },
    }));
  const engine = engineOf(targets.to);
  const sizeBytes = engine === "http"
    ? undefined
    : flags["create-size"] ?? roomFor(source.info, engine, session.settings.size.value);
  const destination = await opened(to, targets.to, () =>
    openPool(session, to, {
      create: flags.create,
      sizeBytes,
      missingHint: () => `Add --create to make it. ${createHint(to)}`,
      remote: { cmd, flags: flagsOf.to },
    }));
  if (source.info.id === destination.info.id) throw samePool(destination);
  return { from: source, to: destination };
}

async function opened(
  reference: string,
  target: RemoteTarget | undefined,
  open: () => Promise<MessagePool>,
): Promise<BridgeEnd> {
  const pool = await open();
  const info = await pool.info();
  return { pool, info, shown: shownReference(reference), engine: engineOf(target) };
}

function engineOf(target: RemoteTarget | undefined): BridgeEnd["engine"] {
  if (target === undefined) return "file";
  return isNats(target) ? "nats" : "http";
}

function samePool({ shown, info: { id } }: BridgeEnd): UsageError {
  return new UsageError(`both references lead to the same pool, ${id}`, {
    path: shown,
    hint:
      "Name two pools. A file that was copied is still the same pool: create another one, and " +
      "bridge to that.",
  });
}
