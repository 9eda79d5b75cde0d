/**
 * One pool whose writers are killed, one after the other, while a witness reads along.
 *
 * @module
 */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { BusyError, Client, type Gap, NotFoundError, type Pool } from "@plasmite/pool";
import { Child } from "../process/child.ts";
import { BATCH_MAX, isGenuine, makeMessage, UNBATCHED_TAGS } from "../process/workload.ts";
import { Ledger } from "./kill_ledger.ts";
import { remainsIn } from "./kill_remains.ts";
import { Victim, type VictimKind } from "./kill_victim.ts";
import type { Random } from "./random.ts";
import type { Tally } from "./kill_tally.ts";

const POOL = "battlefield";
/** The battle's own appends come under this number. */
const SURVIVOR = 0;
/** The smallest pool, one with room for a few large batches, and a large one. */
const POOL_SIZES_BYTES = [8192, 65536, 1024 * 1024];

/** How long a stopped writer is waited for. */
const STOP_MS = 20;

/** Who fights. */
export interface Army {
  /** What the writers are; each is one of these. */
  kinds: readonly VictimKind[];
  /** How many write at the same time. */
  writers: number;
  /** How many are killed. */
  kills: number;
  /** How often each is stopped for a while before that. Default never. */
  stops?: number;
}

/** Fights a battle and counts what happened in `tally`. */
export async function fight(army: Army, random: Random, tally: Tally): Promise<void> {
  await using battle = new Battle(army, random, tally);
  await battle.run();
}

class Battle implements AsyncDisposable {
  readonly #dir = Deno.makeTempDirSync({ prefix: "pls-kill-" });
  /** One who waits for nobody, when there is nobody who could be waited for. */
  readonly #client: Client;
  readonly #pool: Pool;
  readonly #ledger = new Ledger();
  readonly #children = new AsyncDisposableStack();
  readonly #army: Army;
  readonly #random: Random;
  readonly #tally: Tally;
  #writers = SURVIVOR;
  #appends = 0;

  constructor(army: Army, random: Random, tally: Tally) {
    this.#army = army;
    this.#random = random;
    this.#tally = tally;
    this.#client = new Client({ dir: this.#dir, lockTimeoutMs: this.#isAlone ? 0 : undefined });
    this.#client.createPool(POOL, { sizeBytes: random.pick(POOL_SIZES_BYTES) });
    this.#pool = this.#client.openPool(POOL);
  }

