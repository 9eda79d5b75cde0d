/**
 * `pls config`: what is in force, and where each value comes from.
 *
 * @module
 */

import { defineCommand } from "./command.ts";
import { formatSize } from "./format_size.ts";
import { shownMesh } from "./messaging/mesh_place.ts";
import type { Session } from "./session.ts";
import type { Setting, Settings } from "./settings.ts";
import { renderTable, type Row } from "./table.ts";

/** The `config` command. */
export const config = defineCommand({
  name: "config",
  summary: "Show the settings in force and where they come from",
  details: [
    "Settings are kept in ~/.plasmite/config.jsonc, or in the file that PLS_CONFIG names: " +
    "JSON, in which comments are welcome. It need not exist.",
    "Its keys: dir, the directory of the pools that are given by name; size, that of a new " +
    'pool file, such as "8M"; color, one of auto, always and never; mesh, where messaging ' +
    "is when not on this machine: a nats:// URL, or the name of a remote; remotes, an object " +
    'with a name for each, such as { "build": { "url": "https://build.example:9700", ' +
    '"token_file": "~/.plasmite/build.token" } }. Paths are relative to the file.',
    "PLS_DIR, PLS_SIZE, PLS_COLOR and PLS_MESH win over the file, and flags over both.",
  ],
  positionals: {},
  flags: { json: { kind: "switch", help: "Print JSON." } },
  examples: [
    { does: "See what is in force", line: "pls config" },
    { does: "The pool directory", line: "pls config --json | jq -r .settings.dir.value" },
    { does: "See what a flag changes", line: "pls --dir /tmp/pools config" },
  ],
  run: ({ flags }, session) => {
    const { stdout, settings } = session;
    if (flags.json) stdout.writeJson(JSON.stringify(settingsJson(settings, session)));
    else {
      const columns = ["SETTING", "VALUE", "FROM"];
      stdout.write(renderTable(columns, settingRows(session), stdout.columns));
    }
    return 0;
  },
});

/** What `--json` says. */
function settingsJson(settings: Settings, session: Session) {
  const { path, found, dir, size, color, mesh, remotes } = settings;
  return {
    file: { path: path ?? null, found },
    settings: {
      dir: { ...dir, value: session.client.dir },
      size,
      color,
      mesh: { ...mesh, value: shownMesh(session) },
    },
    remotes,
  };
}

function settingRows(session: Session): Row[] {
  const { settings, client, stdout } = session;
  const { path, found, dir, size, color, mesh, remotes } = settings;
  const sizeText = stdout.isTerminal ? formatSize(size.value) : size.value;
  const file = `${path ?? "no HOME to look in"}${found ? "" : " (not there)"}`;
  return [
    ["file", file, Deno.env.get("PLS_CONFIG") ? "PLS_CONFIG" : "default"],
    ["dir", client.dir, place(dir)],
    ["size", sizeText, place(size)],
    ["color", color.value, place(color)],
    ["mesh", shownMesh(session), place(mesh)],
    ...Object.entries(remotes).map(([name, remote]) => {
      return [`remotes.${name}`, remote.value.url, place(remote)];
    }),
  ];
}

function place({ source, from }: Setting<unknown>): string {
  return from ?? source;
}
