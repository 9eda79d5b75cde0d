/**
 * Keys that do what a control does, and the list of them.
 *
 * @module
 */

import { openDialog } from "./dialog.ts";
import { element } from "./dom.ts";

/** A key and what it does. */
export interface Shortcut {
  /** The key as the browser names it. */
  key: string;
  /** What it does, for the list. */
  does: string;
  /** Does it. */
  run: () => void;
}

let current: readonly Shortcut[] = [];

/** Makes `shortcuts` the ones in force. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  current = shortcuts;
}

/** Starts listening to keys. */
export function startShortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]") !== null) return;
    if (event.key === "Escape" && isTyping(event.target)) {
      return (event.target as HTMLElement).blur();
    }
    if (isTyping(event.target)) return;
    const shortcut = current.find(({ key }) => key === event.key);
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut.run();
  });
}

/** Shows the list of keys. */
export function showShortcuts(): void {
  const list = element("dl", { class: "shortcuts" });
  for (const { key, does } of current) {
    list.append(element("dt", {}, element("kbd", {}, keyName(key))), element("dd", {}, does));
  }
  openDialog({ title: "Keys", content: [list] });
}

function keyName(key: string): string {
  const names: Record<string, string> = { Escape: "Esc", ArrowDown: "↓", ArrowUp: "↑" };
  return names[key] ?? key;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}