  /** Whether nobody else writes after a kill. */
  get #isAlone(): boolean {
    return this.#army.writers === 1;
  }

  async run(): Promise<void> {
    const witness = this.#startWitness();
    await witness.ready();
    let reserve = this.#enlist();
    const fighting: Victim[] = [];
    for (let killed = 0; killed < this.#army.kills; killed++) {
      while (fighting.length < this.#army.writers) {
        await reserve.start();
        fighting.push(reserve);
        reserve = this.#enlist();
      }
      const [victim] = fighting.splice(this.#random.int(0, fighting.length - 1), 1);
      for (let stops = 0; stops < (this.#army.stops ?? 0); stops++) await this.#stop(victim);
      await victim.kill(this.#random);
      await this.#checkAfter(victim, fighting);
    }
    for (const victim of fighting) {
      await victim.kill(this.#random);
      this.#tally.add("kills");
      victim.report(this.#ledger);
    }
    await this.#settle(witness);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#children.disposeAsync();
    this.#client.close();
    Deno.removeSync(this.#dir, { recursive: true });
  }

  #enlist(): Victim {
    const kind = this.#random.pick(this.#army.kinds);
    const durability = this.#random.pick(["fast", "flush"] as const);
    const writer = ++this.#writers;
    const place = { dir: this.#dir, pool: POOL, writer, durability };
    return this.#children.use(new Victim(kind, place));
  }

  #startWitness(): Child {
    const script = import.meta.resolve("./kill_witness.ts");
    return this.#children.use(Child.deno(script, [`--allow-read=${this.#dir}`], [this.#dir, POOL]));
  }

  /** Readers never mind; others may not append only while it holds the lock. */
  async #stop(victim: Victim): Promise<void> {
    await victim.stop(this.#random);
    this.#tally.add("stops");
    using patient = new Client({ dir: this.#dir, lockTimeoutMs: STOP_MS });
    using pool = patient.openPool(POOL);
    try {
      this.#append(pool);
      this.#tally.add("stopped between appends");
    } catch (error) {
      if (!(error instanceof BusyError)) throw error;
      this.#tally.add("stopped while holding the lock");
    }
    await this.#checkRetained(pool);
    await victim.resume();
  }

  async #checkAfter(victim: Victim, others: readonly Victim[]): Promise<void> {
    const told = victim.report(this.#ledger);
    this.#tally.add("kills");
    this.#tally.add("appended", told.length);
    this.#tally.add(`kills of ${victim.kind}`);
    if (told.length === 0) this.#tally.add("killed before the first acknowledgement");
    if (this.#isAlone) this.#countRemains(victim);
    // The second one has not seen the pool before, and looks at what the first one knows.
    if (this.#random.chance(0.5)) this.#appendNext(this.#pool);
    using fresh = this.#client.openPool(POOL);
    this.#appendNext(fresh);
    await this.#checkRetained(fresh);
    this.#checkTold(fresh, told, victim.writer);
    for (const other of others) await other.goOn();
  }

  /** Nobody is in the way, and nothing has to be mended before. */
  #appendNext(pool: Pool): void {
    const { nextSeq } = remainsIn(pool.path);
    const seq = this.#append(pool);
    if (this.#isAlone) assertEquals(seq, nextSeq);
  }

  #append(pool: Pool): number {
    const counter = this.#appends + 1;
    const { seq } = pool.append(makeMessage(SURVIVOR, counter), UNBATCHED_TAGS);
    this.#ledger.acknowledge(seq, { writer: SURVIVOR, counter });
    this.#appends = counter;
    return seq;
  }

  #countRemains(victim: Victim): void {
    const { nextSeq, framesBehindHead, roomMade } = remainsIn(this.#pool.path);
    const untold = nextSeq - 1 - this.#ledger.lastAcknowledged;
    assertLessOrEqual(0, untold, "an acknowledged message is lost");
    if (victim.kind === "library") {
      assertLessOrEqual(untold, BATCH_MAX, "more than one append was not acknowledged");
    }
    if (roomMade) this.#tally.add("killed after making room");
    if (framesBehindHead) this.#tally.add("killed after writing frames");
    if (untold > 0) this.#tally.add("killed before telling");
    if (!roomMade && !framesBehindHead && untold === 0) this.#tally.add("killed between appends");
  }

  /** Everything retained is genuine, in order, without holes, and what it was known to be. */
  async #checkRetained(pool: Pool): Promise<void> {
    const { bounds } = pool.info();
    // Room may just have been made for what takes the whole ring.
    if (bounds === undefined) return;
    const { oldest, newest } = bounds;
    let missed = 0;
    const onGap = ({ count, reason }: Gap) => {
      assert(!this.#isAlone && reason === "retention", `${count} messages lost to ${reason}`);
      missed += count;
    };
    let expected = oldest;
    const options = { sinceSeq: oldest, maxMessages: newest - oldest + 1, timeoutMs: 30_000 };
    for await (const { seq, data, tags } of pool.tail({ ...options, onGap })) {
      assertEquals(seq, expected + missed);
      expected = seq + 1;
      missed = 0;
      assert(isGenuine(data, tags), `message ${seq} is torn`);
      this.#ledger.see(seq, { writer: data.writer, counter: data.counter });
      this.#tally.add("messages checked");
    }
    if (this.#isAlone) assertEquals(expected, newest + 1);
  }

  /** What the victim was told is there, unless it had to make room. */
  #checkTold(pool: Pool, told: readonly number[], writer: number): void {
    const isRetained = (seq: number) => seq >= (pool.info().bounds?.oldest ?? Infinity);
    told.forEach((seq, i) => {
      if (!isRetained(seq)) return;
      try {
        assertEquals(pool.get(seq).data, makeMessage(writer, i + 1));
      } catch (error) {
        if (!(error instanceof NotFoundError) || isRetained(seq)) throw error;
      }
    });
  }

  /** When all writers are dead: what the witness saw is what they were told. */
  async #settle(witness: Child): Promise<void> {
    await this.#checkRetained(this.#pool);
    const { seq: end } = this.#pool.append("end", ["end"]);
    assertEquals(await witness.exit(), 0, witness.stderr.text);
    let expected = 1;
    for (const line of witness.stdout.lines.slice(1)) {
      const [first, second, third, reason] = line.split(" ");
      if (first === "gap") {
        assertEquals([Number(second), reason], [expected, "retention"]);
        expected = Number(third) + 1;
        this.#tally.add("gaps of the witness");
      } else if (first === "end") {
        assertEquals([Number(second), expected], [end, end]);
      } else {
        assertEquals(Number(first), expected++, "the witness missed a message or saw it twice");
        this.#ledger.see(Number(first), { writer: Number(second), counter: Number(third) });
        this.#tally.add("messages witnessed");
      }
    }
    this.#ledger.checkOrder();
    this.#tally.add("appended but not told", this.#ledger.unacknowledged);
  }
}
