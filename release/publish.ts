/**
 * Publishing to JSR: makes `dist/jsr`, a copy of the files that are published with a deno.json
 * of their own, and has `deno publish` run there. Its arguments are those of `deno publish`.
 *
 * @module
 */

import { dirname } from "@std/path/dirname";
import { fromFileUrl } from "@std/path/from-file-url";
import config from "../deno.json" with { type: "json" };
import { type ImportMap, publishedImports } from "./import_map.ts";
import { denoOutput } from "./deno_output.ts";
import { removeIfThere } from "./remove_if_there.ts";
import { DIST, ROOT } from "./targets.ts";

/** Where {@linkcode stage} puts it, unless told otherwise. */
export const STAGE_DIR: string = fromFileUrl(new URL("jsr", DIST));

/** Every module that the published entry points lead to, in files of this project. */
export interface PublishedCode {
  /** Paths of the files, from the project's folder. */
  readonly files: readonly string[];
  /** What they import by a bare name. */
  readonly bareImports: readonly string[];
}

/** A part of what `deno info --json` prints. */
interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly specifier: string }[];
  }[];
}

/** Follows the imports of all `exports`, as Deno does. */
export function publishedCode(exports: readonly string[]): PublishedCode {
  const modules = exports.flatMap((path) => moduleGraph(path).modules)
    // Declarations come with the configuration of this project, which users don't have.
    .filter(({ specifier }) => specifier.startsWith(ROOT.href) && !specifier.endsWith(".d.ts"));
  const imports = modules.flatMap(({ dependencies = [] }) => dependencies)
    .map(({ specifier }) => specifier)
    .filter((specifier) => !/^(\.{0,2}\/|node:|npm:|jsr:)/.test(specifier));
  return {
    files: distinct(modules.map(({ specifier }) => specifier.slice(ROOT.href.length))),
    bareImports: distinct(imports),
  };
}

function moduleGraph(path: string): ModuleGraph {
  return JSON.parse(denoOutput(["info", "--json", path]));
}

const distinct = (values: readonly string[]) => [...new Set(values)].sort();

/** The deno.json that is published: only what concerns those who use the package. */
export function publishedConfig(imports: ImportMap): Record<string, unknown> {
  const { name, version, license, exports } = config;
  return { name, version, license, exports, imports };
}

/**
 * Makes what is published, in `dir`, which is emptied before.
 *
 * @throws {Error} when published code imports what can't be published.
 */
export function stage(dir: string = STAGE_DIR): void {
  const { bareImports } = publishedCode(Object.values(config.exports));
  const published = publishedConfig(publishedImports(config.imports, bareImports));
  removeIfThere(dir);
  for (const path of publishedFiles()) copy(path, dir);
  Deno.writeTextFileSync(`${dir}/deno.json`, JSON.stringify(published, null, 2) + "\n");
}

/** What `publish` in deno.json names, file by file, with paths from the project's folder. */
export function publishedFiles(): string[] {
  const { include, exclude } = config.publish;
  return include.flatMap((path) => [...filesAt(path)])
    .filter((path) => !exclude.some((left) => path === left || path.startsWith(asFolder(left))))
    .sort();
}

const asFolder = (path: string) => path.endsWith("/") ? path : `${path}/`;

function* filesAt(path: string): Generator<string> {
  if (!path.endsWith("/")) return yield path;
  for (const entry of Deno.readDirSync(new URL(path, ROOT))) {
    yield* filesAt(`${path}${entry.name}${entry.isDirectory ? "/" : ""}`);
  }
}

function copy(path: string, dir: string): void {
  const target = `${dir}/${path}`;
  Deno.mkdirSync(dirname(target), { recursive: true });
  Deno.copyFileSync(new URL(path, ROOT), target);
}

if (import.meta.main) {
  stage();
  const args = ["publish", ...Deno.args];
  const publish = new Deno.Command(Deno.execPath(), { args, cwd: STAGE_DIR });
  Deno.exit((await publish.spawn().status).code);
}
