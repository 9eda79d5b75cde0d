/**
 * What lies over and above the list of messages.
 *
 * @module
 */

import { button, element, setText } from "./dom.ts";
import { formatCount } from "./format.ts";
import { errorText } from "./server_error.ts";

/** Why there are no more messages, with a button to try again. */
export class ProblemStrip {
  /** What is in the page. */
  readonly root: HTMLElement;
  readonly #text = element("span", { class: "text" });

  /** A strip that is hidden. */
  constructor(onRetry: () => void) {
    this.root = element(
      "div",
      { class: "problem strip", role: "alert", hidden: true },
      this.#text,
      button({ label: "Try again", onPress: onRetry }),
    );
  }

  /** Shows why; undefined hides it. */
  show(reason: unknown): void {
    this.root.hidden = reason === undefined;
    setText(this.#text, reason === undefined ? "" : errorText(reason));
  }
}

/** How many messages wait below those that are shown; pressing it leads to the newest. */
export class NewestPill {
  /** What is in the page. */
  readonly root: HTMLButtonElement;

  /** A pill that is hidden. */
  constructor(onPress: () => void) {
    this.root = button({ label: "Newest", icon: "down", class: "newest-pill", onPress });
    this.root.hidden = true;
  }

  /** Shows that `count` wait; `isMore` when there are more that were not fetched. */
  show(count: number, isMore: boolean): void {
    this.root.hidden = false;
    const label = this.root.querySelector("span");
    if (label === null) return;
    setText(label, count === 0 ? "Newest" : `${formatCount(count)}${isMore ? "+" : ""} new`);
  }

  /** Hides it. */
  hide(): void {
    this.root.hidden = true;
  }
}
