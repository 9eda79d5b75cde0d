/**
 * The page: a frame around one view, which follows from the address.
 *
 * @module
 */

import { button, element, setText } from "./dom.ts";
import { PoolView } from "./pool_view.ts";
import { PoolsView } from "./pools_view.ts";
import { errorText } from "./server_error.ts";
import { forgetToken, hasToken, loadSession } from "./session.ts";
import { showShortcuts, startShortcuts, useShortcuts } from "./shortcuts.ts";
import { startTheme, switchTheme } from "./theme.ts";
import type { Connection, Frame, View } from "./view.ts";

const POOL_PATH = /^\/ui\/pools\/([^/]+)\/?$/;
const CONNECTION_TEXT: Record<Connection, string> = {
  connecting: "Connecting",
  live: "Live",
  held: "Paused",
  waiting: "Reconnecting",
  stopped: "Stopped",
};

const main = element("main");
const connectionText = element("span");
const connection = element(
  "span",
  { class: "connection", role: "status", hidden: true },
  element("span", { class: "dot", "aria-hidden": "true" }),
  connectionText,
);
const access = element("span", { class: "access" });
const leave = button({
  label: "Forget the token",
  icon: "leave",
  iconOnly: true,
  class: "quiet",
  onPress: () => {
    forgetToken();
    location.reload();
  },
});
leave.hidden = true;
let view: View | undefined;
let shows = 0;

function setConnection(state: Connection, why = ""): void {
  connection.hidden = false;
  connection.dataset.state = state;
  connection.title = why;
  setText(connectionText, CONNECTION_TEXT[state]);
}

function header(): HTMLElement {
  const brand = element("a", { href: "/ui", class: "brand", "data-route": true }, "Plasmite");
  return element(
    "header",
    { class: "top" },
    element("nav", { "aria-label": "Page" }, brand),
    connection,
    access,
    leave,
    button({
      label: "Switch between light and dark",
      icon: "theme",
      iconOnly: true,
      class: "quiet",
      key: "t",
      onPress: switchTheme,
    }),
    button({
      label: "Keys",
      icon: "help",
      iconOnly: true,
      class: "quiet",
      key: "?",
      onPress: showShortcuts,
    }),
  );
}

function giveUp(error: unknown): void {
  view?.close();
  view = undefined;
  setConnection("stopped");
  const again = button({ label: "Try again", class: "primary", onPress: show });
  main.replaceChildren(
    element("div", { class: "refused" }, element("p", { role: "alert" }, errorText(error)), again),
  );
  again.focus();
}

/** Shows what the address names. */
async function show(): Promise<void> {
  const turn = ++shows;
  view?.close();
  view = undefined;
  try {
    const frame: Frame = { session: await loadSession(), setConnection, go, giveUp };
    // Another address was asked for meanwhile.
    if (turn !== shows) return;
    leave.hidden = !hasToken();
    setText(access, frame.session.access === "read-write" ? "" : frame.session.access);
    const pool = POOL_PATH.exec(location.pathname)?.[1];
    const name = pool === undefined ? undefined : decodeURIComponent(pool);
    document.title = name === undefined ? "Plasmite UI" : `${name} · Plasmite UI`;
    view = name === undefined ? new PoolsView(frame) : new PoolView(name, frame);
    main.replaceChildren(view.root);
    useShortcuts([
      ...view.shortcuts,
      { key: "u", does: "Go to the list of pools", run: () => go("/ui") },
      { key: "t", does: "Light or dark", run: switchTheme },
      { key: "?", does: "This list", run: showShortcuts },
    ]);
  } catch (error) {
    if (turn === shows) giveUp(error);
  }
}

function go(path: string): void {
  history.pushState(null, "", path);
  show();
}

/** Links within the page change the view; those for another tab stay links. */
function followLink(event: MouseEvent): void {
  const link = event.target instanceof Element
    ? event.target.closest<HTMLAnchorElement>("a[data-route]")
    : null;
  if (link === null || event.button !== 0) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(link.pathname);
}

startTheme();
startShortcuts();
document.body.append(header(), main);
document.addEventListener("click", followLink);
addEventListener("popstate", show);
show();
