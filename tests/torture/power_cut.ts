/**
 * The power is cut while pools are written to, and whatever the disk may hold then is
 * opened, read, appended to, examined and repaired.
 *
 * @module
 */

import { assertLessOrEqual } from "@std/assert";
import { Client, POOL_SUFFIX, type PoolOptions } from "@plasmite/pool";
import { MIN_POOL_BYTES } from "../../pool/layout.ts";
import { checkImage } from "./power_cut_check.ts";
import { AGE_LIMIT_MS, JumpingClock } from "./power_cut_clock.ts";
import { type Known, NOTHING_KNOWN } from "./power_cut_history.ts";
import { type Found, HiddenByRemains } from "./power_cut_image.ts";
import { Life } from "./power_cut_life.ts";
import type { Random } from "./random.ts";
import { SCENES } from "./power_cut_scenes.ts";
import type { PowerCut } from "./recorded_disk.ts";
import type { Counts, Torture } from "./torture.ts";

/** Blocks that disks write whole. */
const BLOCK_BYTES = [512, 4096];
/** Power cuts one pool goes through, at most. */
const CUTS_MAX = 4;
/** Images looked at of one life of a pool. */
const IMAGES_PER_LIFE = 12;
/** Things done in one life of a pool, at most. */
const ACTIONS_MAX = 30;
/** This share of the rounds goes to going through every image of small scenes. */
const SCENES_SHARE = 0.25;
/** A cut that may leave more images than this is not gone through. */
const IMAGES_PER_CUT_MAX = 3000;

/** Remains of appends that never counted hide a message in no more than this share. */
const HIDDEN_SHARE_MAX = 0.001;
/** An image after which a pool is not followed any further. */
const OVER: Found = {
  mended: new Map(),
  hasLeftovers: true,
  isDamaged: false,
  isRepaired: false,
  isOver: true,
};

/** Where a real file system in memory is, on Linux. */
const MEMORY = "/dev/shm";

/** Cuts the power. */
export const powerCut: Torture = {
  name: "power-cut",
  promise: "a power cut costs nothing that was flushed, and leaves a pool that goes on",
  unit: "images",
  rounds: { short: 300, long: 20_000 },
  run: async (rounds, random) => {
    using cuts = new PowerCuts(random);
    return await cuts.run(rounds);
  },
};

