import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { BusyError, IoError, type PlasmiteError } from "@plasmite/pool";
import { connect, type NatsPool } from "@plasmite/pool/nats";
import { PATIENCE_MS } from "../../nats/link.ts";
import { makeMessage, makeTags } from "../process/workload.ts";
import { type Failure, type Run, runsOf } from "./cluster/account.ts";
import { clusterTest } from "./cluster/cluster_tests.ts";
import { AGREEING_VERSION } from "./cluster/inspector.ts";
import { awaited } from "./cluster/patience.ts";
import { complaintsAbout } from "./cluster/verdict.ts";
import { Place, POOL } from "./cluster/world.ts";

/** How much longer than the documented patience a call may take here. */
const MARGIN_MS = 10_000;

/** Messages of an appendMany: several flights. */
const BATCH_LENGTH = 1000;

clusterTest(
  "without a majority calls end in time, and all goes on when it is back",
  {},
  async () => {
    // Each on a cluster of its own; most of it is waiting.
    await Promise.all([loseMajority("leader"), loseMajority("follower")]);
  },
);

/** Two of three servers are killed under a pool in use; what is left is a leader, or was none. */
async function loseMajority(left: "leader" | "follower"): Promise<void> {
  await using place = await Place.start();
  const { cluster, inspector } = place;
  await using client = connect(cluster.url);
  const pool = await client.openPool(POOL);
  const user = new User(pool);
  const following = user.follow();
  await user.append(1);
  await user.append(BATCH_LENGTH);
  assertEquals(user.failures, []);

  const leader = await inspector.leader();
  const survivor = cluster.nodes.find(({ name }) => (name === leader) === (left === "leader"));
  const victims = cluster.nodes.filter((node) => node !== survivor);
  const underWay = [timed("append", () => user.append(BATCH_LENGTH))];
  await Promise.all(victims.map((node) => node.kill()));
  const calls = [
    ...underWay,
    timed("append", () => user.append(1)),
    timed("appendMany", () => user.append(BATCH_LENGTH)),
    timed("get", () => pool.get(1)),
    timed("info", () => pool.info()),
  ];
  for (const call of await Promise.all(calls)) checkPatience(call);
  assert(user.failures.length >= 2, "nothing can be appended without a majority");
  checkPatience(await timed("append", () => user.append(1)));
  checkPatience(await timed("info", () => pool.info()));

  await Promise.all(victims.map((node) => node.startAgain()));
  await inspector.current();
  const failed = user.failures.length;
  await user.append(1);
  await user.append(BATCH_LENGTH);
  assertEquals(user.failures.slice(failed), []);
  assertEquals((await pool.get(1)).seq, 1);
  await inspector.current();
  // A leader of an old server that was alone keeps, and delivers, what it could tell nobody.
  const areAgreed = left === "follower" || inspector.isAtLeast(AGREEING_VERSION);
  if (areAgreed) {
    const { nextSeq } = await pool.info();
    await awaited("the tail has everything", () => user.nextSeq >= nextSeq ? true : undefined);
  }
  pool.close();
  await following;
  const replicas = await inspector.replicas();
  if (!areAgreed) replicas.delete(survivor?.name ?? "");
  assertEquals(replicas.size, areAgreed ? cluster.nodes.length : victims.length);
  const complaints = complaintsAbout({
    acknowledged: user.acknowledged,
    failures: user.failures,
    readers: areAgreed ? [user.delivered] : [],
    gaps: user.gaps,
    replicas,
  });
  assertEquals(complaints, []);
}

/** Somebody who appends and follows with one pool object. */
class User {
  readonly acknowledged: Run[] = [];
  readonly failures: Failure[] = [];
  readonly delivered: Run[] = [];
  readonly gaps: string[] = [];
  nextSeq = 1;
  readonly #pool: NatsPool;
  #counter = 0;

  constructor(pool: NatsPool) {
    this.#pool = pool;
  }

  /** Appends so many messages together; writes down how that ended, and fails as it did. */
  async append(count: number): Promise<void> {
    const writer = 1;
    const counter = this.#counter + 1;
    this.#counter += count;
    const inputs = Array.from({ length: count }, (_, i) => ({
      data: makeMessage(writer, counter + i),
      tags: makeTags(writer, counter + i),
    }));
    try {
      const messages = await this.#pool.appendMany(inputs);
      const told = messages.map(({ seq }, i) => ({ writer, counter: counter + i, seq }));
      this.acknowledged.push(...runsOf(told));
    } catch (error) {
      if (!(error instanceof BusyError || error instanceof IoError)) throw error;
      const { kind, message } = error;
      this.failures.push({ writer, counter, count, kind, message });
      throw error;
    }
  }

  /** Follows the pool from its first message on until it is closed. */
  async follow(): Promise<void> {
    const onGap = (gap: unknown) => this.gaps.push(JSON.stringify(gap));
    for await (const batch of this.#pool.tailBatches({ sinceSeq: 1, onGap })) {
      const messages = batch.messages();
      this.delivered.push(...runsOf(messages.map(({ seq, data }) => {
        const { writer, counter } = data as { writer: number; counter: number };
        return { writer, counter, seq };
      })));
      this.nextSeq = messages[messages.length - 1].seq + 1;
    }
  }
}

/** A call that has ended. */
interface Call {
  readonly what: string;
  readonly ms: number;
  readonly error?: PlasmiteError;
}

async function timed(what: string, call: () => Promise<unknown>): Promise<Call> {
  const startMs = performance.now();
  try {
    await call();
    return { what, ms: performance.now() - startMs };
  } catch (error) {
    if (!(error instanceof BusyError || error instanceof IoError)) throw error;
    return { what, ms: performance.now() - startMs, error };
  }
}

/** It ended in time: well, or with an error that says what to do. */
function checkPatience({ what, ms, error }: Call): void {
  assert(ms <= PATIENCE_MS + MARGIN_MS, `${what} took ${ms} ms: ${error?.message}`);
  if (error !== undefined) assertNotEquals(error.hint, undefined, `no hint: ${error.message}`);
}
