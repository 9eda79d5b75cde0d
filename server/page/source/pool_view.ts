/**
 * One pool: how it is, its messages, and a box to feed it.
 *
 * @module
 */

import { type PoolInfo, poolInfo } from "./api.ts";
import { button, element, setText } from "./dom.ts";
import { FeedForm } from "./feed_form.ts";
import { MessagePanel } from "./message_panel.ts";
import type { StreamFilter, StreamState } from "./message_stream.ts";
import { askToDelete } from "./pool_dialogs.ts";
import { PoolFacts } from "./pool_facts.ts";
import { RateChart } from "./rate_chart.ts";
import { RateMeter } from "./rate_meter.ts";
import { errorText, ServerError } from "./server_error.ts";
import type { Shortcut } from "./shortcuts.ts";
import { onThemeChange } from "./theme.ts";
import { repeat } from "./turns.ts";
import { canRead, canWrite, type Frame, isRefused, type View } from "./view.ts";

const POLL_MS = 1000;
const RATE_WINDOW_MS = 2000;

/** A pool, looked at once a second beside its stream of messages. */
export class PoolView implements View {
  readonly root: HTMLElement;
  readonly shortcuts: readonly Shortcut[];
  readonly #pool: string;
  readonly #frame: Frame;
  readonly #end = new AbortController();
  readonly #facts = new PoolFacts();
  readonly #chart = new RateChart();
  readonly #meter = new RateMeter(RATE_WINDOW_MS);
  readonly #problem = element("p", { class: "problem strip", role: "alert" });
  readonly #feed: FeedForm | undefined;
  readonly #panel: MessagePanel | undefined;
  #id: string | undefined;
  #stopReason: unknown;

  /** Starts to look at `pool`. */
  constructor(pool: string, frame: Frame) {
    this.#pool = pool;
    this.#frame = frame;
    const { session } = frame;
    const back = element("a", { href: "/ui", "data-route": true }, "Pools");
    const name = element("h1", { title: pool }, pool);
    const head = element("div", { class: "pool-head" }, back, name);
    this.root = element("div", { class: "pool" }, head, this.#problem);
    if (canRead(session)) this.root.append(this.#overview());
    else this.#problem.textContent = "This server only takes messages: it shows none.";
    if (canRead(session)) this.root.append((this.#panel = this.#messages()).root);
    if (canWrite(session)) {
      this.#feed = new FeedForm(pool);
      this.#feed.root.hidden = canRead(session);
      this.root.append(this.#feed.root);
      head.append(...this.#writeButtons());
    }
    this.shortcuts = [...this.#readKeys(), ...this.#writeKeys()];
  }

  close(): void {
    this.#end.abort();
    this.#panel?.close();
  }

  #overview(): HTMLElement {
    repeat(POLL_MS, this.#end.signal, () => this.#look());
    onThemeChange(() => this.#chart.recolour(), this.#end.signal);
    return element("div", { class: "overview" }, this.#facts.root, this.#chart.root);
  }

  #messages(): MessagePanel {
    return new MessagePanel({
      pool: this.#pool,
      filter: filterOf(new URLSearchParams(location.search)),
      timeoutMs: this.#frame.session.max_tail_timeout_ms,
      onState: (state) => this.#onState(state),
      onFilter: keepFilter,
    });
  }

  #writeButtons(): HTMLElement[] {
    return [
      button({ label: "Feed", icon: "send", key: "f", onPress: () => this.#toggleFeed() }),
      button({
        label: "Delete pool",
        icon: "trash",
        iconOnly: true,
        class: "quiet",
        onPress: () => this.#delete(),
      }),
    ];
  }

  #readKeys(): Shortcut[] {
    const panel = this.#panel;
    if (panel === undefined) return [];
    return [
      { key: "p", does: "Pause or resume", run: () => panel.togglePause() },
      { key: "/", does: "Filter with jq", run: () => panel.bar.focusFilter() },
      { key: "g", does: "Go to a number or time", run: () => panel.bar.focusJump() },
      { key: "j", does: "Next message (also ↓)", run: () => panel.list.move(1) },
      { key: "k", does: "Previous message (also ↑)", run: () => panel.list.move(-1) },
      { key: "Enter", does: "Open the selected message", run: () => panel.list.openSelected() },
      { key: "c", does: "Copy the opened message's data", run: () => panel.detail.copy() },
      { key: "Escape", does: "Close the opened message", run: () => panel.closeDetail() },
      { key: "Home", does: "Go to the oldest message", run: () => panel.toOldest() },
      { key: "End", does: "Go to the newest message", run: () => panel.toNewest() },
    ];
  }

  #writeKeys(): Shortcut[] {
    if (this.#feed === undefined) return [];
    return [{ key: "f", does: "Feed a message", run: () => this.#openFeed() }];
  }

  async #look(): Promise<void> {
    try {
      const info = await poolInfo(this.#pool, this.#end.signal);
      if (this.#end.signal.aborted) return;
      setText(this.#problem, "");
      this.#show(info);
    } catch (error) {
      if (this.#end.signal.aborted) return;
      if (isRefused(error)) return this.#frame.giveUp(error);
      this.#chart.add(null, Date.now());
      // The messages have stopped for the same reason, and say so.
      setText(this.#problem, this.#stopReason === undefined ? errorText(error) : "");
    }
  }

  #show(info: PoolInfo): void {
    if (this.#id !== undefined && this.#id !== info.id) {
      this.#panel?.startAnew("The pool was deleted and made anew.");
    } else if (this.#stopReason instanceof ServerError && this.#stopReason.kind === "NotFound") {
      this.#panel?.retry();
    }
    this.#id = info.id;
    this.#meter.add(info.next_seq, performance.now());
    const { perSecond } = this.#meter;
    this.#facts.show(info, perSecond);
    if (perSecond !== undefined) this.#chart.add(perSecond, Date.now());
  }

  #onState(state: StreamState): void {
    this.#stopReason = state.kind === "stopped" ? state.reason : undefined;
    if (state.kind === "stopped") setText(this.#problem, "");
    const why = "reason" in state ? errorText(state.reason) : undefined;
    this.#frame.setConnection(state.kind, why);
  }

  #toggleFeed(): void {
    if (this.#feed?.root.hidden) this.#openFeed();
    else if (this.#feed !== undefined) this.#feed.root.hidden = true;
  }

  #openFeed(): void {
    if (this.#feed === undefined) return;
    this.#feed.root.hidden = false;
    this.#feed.focus();
  }

  async #delete(): Promise<void> {
    if (await askToDelete(this.#pool)) this.#frame.go("/ui");
  }
}

function filterOf(query: URLSearchParams): StreamFilter {
  return { tags: query.getAll("tag"), where: query.get("where") ?? "" };
}

/** So that a reload, and whoever gets the address, sees the same messages. */
function keepFilter({ tags, where }: StreamFilter): void {
  const query = new URLSearchParams(tags.map((tag) => ["tag", tag]));
  if (where !== "") query.set("where", where);
  const search = query.size === 0 ? "" : `?${query}`;
  history.replaceState(null, "", location.pathname + search);
}