/** Cuts the power again and again, and counts. */
class PowerCuts {
  readonly #random: Random;
  readonly #client = new Client({ dir: scratchDirectory() });
  #images = 0;
  readonly #counts = {
    "lives of pools": 0,
    "moments of which every image was seen": 0,
    "messages found": 0,
    "images with leftovers": 0,
    "images with damage between messages": 0,
    "images repaired": 0,
    "pools found deleted or without a state": 0,
    "pools set back behind the last flush": 0,
    "images in which remains hide a message": 0,
  };

  constructor(random: Random) {
    this.#random = random;
  }

  async run(rounds: number): Promise<Counts> {
    await this.#goThroughScenes(Math.floor(rounds * SCENES_SHARE));
    while (this.#images < rounds) await this.#followPool(rounds);
    const hidden = this.#counts["images in which remains hide a message"];
    assertLessOrEqual(hidden, 1 + rounds * HIDDEN_SHARE_MAX, "remains hide more than they may");
    return this.#counts;
  }

  [Symbol.dispose](): void {
    this.#client.close();
    Deno.removeSync(this.#client.dir, { recursive: true });
  }

  /** Every image of every cut of small scenes, but for cuts that may leave too many. */
  async #goThroughScenes(rounds: number): Promise<void> {
    for (const { options, script } of SCENES) {
      const life = this.#live(this.#create(options), NOTHING_KNOWN);
      life.runScript(script);
      for (const blockBytes of BLOCK_BYTES) {
        for (let moment = 0; moment <= life.disk.moment; moment++) {
          const cut = life.disk.cutAt(moment, blockBytes);
          if (cut.imageCount > IMAGES_PER_CUT_MAX) continue;
          if (this.#images + cut.imageCount > rounds) return;
          for (const image of cut.images()) {
            await this.#check(image, life.history.at(moment, image));
          }
          this.#counts["moments of which every image was seen"]++;
        }
      }
    }
  }

  /** One pool through several power cuts. */
  async #followPool(rounds: number): Promise<void> {
    const random = this.#random;
    const clock = new JumpingClock(random);
    let image = this.#create(anyOptions(random));
    let known = NOTHING_KNOWN;
    for (let cuts = random.int(1, CUTS_MAX); cuts > 0; cuts--) {
      const life = this.#live(image, known, clock);
      life.run(random.int(1, ACTIONS_MAX));
      let found: Found | undefined;
      for (let i = 0; i < IMAGES_PER_LIFE && this.#images < rounds; i++) {
        const moment = random.int(0, life.disk.moment);
        image = imageOf(life.disk.cutAt(moment, random.pick(BLOCK_BYTES)), random);
        known = life.history.at(moment, image);
        found = await this.#check(image, known);
      }
      if (found === undefined || found.isOver) return;
      // What is on the disk now stays there; what is not is lost.
      const required = new Map([...known.required, ...found.mended]);
      known = { ...known, required, current: required };
    }
  }

  #create(options: PoolOptions): Uint8Array {
    this.#client.createPool("new", options);
    const image = Deno.readFileSync(this.#client.path("new"));
    this.#client.deletePool("new");
    return image;
  }

  #live(image: Uint8Array, known: Known, clock = new JumpingClock(this.#random)): Life {
    this.#counts["lives of pools"]++;
    return new Life(image, known, this.#random, clock);
  }

  async #check(image: Uint8Array, known: Known): Promise<Found> {
    const name = `cut-${++this.#images}`;
    Deno.writeFileSync(this.#client.path(name), image);
    try {
      const found = await checkImage(this.#client, name, known, this.#random);
      this.#count(found);
      this.#counts["pools set back behind the last flush"] += Number(known.isSetBack);
      return found;
    } catch (cause) {
      if (cause instanceof HiddenByRemains) {
        this.#counts["images in which remains hide a message"]++;
        return OVER;
      }
      const kept = Deno.makeTempFileSync({ prefix: "power-cut-", suffix: POOL_SUFFIX });
      Deno.writeFileSync(kept, image);
      throw new Error(`image ${this.#images}, kept as ${kept}`, { cause });
    } finally {
      for (const { name } of Deno.readDirSync(this.#client.dir)) {
        Deno.removeSync(`${this.#client.dir}/${name}`);
      }
    }
  }

  #count(found: Found): void {
    this.#counts["messages found"] += found.mended.size;
    this.#counts["images with leftovers"] += Number(found.hasLeftovers);
    this.#counts["images with damage between messages"] += Number(found.isDamaged);
    this.#counts["images repaired"] += Number(found.isRepaired);
    this.#counts["pools found deleted or without a state"] += Number(found.isOver);
  }
}

function scratchDirectory(): string {
  try {
    return Deno.makeTempDirSync({ dir: MEMORY, prefix: "pls-torture-" });
  } catch {
    return Deno.makeTempDirSync({ prefix: "pls-torture-" });
  }
}

function anyOptions(random: Random): PoolOptions {
  const sizeBytes = random.pick([MIN_POOL_BYTES, MIN_POOL_BYTES, 8200, 12_288, 20_000, 65_536]);
  const mostEntries = Math.floor(Math.min(sizeBytes / 64, (sizeBytes - 4096 - 1024) / 32));
  return {
    sizeBytes,
    indexCapacity: random.pick([0, 1, undefined, undefined, mostEntries]),
    maxMessages: random.chance(0.15) ? random.int(1, 30) : 0,
    maxAgeMs: random.chance(0.15) ? AGE_LIMIT_MS : 0,
  };
}

/** One image of a cut: with all that was written, none of it, or some, rather the new or the old. */
function imageOf(cut: PowerCut, random: Random): Uint8Array {
  const loss = random.pick([0, 0.1, 0.5, 0.9, 1]);
  const missing = random.int(0, Math.max(0, cut.blockCount - 1));
  const isOneMissing = random.chance(0.3);
  return cut.image((versionCount, block) => {
    if (isOneMissing) return block === missing ? 0 : versionCount - 1;
    return random.chance(loss) ? random.int(0, versionCount - 1) : versionCount - 1;
  });
}
