/**
 * Light or dark: as the system has it, until the reader chooses.
 *
 * @module
 */

const THEME = "plasmite.theme";
const DARK = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** Applies what was chosen in an earlier visit. */
export function startTheme(): void {
  const chosen = localStorage.getItem(THEME);
  if (chosen !== null) document.documentElement.dataset.theme = chosen;
  DARK.addEventListener("change", tell);
}

/** Switches between light and dark. */
export function switchTheme(): void {
  const chosen = document.documentElement.dataset.theme ?? (DARK.matches ? "dark" : "light");
  const other = chosen === "dark" ? "light" : "dark";
  // What the system has needs no choice kept.
  if ((other === "dark") === DARK.matches) {
    delete document.documentElement.dataset.theme;
    localStorage.removeItem(THEME);
  } else {
    document.documentElement.dataset.theme = other;
    localStorage.setItem(THEME, other);
  }
  tell();
}

/** Calls `listener` when the colours are others, until `signal` is aborted. */
export function onThemeChange(listener: () => void, signal: AbortSignal): void {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener), { once: true });
}

function tell(): void {
  for (const listener of listeners) listener();
}
