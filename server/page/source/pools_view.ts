/**
 * The list of pools.
 *
 * @module
 */

import { listPools, type PoolInfo, type UnreadablePool } from "./api.ts";
import { button, element } from "./dom.ts";
import { askToCreate } from "./pool_dialogs.ts";
import { PoolRow } from "./pool_row.ts";
import { errorText } from "./server_error.ts";
import { repeat } from "./turns.ts";
import { canRead, canWrite, type Frame, isRefused, poolPath, type View } from "./view.ts";

const POLL_MS = 1000;

/** All pools, looked at once a second. */
export class PoolsView implements View {
  readonly root: HTMLElement;
  readonly shortcuts = [
    { key: "/", does: "Search by name", run: () => this.#search.focus() },
    { key: "j", does: "Next pool", run: () => this.#move(1) },
    { key: "k", does: "Previous pool", run: () => this.#move(-1) },
  ];
  readonly #frame: Frame;
  readonly #end = new AbortController();
  readonly #rows = new Map<string, PoolRow>();
  readonly #body = element("tbody", { role: "rowgroup" });
  readonly #problem = element("p", { class: "problem strip", role: "alert" });
  readonly #empty = element("p", { class: "empty", hidden: true });
  readonly #search = element("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search pools by name",
    autocomplete: "off",
    spellcheck: "false",
  });

  /** Starts to look at the pools. */
  constructor(frame: Frame) {
    this.#frame = frame;
    const bar = element("div", { class: "pools-bar" }, element("h1", {}, "Pools"), this.#search);
    if (canWrite(frame.session)) {
      bar.append(button({
        label: "New pool",
        icon: "plus",
        key: "n",
        class: "primary",
        onPress: () => this.#create(),
      }));
      this.shortcuts.push({ key: "n", does: "New pool", run: () => this.#create() });
    }
    this.root = element(
      "div",
      { class: "pools" },
      bar,
      this.#problem,
      this.#table(),
      this.#empty,
    );
    this.#search.addEventListener("input", () => this.#find());
    if (canRead(frame.session)) repeat(POLL_MS, this.#end.signal, () => this.#look());
    else this.#problem.textContent = "This server only takes messages: it shows no pools.";
  }

  close(): void {
    this.#end.abort();
  }

  #table(): HTMLElement {
    const names = ["Name", "Messages/s", "Fill", "Newest", "Messages", "Size", ""];
    const kinds = ["name", "rate", "fill", "newest", "count", "size", "actions"];
    // Said outright: a phone shows rows as grids, and browsers then forget that it is a table.
    const head = element("tr", { role: "row" });
    for (const [index, name] of names.entries()) {
      const cell = element("th", { scope: "col", role: "columnheader", class: kinds[index] }, name);
      if (name === "") cell.append(element("span", { class: "off-screen" }, "Actions"));
      head.append(cell);
    }
    const top = element("thead", { role: "rowgroup" }, head);
    return element("table", { role: "table" }, top, this.#body);
  }

  async #look(): Promise<void> {
    try {
      const pools = await listPools(this.#end.signal);
      if (this.#end.signal.aborted) return;
      this.#problem.textContent = "";
      this.#frame.setConnection("live");
      this.#show(pools);
    } catch (error) {
      if (this.#end.signal.aborted) return;
      if (isRefused(error)) return this.#frame.giveUp(error);
      this.#frame.setConnection("waiting", errorText(error));
      this.#problem.textContent = errorText(error);
    }
  }

  #show(pools: readonly (PoolInfo | UnreadablePool)[]): void {
    const nowMs = performance.now();
    const names = new Set(pools.map(({ name }) => name));
    for (const [name, row] of this.#rows) {
      if (names.has(name)) continue;
      row.root.remove();
      this.#rows.delete(name);
    }
    for (const [index, pool] of pools.entries()) {
      const row = this.#rows.get(pool.name) ?? this.#addRow(pool.name);
      row.show(pool, nowMs);
      // Moving an element takes the focus from it: only where the order is another.
      const there = this.#body.children.item(index);
      if (there !== row.root) this.#body.insertBefore(row.root, there);
    }
    this.#find();
  }

  #addRow(name: string): PoolRow {
    const row = new PoolRow(name, {
      canDelete: canWrite(this.#frame.session),
      onDeleted: () => this.#look(),
    });
    this.#rows.set(name, row);
    return row;
  }

  #find(): void {
    const wanted = this.#search.value.trim().toLowerCase();
    let found = 0;
    for (const [name, row] of this.#rows) {
      row.root.hidden = !name.toLowerCase().includes(wanted);
      if (!row.root.hidden) found++;
    }
    this.#empty.hidden = found > 0;
    this.#empty.textContent = this.#rows.size === 0 ? "No pools yet." : "No pool of that name.";
  }

  #move(step: 1 | -1): void {
    const links = [...this.#body.querySelectorAll<HTMLElement>("tr:not([hidden]) a")];
    const at = links.findIndex((link) => link === document.activeElement);
    const next = at < 0 && step < 0 ? links.length - 1 : at + step;
    links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
  }

  async #create(): Promise<void> {
    const name = await askToCreate();
    if (name !== undefined) this.#frame.go(poolPath(name));
  }
}
