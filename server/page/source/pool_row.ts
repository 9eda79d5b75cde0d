/**
 * One pool in the list of pools.
 *
 * @module
 */

import type { PoolInfo, UnreadablePool } from "./api.ts";
import { button, element, setText } from "./dom.ts";
import { FillBar } from "./fill_bar.ts";
import { formatAge, formatBytes, formatCount, formatRate } from "./format.ts";
import { askToDelete } from "./pool_dialogs.ts";
import { RateMeter } from "./rate_meter.ts";
import { poolPath } from "./view.ts";

const RATE_WINDOW_MS = 3000;
const SHOWN_CELLS = 5;

/** What a row may do, and whom it tells. */
export interface PoolRowOptions {
  /** Show a button that deletes the pool. */
  canDelete: boolean;
  /** Told when it was deleted. */
  onDeleted: () => void;
}

/** A row that is kept for as long as the pool is listed. */
export class PoolRow {
  /** What is in the page. */
  readonly root: HTMLTableRowElement;
  readonly #meter = new RateMeter(RATE_WINDOW_MS);
  readonly #bar = new FillBar();
  readonly #rate = element("td", { role: "cell", class: "rate number" });
  readonly #fill = element("td", { role: "cell", class: "fill" }, this.#bar.root);
  readonly #newest = element("td", { role: "cell", class: "newest number" });
  readonly #count = element("td", { role: "cell", class: "count number" });
  readonly #size = element("td", { role: "cell", class: "size number" });
  readonly #error = element("td", { role: "cell", class: "error", colspan: String(SHOWN_CELLS) });
  readonly #actions = element("td", { role: "cell", class: "actions" });
  readonly #name: HTMLElement;
  #isReadable: boolean | undefined;

  /** The row of the pool `name`. */
  constructor(name: string, options: PoolRowOptions) {
    const link = element("a", { href: poolPath(name), "data-route": true }, name);
    this.#name = element("th", { scope: "row", role: "rowheader", class: "name" }, link);
    this.root = element("tr", { role: "row" });
    if (!options.canDelete) return;
    this.#actions.append(button({
      label: `Delete ${name}`,
      icon: "trash",
      iconOnly: true,
      class: "quiet",
      onPress: async () => {
        if (await askToDelete(name)) options.onDeleted();
      },
    }));
  }

  /** Shows how the pool is at `nowMs`. */
  show(pool: PoolInfo | UnreadablePool, nowMs: number): void {
    const isReadable = !("error" in pool);
    if (isReadable !== this.#isReadable) this.#arrange(isReadable);
    if (!isReadable) return setText(this.#error, pool.error.message ?? "it can't be read");
    this.#meter.add(pool.next_seq, nowMs);
    const { perSecond } = this.#meter;
    const { metrics } = pool;
    setText(this.#rate, perSecond === undefined ? "–" : formatRate(perSecond));
    this.#rate.classList.toggle("still", !perSecond);
    this.#bar.show(metrics.utilization.used_percent);
    const ageMs = metrics.age.newest_age_ms;
    setText(this.#newest, ageMs === null ? "–" : formatAge(ageMs));
    setText(this.#count, formatCount(metrics.message_count));
    setText(this.#size, formatBytes(pool.file_size));
  }

  #arrange(isReadable: boolean): void {
    this.#isReadable = isReadable;
    const cells = isReadable
      ? [this.#rate, this.#fill, this.#newest, this.#count, this.#size]
      : [this.#error];
    this.root.replaceChildren(this.#name, ...cells, this.#actions);
  }
}
