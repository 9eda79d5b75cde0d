/**
 * The messages of a pool as they come, with what chooses, holds and opens them.
 *
 * The list is held still while the reader is away from its end. What comes meanwhile waits;
 * when too much does, the connection is let go and taken up again where it was.
 *
 * @module
 */

import { element } from "./dom.ts";
import type { Entry } from "./entry.ts";
import { FilterBar } from "./filter_bar.ts";
import { MessageBuffer } from "./message_buffer.ts";
import { MessageDetail } from "./message_detail.ts";
import { MessageList } from "./message_list.ts";
import { MessageStream, type StreamFilter } from "./message_stream.ts";
import type { StreamState } from "./message_stream.ts";
import { NewestPill, ProblemStrip } from "./panel_parts.ts";
import { ServerError } from "./server_error.ts";
import type { StreamStart } from "./stream_start.ts";

/** How many messages are shown to begin with, and more at a time when reading on. */
const PAGE_ROWS = 1000;

/** Which messages to show, and whom to tell. */
export interface MessagePanelOptions {
  /** The pool. */
  pool: string;
  /** Which messages to begin with. */
  filter: StreamFilter;
  /** Longest life of one connection in milliseconds. */
  timeoutMs: number;
  /** Told when the connection is another. */
  onState: (state: StreamState) => void;
  /** Told when other messages are chosen. */
  onFilter: (filter: StreamFilter) => void;
}

/** Why the list is held still: it was asked for, or the reader is away from the end. */
type Pause = "asked" | "away" | undefined;

/** Filters, list, detail. */
export class MessagePanel {
  /** What is in the page. */
  readonly root: HTMLElement;
  readonly #options: MessagePanelOptions;
  readonly #buffer = new MessageBuffer();
  /** Which messages are shown. */
  readonly bar: FilterBar;
  /** The messages. */
  readonly list: MessageList;
  /** The opened message. */
  readonly detail: MessageDetail;
  readonly #problem: ProblemStrip;
  readonly #empty = element("p", { class: "empty", hidden: true });
  readonly #newest: NewestPill;
  #filter: StreamFilter;
  #stream: MessageStream | undefined;
  #pause: Pause;
  #selectsFirst = false;
  #wantsMore = false;

  /** Connects. */
  constructor(options: MessagePanelOptions) {
    this.#options = options;
    this.#filter = options.filter;
    this.bar = new FilterBar(options.filter, {
      onFilter: (filter) => this.#choose(filter),
      onJump: (start) => this.#jump(start),
      onPause: () => this.togglePause(),
    });
    this.list = new MessageList(this.#buffer, {
      onLeaveEnd: () => this.#setPause("away"),
      onReachEnd: () => this.#readOn(),
      onOpen: (message) => this.detail.show(message),
      onSelect: (message) => this.detail.isOpen && this.detail.show(message),
    });
    this.detail = new MessageDetail({
      onClose: () => this.closeDetail(),
      onTag: (tag) => this.bar.addTag(tag),
    });
    this.#newest = new NewestPill(() => this.toNewest());
    this.#problem = new ProblemStrip(() => this.retry());
    this.root = element(
      "section",
      { class: "panel", "aria-label": "Messages" },
      this.bar.root,
      this.#problem.root,
      element(
        "div",
        { class: "split" },
        element("div", { class: "list-area" }, this.list.root, this.#empty, this.#newest.root),
        this.detail.root,
      ),
    );
    this.#restart({ last: PAGE_ROWS });
  }

  /** Closes the connection. */
  close(): void {
    this.#stream?.close();
  }

  /** Connects again after it has stopped. */
  retry(): void {
    this.#restart({ last: PAGE_ROWS });
  }

  /** Begins with the first message again, and says why. */
  startAnew(why: string): void {
    this.#restart({ sinceSeq: 1 });
    this.#buffer.add([{ kind: "notice", text: why }]);
  }

