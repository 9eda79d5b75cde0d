/**
 * The list of messages. Only the rows in sight are in the page, and what has come is drawn
 * once for each frame of the screen.
 *
 * @module
 */

import { element } from "./dom.ts";
import type { Entry, MessageEntry } from "./entry.ts";
import { localDay } from "./format.ts";
import type { MessageBuffer } from "./message_buffer.ts";
import { MessageRow } from "./message_row.ts";

/** Rows above and below those in sight. */
const OVERSCAN = 4;
const PHONE = matchMedia("(max-width: 640px)");

/** What the list tells. */
export interface MessageListEvents {
  /** The reader went up, away from the newest row. */
  onLeaveEnd: () => void;
  /** The reader came to the last row. */
  onReachEnd: () => void;
  /** A message is to be opened. */
  onOpen: (message: MessageEntry) => void;
  /** Another message is selected. */
  onSelect: (message: MessageEntry) => void;
}

/** A list over the rows of a buffer. */
export class MessageList {
  /** What is in the page. */
  readonly root: HTMLElement;
  readonly #buffer: MessageBuffer;
  readonly #events: MessageListEvents;
  readonly #spacer = element("div", { class: "spacer" });
  readonly #rows: MessageRow[] = [];
  #isDue = false;
  #isFollowing = true;
  #firstIndex = 0;
  #selected: number | undefined;
  #pressed: Entry | undefined;
  #drawnTop = 0;

