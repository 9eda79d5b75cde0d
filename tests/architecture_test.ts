/**
 * Imports point one way, and a folder is entered through its `mod.ts` or
 * `internal_mod.ts` only, or a door of its own: see docs/architecture.md.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** What each part of the house may import from the others. */
const ALLOWED: Record<string, readonly string[]> = {
  "pool": [],
  "client.ts": ["pool"],
  "mod.ts": ["client.ts", "pool"],
  "messaging": ["client.ts", "pool"],
  "nats": ["pool"],
  "remote": ["pool"],
  "server": ["pool", "deno.json"],
  "cli": ["client.ts", "messaging", "nats", "pool", "remote", "server", "deno.json"],
  "cli.ts": ["cli"],
};

/** What each folder of `messaging/` may import from the others. */
const ALLOWED_IN_MESSAGING: Record<string, readonly string[]> = {
  "contracts": [],
  "registry": ["contracts"],
  "home": ["contracts"],
  "store": ["contracts", "registry"],
  "service": ["contracts", "home", "registry", "store"],
  "daemon": ["contracts", "home", "service"],
};

/** Names outside the house that `pool/` may use; everything else would reach too far. */
const ALLOWED_OUTSIDE_OF_POOL = ["@michaelhomer/jqjs"];

interface Import {
  from: string;
  to: string;
}

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = folder + entry.name;
    if (entry.isDirectory) yield* sourceFiles(`${path}/`);
    else if (path.endsWith(".ts")) yield path;
  }
}

function partFiles(part: string): string[] {
  return part.includes(".") ? [part] : [...sourceFiles(`${part}/`)];
}

const SPECIFIER =
  /(?:^|\n)\s*(?:import|export)\b[^"';]*?from\s*"([^"]+)"|import\s*\(?\s*"([^"]+)"/g;

/** The imports of a file, relative ones as paths from the root. */
function importsOf(path: string): Import[] {
  const text = Deno.readTextFileSync(new URL(path, ROOT)).replaceAll(/^\s*\*.*$/gm, "");
  return [...text.matchAll(SPECIFIER)].map(([, from, bare]) => {
    const specifier = from ?? bare;
    const url = new URL(specifier, new URL(path, ROOT));
    return {
      from: path,
      to: specifier.startsWith(".") ? url.href.slice(ROOT.href.length) : specifier,
    };
  });
}

function partOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : path;
}

/** Further ways into a folder, to what most commands do not load. */
const DOORS = ["messaging/daemon/mod.ts"];

/** Whether a file is what others may import of its folder. */
function isFace(path: string): boolean {
  const part = partOf(path);
  return [`${part}/mod.ts`, `${part}/internal_mod.ts`, ...DOORS].includes(path);
}

const imports = Object.keys(ALLOWED).flatMap(partFiles).flatMap(importsOf);
const inside = imports.filter(({ to }) => /\.(ts|json)$/.test(to) && !to.includes(":"));

Deno.test("the import scanner sees the imports there are", () => {
  const seen = (from: string, to: string) =>
    imports.some((found) => found.from === from && found.to === to);
  assert(seen("mod.ts", "pool/mod.ts"));
  assert(seen("pool/pool.ts", "pool/tail.ts"));
  assert(seen("pool/where.ts", "@michaelhomer/jqjs"));
});

Deno.test("imports point one way", () => {
  const wrong = inside.filter(({ from, to }) =>
    partOf(from) !== partOf(to) && !ALLOWED[partOf(from)].includes(partOf(to))
  );
  assertEquals(wrong, []);
});

Deno.test("a folder is entered through its mod.ts or internal_mod.ts, or a door", () => {
  const wrong = inside.filter(({ from, to }) =>
    partOf(from) !== partOf(to) && to.includes("/") && !isFace(to)
  );
  assertEquals(wrong, []);
});

Deno.test("so it is among the folders of messaging", () => {
  const folderOf = (path: string) => /^messaging\/(\w+)\//.exec(path)?.[1];
  const between = inside.filter(({ from, to }) => {
    return partOf(from) === "messaging" && folderOf(to) !== undefined &&
      folderOf(from) !== folderOf(to);
  });
  assert(between.length > 0);
  const wrong = between.filter(({ from, to }) => {
    const folder = folderOf(from);
    const mayImport = folder === undefined ||
      ALLOWED_IN_MESSAGING[folder].includes(folderOf(to) ?? "");
    return !mayImport || to !== `messaging/${folderOf(to)}/mod.ts`;
  });
  assertEquals(wrong, []);
});

Deno.test("what parts share among themselves is not passed on to users", () => {
  const faces = ["mod.ts", ...Object.keys(ALLOWED).map((part) => `${part}/mod.ts`)];
  const inner = inside.filter(({ to }) => to.endsWith("internal_mod.ts"));
  assert(inner.length > 0);
  assertEquals(inner.filter(({ from }) => faces.includes(from)), []);
});

Deno.test("pool/ imports no network, no command line and nothing of Node", () => {
  const outside = imports.filter(({ from, to }) =>
    from.startsWith("pool/") && !to.startsWith("pool/") && !ALLOWED_OUTSIDE_OF_POOL.includes(to)
  );
  assertEquals(outside, []);
});

Deno.test("pool/ reads no environment and opens no connection", () => {
  for (const path of sourceFiles("pool/")) {
    const text = Deno.readTextFileSync(new URL(path, ROOT));
    assert(!/Deno\.(env|connect|listen|serve)\b|\bfetch\(|WebSocket/.test(text), path);
  }
});

Deno.test("nothing that starts with every command loads a node: module", () => {
  const others = imports.filter(({ from }) => partOf(from) !== "server");
  assertEquals(others.filter(({ to }) => to.startsWith("node:")), []);
});

Deno.test("no folder was forgotten", () => {
  const parts = [...Deno.readDirSync(ROOT)]
    .filter((entry) =>
      !entry.name.startsWith(".") && (entry.isDirectory || entry.name.endsWith(".ts"))
    )
    .map((entry) => entry.name);
  const around = ["tests", "bench", "examples", "docs", "types", "release", "dist"];
  around.push("node_modules", "coverage");
  assertEquals(parts.filter((part) => !(part in ALLOWED) && !around.includes(part)), []);
});
