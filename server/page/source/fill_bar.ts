/**
 * How full a pool is.
 *
 * @module
 */

import { element, setText } from "./dom.ts";
import { formatPercent } from "./format.ts";

/** A bar and the number. */
export class FillBar {
  /** What is in the page. */
  readonly root: HTMLElement;
  readonly #bar = element("span", { class: "bar" });
  readonly #text = element("span", { class: "number" });

  /** An empty bar. */
  constructor() {
    const track = element("span", { class: "track", "aria-hidden": "true" }, this.#bar);
    this.root = element("span", { class: "fill" }, track, this.#text);
  }

  /** Shows `percent` of 100. */
  show(percent: number): void {
    this.#bar.style.width = `${Math.min(100, percent)}%`;
    setText(this.#text, formatPercent(percent));
  }
}