  /** A list of the rows in `buffer`; call {@linkcode draw} when those are others. */
  constructor(buffer: MessageBuffer, events: MessageListEvents) {
    this.#buffer = buffer;
    this.#events = events;
    this.root = element("div", {
      class: "messages",
      role: "listbox",
      tabindex: "0",
      "aria-label": "Messages",
    }, this.#spacer);
    this.root.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    // Rows move on under the pointer: what counts is what was there when it went down.
    this.root.addEventListener("pointerdown", (event) => {
      this.#pressed = this.#rowAt(event.target)?.entry;
    });
    this.root.addEventListener("click", () => this.#openPressed());
    this.root.addEventListener("keydown", (event) => this.#onKey(event));
    new ResizeObserver(() => this.draw()).observe(this.root);
    PHONE.addEventListener("change", () => this.draw());
  }

  /** Whether the newest row is kept in sight. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  set isFollowing(value: boolean) {
    this.#isFollowing = value;
    this.draw();
  }

  /** Scrolls to the first row. */
  toStart(): void {
    this.root.scrollTop = this.#drawnTop = 0;
    this.draw();
  }

  /** Draws at the next frame. */
  draw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  /** Selects the message `step` rows on; gaps are passed over. */
  move(step: 1 | -1): void {
    const { shown, firstIndex } = this.#buffer;
    let at = this.#selected === undefined ? this.#entryPoint(step) : this.#selected - firstIndex;
    do at += step; while (shown[at] !== undefined && shown[at].kind !== "message");
    if (at >= shown.length) return this.#moveOn(step);
    const entry = shown[at];
    if (entry?.kind !== "message") return;
    this.#selected = firstIndex + at;
    this.#stay();
    this.#scrollTo(at);
    this.draw();
    this.#events.onSelect(entry);
  }

  /** Opens the selected message. */
  openSelected(): void {
    if (this.#selected === undefined) return this.move(-1);
    const entry = this.#buffer.shown[this.#selected - this.#buffer.firstIndex];
    if (entry?.kind === "message") this.#events.onOpen(entry);
  }

  /** Past the last row are those that wait, if any. */
  #moveOn(step: 1 | -1): void {
    const end = this.#buffer.firstIndex + this.#buffer.shown.length;
    this.#events.onReachEnd();
    if (this.#buffer.firstIndex + this.#buffer.shown.length > end) this.move(step);
  }

  /** A selected row does not run away. */
  #stay(): void {
    if (!this.#isFollowing) return;
    this.#isFollowing = false;
    this.#events.onLeaveEnd();
  }

  get #rowHeight(): number {
    return PHONE.matches ? 44 : 26;
  }

  /** The row before the first or after the last one in sight. */
  #entryPoint(step: 1 | -1): number {
    const rowHeight = this.#rowHeight;
    const { scrollTop, clientHeight } = this.root;
    if (step === 1) return Math.ceil(scrollTop / rowHeight) - 1;
    return Math.min(
      this.#buffer.shown.length,
      Math.floor((scrollTop + clientHeight) / rowHeight),
    );
  }

  #draw(): void {
    const { shown, firstIndex } = this.#buffer;
    const rowHeight = this.#rowHeight;
    const height = shown.length * rowHeight;
    this.#spacer.style.height = `${height}px`;
    if (this.#isFollowing) this.root.scrollTop = height;
    else if (firstIndex !== this.#firstIndex) {
      this.root.scrollTop -= (firstIndex - this.#firstIndex) * rowHeight;
    }
    this.#firstIndex = firstIndex;
    if (this.#selected !== undefined && this.#selected < firstIndex) this.#selected = undefined;
    const { scrollTop, clientHeight } = this.root;
    this.#drawnTop = scrollTop;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
    const end = Math.min(
      shown.length,
      Math.ceil((scrollTop + clientHeight) / rowHeight) + OVERSCAN,
    );
    this.#showRows(shown, first, end);
  }

  #showRows(shown: readonly Entry[], first: number, end: number): void {
    const today = localDay(new Date());
    const selected = this.#selected === undefined
      ? undefined
      : this.#selected - this.#buffer.firstIndex;
    let active = "";
    for (let slot = 0; slot < Math.max(end - first, this.#rows.length); slot++) {
      const at = first + slot;
      const row = this.#rows[slot] ?? this.#addRow(slot);
      if (at >= end) row.hide();
      else row.show(shown[at], at * this.#rowHeight, at === selected, today);
      if (at === selected && at < end) active = row.root.id;
    }
    if (active === "") this.root.removeAttribute("aria-activedescendant");
    else this.root.setAttribute("aria-activedescendant", active);
  }

  #addRow(slot: number): MessageRow {
    const row = new MessageRow(`message-row-${slot}`);
    this.#rows.push(row);
    this.#spacer.append(row.root);
    return row;
  }

  #onScroll(): void {
    const { scrollTop, clientHeight, scrollHeight } = this.root;
    const isAtEnd = scrollTop + clientHeight >= scrollHeight - this.#rowHeight;
    if (!isAtEnd && scrollTop < this.#drawnTop - 2) this.#stay();
    else if (!this.#isFollowing && isAtEnd && scrollTop > this.#drawnTop) {
      this.#events.onReachEnd();
    }
    this.draw();
  }

  #scrollTo(at: number): void {
    const rowHeight = this.#rowHeight;
    const { scrollTop, clientHeight } = this.root;
    const top = at * rowHeight;
    if (top < scrollTop) this.root.scrollTop = top;
    else if (top + rowHeight > scrollTop + clientHeight) {
      this.root.scrollTop = top + rowHeight - clientHeight;
    }
    // Only a scroll by the reader's hand may lead back to the end of the stream.
    this.#drawnTop = this.root.scrollTop;
  }

  #rowAt(target: EventTarget | null): MessageRow | undefined {
    const root = target instanceof Element ? target.closest(".row") : null;
    return this.#rows.find((row) => row.root === root);
  }

  #openPressed(): void {
    const entry = this.#pressed;
    if (entry?.kind !== "message") return;
    const at = this.#buffer.shown.lastIndexOf(entry);
    this.#selected = at < 0 ? undefined : this.#buffer.firstIndex + at;
    this.#stay();
    this.draw();
    this.#events.onOpen(entry);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown") this.move(1);
    else if (event.key === "ArrowUp") this.move(-1);
    else if (event.key === "Enter") this.openSelected();
    else return;
    event.preventDefault();
  }
}
