/**
 * Processes that append until they are killed, and what they were told until then.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Durability } from "@plasmite/pool";
import { Child } from "../process/child.ts";
import { makeMessage, UNBATCHED_TAGS } from "../process/workload.ts";
import type { Ledger } from "./kill_ledger.ts";
import type { Random } from "./random.ts";

/** What appends: the library in a process of its own, or `pls feed` from a pipe. */
export type VictimKind = "library" | "feed";

/** Messages written into the pipe of a feed at a time. */
const PIPED_AT_ONCE = 100;
/** Most bytes of acknowledgements awaited before a kill. */
const SAID_BEFORE_KILL_MAX = { fast: 4000, flush: 800 };
/** Share of the victims that are killed while they open the pool and append first. */
const EARLY_SHARE = 0.2;
/** Longest times from what was awaited to the kill, in milliseconds. */
const KILL_DELAY_MS_MAX = 2;
const EARLY_DELAY_MS_MAX = 25;

/** A writer to be killed. */
export class Victim implements AsyncDisposable {
  /** Under which number it writes; nobody else in the pool has it. */
  readonly writer: number;
  /** What appends. */
  readonly kind: VictimKind;
  readonly #durability: Durability;
  readonly #child: Child;
  #started = false;

  /** Starts the process; it does not append yet. */
  constructor(
    kind: VictimKind,
    place: { dir: string; pool: string; writer: number; durability: Durability },
  ) {
    const { dir, pool, writer, durability } = place;
    this.kind = kind;
    this.writer = writer;
    this.#durability = durability;
    if (kind === "feed") {
      const options = ["--tag", ...UNBATCHED_TAGS, "--durability", durability];
      this.#child = Child.pls(dir, ["feed", pool, ...options]);
    } else {
      const access = [`--allow-read=${dir}`, `--allow-write=${dir}`];
      const script = import.meta.resolve("./kill_writer.ts");
      this.#child = Child.deno(script, access, [dir, pool, `${writer}`, durability]);
    }
  }

  /** Lets it append. */
  async start(): Promise<void> {
    this.#started = true;
    if (this.kind === "feed") {
      this.#pipe().catch(() => {
        // It was killed.
      });
    } else {
      await this.#child.ready();
      await this.#child.send("go");
    }
  }

  /** Waits until it was told of more messages. */
  async goOn(): Promise<void> {
    await this.#waitFor(1);
  }

  /** Stops it at a random moment. */
  async stop(random: Random): Promise<void> {
    await this.#waitFor(random.int(1, SAID_BEFORE_KILL_MAX[this.#durability]));
    spin(random.int(0, 1000 * KILL_DELAY_MS_MAX) / 1000);
    this.#child.signal("SIGSTOP");
  }

  /** Lets it go on after a stop, and waits until it does. */
  async resume(): Promise<void> {
    this.#child.signal("SIGCONT");
    await this.goOn();
  }

  /** Kills it at a random moment. */
  async kill(random: Random): Promise<void> {
    const isEarly = random.chance(EARLY_SHARE);
    if (!isEarly) {
      await this.#waitFor(random.int(1, SAID_BEFORE_KILL_MAX[this.#durability]));
    }
    spin(random.int(0, 1000 * (isEarly ? EARLY_DELAY_MS_MAX : KILL_DELAY_MS_MAX)) / 1000);
    this.#child.kill();
    await this.#child.exit();
    assertEquals(this.#child.stderr.text, "", "a writer complained before it was killed");
  }

  /** Enters what it was told into `ledger`, and returns the sequence numbers. */
  report(ledger: Ledger): number[] {
    const seqs = this.kind === "feed" ? this.#receipts() : this.#acknowledgements();
    seqs.forEach((seq, i) => ledger.acknowledge(seq, { writer: this.writer, counter: i + 1 }));
    return seqs;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
  }

  #receipts(): number[] {
    return this.#child.stdout.lines.map((line) => JSON.parse(line).seq);
  }

  #acknowledgements(): number[] {
    const told = this.#child.stdout.lines.filter((line) => line !== "ready");
    return told.flatMap((line) => {
      const [seq, , size] = line.split(" ").map(Number);
      return Array.from({ length: size }, (_, i) => seq + i);
    });
  }

  /** Waits until it said so many bytes more. */
  async #waitFor(bytes: number): Promise<void> {
    if (!this.#started) await this.start();
    const { stdout } = this.#child;
    const enough = stdout.text.length + bytes;
    await stdout.until((text) => text.length >= enough, `${bytes} bytes of acknowledgements`)
      .catch((error) => {
        throw new Error(`a writer stopped: ${this.#child.stderr.text}`, { cause: error });
      });
  }

  async #pipe(): Promise<void> {
    for (let counter = 1; this.#child.running; counter += PIPED_AT_ONCE) {
      const lines = Array.from({ length: PIPED_AT_ONCE }, (_, i) => {
        return JSON.stringify(makeMessage(this.writer, counter + i));
      });
      await this.#child.send(lines.join("\n"));
    }
  }
}

/** Does nothing for that long, more exactly than a timer could. */
export function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
