/**
 * Copying text.
 *
 * @module
 */

import { element } from "./dom.ts";

/** Puts `text` on the clipboard; false when the browser does not let it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

/** Browsers keep the clipboard from pages of plain http, but copy what is selected. */
function copySelected(text: string): boolean {
  const area = element("textarea", { class: "off-screen", "aria-hidden": "true" });
  const focused = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
