/**
 * How a pool is, in a few numbers.
 *
 * @module
 */

import type { PoolInfo } from "./api.ts";
import { element, setText } from "./dom.ts";
import { formatAge, formatBytes, formatCount, formatPercent, formatRate } from "./format.ts";

/** Numbers with their names. */
export class PoolFacts {
  /** What is in the page. */
  readonly root = element("dl", { class: "pool-facts" });
  readonly #rate = this.#add("Messages/s");
  readonly #fill = this.#add("Fill");
  readonly #count = this.#add("Messages");
  readonly #size = this.#add("Size");
  readonly #first = this.#add("First");
  readonly #oldest = this.#add("Oldest");
  readonly #last = this.#add("Last");
  readonly #newest = this.#add("Newest");

  /** Shows how the pool is; `perSecond` is undefined while it is not known. */
  show(info: PoolInfo, perSecond: number | undefined): void {
    const { age, message_count, utilization } = info.metrics;
    const { oldest, newest } = info.bounds;
    setText(this.#rate, perSecond === undefined ? "–" : formatRate(perSecond));
    setText(this.#count, formatCount(message_count));
    setText(this.#first, String(oldest ?? "–"));
    setText(this.#last, String(newest ?? "–"));
    setText(this.#size, formatBytes(info.file_size));
    setText(this.#newest, age.newest_age_ms === null ? "–" : formatAge(age.newest_age_ms));
    setText(this.#oldest, age.oldest_age_ms === null ? "–" : formatAge(age.oldest_age_ms));
    setText(this.#fill, formatPercent(utilization.used_percent));
  }

  #add(name: string): HTMLElement {
    const value = element("dd", {}, "–");
    this.root.append(element("div", {}, element("dt", {}, name), value));
    return value;
  }
}
