/**
 * A cluster with one pool, three copies of it, and processes that use it.
 *
 * @module
 */

import { connect } from "@plasmite/pool/nats";
import { Cluster } from "./cluster.ts";
import { Inspector } from "./inspector.ts";
import { Load, type LoadShape } from "./load.ts";
import { Namespaces } from "./namespaces.ts";
import { Random } from "../../torture/random.ts";
import { complaintsAbout } from "./verdict.ts";

/** The pool. */
export const POOL = "work";

const STREAM = `pls_${POOL}`;

/** Nothing is ever dropped from it. */
const POOL_BYTES = 4 * 1024 ** 3;

/** What a run counted. */
export type Counts = Record<string, number>;

/** A cluster, and a network of its own if it has one. */
export class Place implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly inspector: Inspector;
  readonly #namespaces: Namespaces | undefined;

  private constructor(cluster: Cluster, inspector: Inspector, namespaces?: Namespaces) {
    this.cluster = cluster;
    this.inspector = inspector;
    this.#namespaces = namespaces;
  }

  /** Starts a cluster and makes a pool in it. */
  static async start({ isPartitionable = false } = {}): Promise<Place> {
    const namespaces = isPartitionable ? Namespaces.make() : undefined;
    let cluster: Cluster | undefined;
    try {
      cluster = await Cluster.start(namespaces?.places);
      await using client = connect(cluster.url);
      await client.createPool(POOL, { replicas: 3, sizeBytes: POOL_BYTES });
      const inspector = await Inspector.of(cluster, STREAM);
      await inspector.current();
      return new Place(cluster, inspector, namespaces);
    } catch (error) {
      await cluster?.[Symbol.asyncDispose]();
      namespaces?.[Symbol.dispose]();
      throw error;
    }
  }

  /** The network, for clusters that have one. */
  get namespaces(): Namespaces {
    if (this.#namespaces === undefined) throw new Error("the cluster has no network of its own");
    return this.#namespaces;
  }

  /** Ends the cluster. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.inspector[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
    this.#namespaces?.[Symbol.dispose]();
  }
}

/** A cluster under load. */
export interface World {
  readonly place: Place;
  readonly load: Load;
  /** Choices that are left open. */
  readonly random: Random;
  /** What was done to it; shown when a promise was broken. */
  readonly note: (what: string) => void;
  /** Counts something done. */
  readonly count: (what: string) => void;
  /** Leaves out what a server holds in the end, where that is known to be wrong. */
  readonly leaveOut: (node: string) => void;
}

/** How to be hard on a cluster. */
export interface Scene {
  /** What it is called on the command line. */
  readonly name: string;
  /** What holds whatever it does. */
  readonly promise: string;
  /** Whether it needs a network of its own. */
  readonly isPartitionable?: boolean;
  /** Who uses the pool; as usual unless it says so. */
  readonly shape?: LoadShape;
  /** How many rounds it takes in the tests. */
  readonly rounds: number;
  /** One round. */
  readonly run: (world: World, round: number) => Promise<void>;
}

/**
 * Runs `rounds` of a scene on a cluster of its own. What is chosen follows from `seed`; what comes of
 * it does not, as the servers have their own mind and time.
 *
 * @throws {Error} when a promise was broken, with what was done and what the servers logged.
 */
export async function runScene(scene: Scene, rounds: number, seed: number): Promise<Counts> {
  const { isPartitionable, shape } = scene;
  await using place = await Place.start({ isPartitionable });
  await using load = await Load.start(place.cluster.url, POOL, shape);
  const random = new Random(seed);
  const counts: Counts = {};
  const notes: string[] = [];
  const count = (what: string, more = 1) => counts[what] = (counts[what] ?? 0) + more;
  const leftOut = new Set<string>();
  const leaveOut = (node: string) => leftOut.add(node);
  const note = (what: string) => notes.push(`${new Date().toISOString()} ${what}`);
  try {
    for (let round = 0; round < rounds; round++) {
      note(`round ${round}`);
      await scene.run({ place, load, random, note, count, leaveOut }, round);
    }
    note("end");
    const found = await load.finish(place.inspector);
    const replicas = new Map([...found.replicas].filter(([node]) => !leftOut.has(node)));
    const evidence = { ...found, replicas };
    count("acknowledged", evidence.acknowledged.reduce((sum, run) => sum + run.count, 0));
    for (const { kind, message } of evidence.failures) {
      count(`failed with ${kind}: ${message.replaceAll(/nats:\S+|\d+/g, "…")}`);
    }
    count("delivered", evidence.readers.flat().reduce((sum, run) => sum + run.count, 0));
    count("reconnects", load.reconnects.length);
    const complaints = complaintsAbout(evidence);
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    const what = `broken with seed ${seed}: ${scene.promise}\n${why}`;
    const done = notes.join("\n");
    throw new Error(`${what}\n${done}\n${place.cluster.complaints()}`, { cause: error });
  }
  return counts;
}