  /** Holds the list still, or no longer. */
  togglePause(): void {
    if (this.#pause === undefined) {
      this.list.isFollowing = false;
      this.#setPause("asked");
    } else this.#resume();
  }

  /** Goes to the newest message and stays there. */
  toNewest(): void {
    if (this.#stream?.isHeld) {
      this.#setPause(undefined);
      this.#restart({ last: PAGE_ROWS });
    } else this.#resume();
  }

  /** Goes to the oldest message that is kept. */
  toOldest(): void {
    this.#jump({ sinceSeq: 1 });
  }

  /** Closes the opened message. */
  closeDetail(): void {
    if (!this.detail.isOpen) return;
    this.detail.close();
    this.list.root.focus();
  }

  #restart(start: StreamStart): void {
    this.#stream?.close();
    this.#buffer.clear();
    this.#wantsMore = false;
    this.#buffer.room = this.#pause === undefined ? 0 : PAGE_ROWS;
    this.#problem.show(undefined);
    this.#empty.hidden = true;
    this.list.isFollowing = this.#pause === undefined;
    this.#stream = new MessageStream({
      pool: this.#options.pool,
      filter: this.#filter,
      start,
      timeoutMs: this.#options.timeoutMs,
      onEntries: (entries) => this.#take(entries),
      onState: (state) => this.#onState(state),
    });
    this.#stream.open();
    this.#showWaiting();
  }

  #choose(filter: StreamFilter): void {
    this.#filter = filter;
    this.#options.onFilter(filter);
    if (this.#pause === "away") this.#setPause(undefined);
    this.#restart({ last: PAGE_ROWS });
  }

  #jump(start: StreamStart): void {
    this.#setPause("away");
    this.#restart(start);
    this.list.toStart();
    this.#selectsFirst = true;
    this.list.root.focus();
  }

  #take(entries: Entry[]): void {
    this.#buffer.add(entries);
    if (this.#wantsMore) this.#buffer.take(PAGE_ROWS);
    this.#wantsMore = false;
    if (this.#buffer.isFull) this.#stream?.hold();
    if (this.#selectsFirst) {
      this.#selectsFirst = false;
      this.list.move(1);
    }
    this.#empty.hidden = true;
    this.list.draw();
    this.#showWaiting();
  }

  /** At the last row: some more of what waits, or along with the stream again. */
  #readOn(): void {
    if (this.#pause !== "away") return;
    if (this.#buffer.waitingCount === 0 && !this.#stream?.isHeld) return this.#resume();
    this.#wantsMore = this.#buffer.waitingCount === 0;
    this.#buffer.take(PAGE_ROWS);
    if (this.#buffer.hasRoom) this.#stream?.open();
    this.list.draw();
    this.#showWaiting();
  }

  #resume(): void {
    this.#buffer.take(Infinity);
    this.#setPause(undefined);
    this.list.isFollowing = true;
    this.#stream?.open();
  }

  #setPause(pause: Pause): void {
    this.#pause = pause;
    this.#buffer.isPaused = pause !== undefined;
    if (pause === undefined) this.#buffer.room = 0;
    this.bar.isPaused = pause !== undefined;
    this.#showWaiting();
  }

  #showWaiting(): void {
    if (this.#pause === undefined) return this.#newest.hide();
    this.#newest.show(this.#buffer.waitingCount, this.#stream?.isHeld === true);
  }

  #onState(state: StreamState): void {
    const reason = state.kind === "stopped" ? state.reason : undefined;
    this.#problem.show(reason);
    this.bar.isWrong = this.#filter.where !== "" && reason instanceof ServerError &&
      reason.kind === "Usage";
    if (state.kind === "live" && this.#buffer.shown.length === 0) {
      const isFiltered = this.#filter.where !== "" || this.#filter.tags.length > 0;
      this.#empty.textContent = isFiltered
        ? "No message passes the filter yet."
        : "No messages yet.";
      this.#empty.hidden = false;
    }
    this.#options.onState(state);
  }
}
