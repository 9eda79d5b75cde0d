/**
 * Choosing which messages are shown, and going to one.
 *
 * @module
 */

import { button, element } from "./dom.ts";
import type { StreamFilter } from "./message_stream.ts";
import { parseStart, type StreamStart } from "./stream_start.ts";
import { TagInput } from "./tag_input.ts";

/** What the bar tells. */
export interface FilterBarEvents {
  /** Other messages are wanted. */
  onFilter: (filter: StreamFilter) => void;
  /** Messages from another place on are wanted. */
  onJump: (start: StreamStart) => void;
  /** The list is to be held still, or no longer. */
  onPause: () => void;
}

/** The row of fields above the messages. */
export class FilterBar {
  /** What is in the page. */
  readonly root: HTMLElement;
  readonly #tags: TagInput;
  readonly #where = textField("Filter (jq)", 'jq, such as .data.level == "warn"', "where");
  readonly #jump = textField("Go to number or time", "# or time", "jump");
  readonly #pause: HTMLButtonElement;
  readonly #events: FilterBarEvents;
  #applied: StreamFilter;

  /** A bar that starts with `filter`. */
  constructor(filter: StreamFilter, events: FilterBarEvents) {
    this.#events = events;
    this.#applied = filter;
    this.#tags = new TagInput("Filter by tag", "Tag, then Enter", () => this.#apply());
    this.#tags.tags = filter.tags;
    this.#where.value = filter.where;
    this.#pause = button({
      label: "Pause",
      icon: "pause",
      key: "p",
      class: "pause",
      onPress: events.onPause,
    });
    const go = button({ label: "Go", class: "go", onPress: () => this.#go() });
    this.root = element(
      "div",
      { class: "filter-bar", role: "search" },
      this.#tags.root,
      this.#where,
      element("div", { class: "joined" }, this.#jump, go),
      this.#pause,
    );
    this.#where.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#apply();
    });
    this.#where.addEventListener("change", () => this.#apply());
    this.#jump.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#go();
    });
    this.#jump.addEventListener("input", () => this.#jump.setCustomValidity(""));
  }

  /** Wants messages with `tag` only. */
  addTag(tag: string): void {
    this.#tags.add(tag);
  }

  /** Marks the jq filter as one the server refused, or as good. */
  set isWrong(value: boolean) {
    if (value) this.#where.setAttribute("aria-invalid", "true");
    else this.#where.removeAttribute("aria-invalid");
  }

  /** Shows whether the list is held still. */
  set isPaused(value: boolean) {
    const made = button({
      label: value ? "Resume" : "Pause",
      icon: value ? "play" : "pause",
      key: "p",
      onPress: () => {},
    });
    this.#pause.replaceChildren(...made.childNodes);
    this.#pause.title = made.title;
  }

  /** Puts the cursor into the jq filter. */
  focusFilter(): void {
    this.#where.focus();
    this.#where.select();
  }

  /** Puts the cursor into the field for going elsewhere. */
  focusJump(): void {
    this.#jump.focus();
    this.#jump.select();
  }

  #apply(): void {
    const filter = { tags: this.#tags.tags, where: this.#where.value.trim() };
    if (JSON.stringify(filter) === JSON.stringify(this.#applied)) return;
    this.#applied = filter;
    this.#events.onFilter(filter);
  }

  #go(): void {
    const start = parseStart(this.#jump.value, Date.now());
    if (start !== undefined) return this.#events.onJump(start);
    this.#jump.setCustomValidity(
      "A number such as 120, an age such as 5m, or a time such as 14:30 or 2026-01-31 14:30.",
    );
    this.#jump.reportValidity();
  }
}

function textField(label: string, placeholder: string, name: string): HTMLInputElement {
  return element("input", {
    type: "text",
    class: name,
    placeholder,
    "aria-label": label,
    title: label,
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
  });
}
