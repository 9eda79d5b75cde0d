/**
 * One row of the list of messages. Rows are used again for other messages, so that a fast
 * stream makes no elements.
 *
 * @module
 */

import { element, setText } from "./dom.ts";
import type { Entry } from "./entry.ts";
import { formatCount, formatTime } from "./format.ts";

/** More than fits in a row on any screen. */
const MAX_SHOWN_CHARACTERS = 600;

/** An element that shows one entry at a time. */
export class MessageRow {
  /** What is in the page. */
  readonly root: HTMLElement;
  readonly #seq = element("span", { class: "seq" });
  readonly #time = element("span", { class: "time" });
  readonly #tags = element("span", { class: "tags" });
  readonly #data = element("span", { class: "data" });
  #entry: Entry | undefined;

  /** An empty row with this id. */
  constructor(id: string) {
    this.root = element(
      "div",
      { id, role: "option", class: "row" },
      this.#seq,
      this.#time,
      this.#tags,
      this.#data,
    );
  }

  /** What it shows. */
  get entry(): Entry | undefined {
    return this.#entry;
  }

  /** Shows `entry` at `top` pixels. */
  show(entry: Entry, top: number, isSelected: boolean, today: string): void {
    this.root.style.transform = `translateY(${top}px)`;
    this.root.hidden = false;
    this.root.setAttribute("aria-selected", String(isSelected));
    if (this.#entry === entry) return;
    this.#entry = entry;
    this.root.classList.toggle("gap", entry.kind === "gap");
    this.root.classList.toggle("notice", entry.kind === "notice");
    if (entry.kind !== "message") return this.#showText(entryText(entry));
    setText(this.#seq, String(entry.seq));
    setText(this.#time, formatTime(entry.time, today));
    setText(this.#data, entry.data.slice(0, MAX_SHOWN_CHARACTERS));
    this.#tags.replaceChildren(
      ...entry.tags.slice(0, 8).map((tag) => element("span", { class: "tag" }, tag)),
    );
  }

  /** Takes it out of sight. */
  hide(): void {
    this.root.hidden = true;
  }

  #showText(text: string): void {
    setText(this.#seq, "");
    setText(this.#time, "");
    this.#tags.replaceChildren();
    setText(this.#data, text);
  }
}

function entryText(entry: Exclude<Entry, { kind: "message" }>): string {
  if (entry.kind === "notice") return entry.text;
  const count = entry.toSeq - entry.fromSeq + 1;
  const why = entry.reason === "damage" ? "damaged" : "no longer kept";
  if (count === 1) return `Message ${entry.fromSeq} is missing: ${why}`;
  return `${formatCount(count)} messages are missing: ${entry.fromSeq} to ${entry.toSeq}, ${why}`;
}
