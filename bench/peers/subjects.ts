/**
 * Peers as subjects of a benchmark. One that is not installed is left out, one that dies
 * fails the benchmark.
 *
 * @module
 */

import type { Figures, Site, Subject } from "../benchmark.ts";
import { NotInstalledError, within } from "../programs/program.ts";
import { FILE } from "./file.ts";
import { NATS } from "./nats.ts";
import type { Kind, Peer, PeerKind, Place } from "./peer.ts";
import { PLASMITE } from "./plasmite.ts";
import { REDIS } from "./redis.ts";
import { SQLITE } from "./sqlite.ts";

/** All peers. */
export const PEERS: readonly PeerKind[] = [REDIS, NATS, SQLITE, FILE, PLASMITE];

/** What a benchmark does with each peer. */
export interface PeerWork {
  /** How many messages of 1 KiB a peer keeps, about. */
  keepMessages: number;
  /** Done once, before anything is measured. */
  prepare?(peer: Peer): Promise<void>;
  /** Gives the figures. */
  measure(peer: Peer): Promise<Figures>;
}

/** The peers that are installed, started and connected. */
export async function peerSubjects(site: Site, work: PeerWork): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const kind of PEERS) {
    const place = await start(kind, site, work.keepMessages);
    if (place !== undefined) subjects.push(await subjectOf(kind, place, site, work));
  }
  return subjects;
}

/** Starts one in a directory of its own; undefined when it is not installed. */
export async function start(
  kind: Kind,
  site: Site,
  keepMessages: number,
): Promise<Place | undefined> {
  const dir = `${site.dir}/${kind.who}`;
  Deno.mkdirSync(dir);
  try {
    return await kind.start(dir, keepMessages, site.cleanup);
  } catch (error) {
    if (!(error instanceof NotInstalledError)) throw error;
    console.error(`${kind.who} is left out: ${error.message}`);
  }
}

/** Does `work` that needs a server, if there is one, alive; `what` names the work. */
export async function during<T>(place: Place, work: Promise<T>, what: string): Promise<T> {
  return await (place.server?.during(work, what) ?? within(work, what));
}

async function subjectOf(
  { who, connect }: PeerKind,
  place: Place,
  { cleanup }: Site,
  work: PeerWork,
): Promise<Subject> {
  const connecting = Promise.resolve(connect(place));
  const peer = cleanup.use(await during(place, connecting, `connecting to ${who}`));
  if (work.prepare) await during(place, work.prepare(peer), `preparing ${who}`);
  return { who, measure: () => during(place, work.measure(peer), `measuring ${who}`) };
}
