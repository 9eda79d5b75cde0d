/**
 * The standard library as packages for the registry of these tests: the code is that of the npm
 * mirror, the types are those that this project has for it.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };
import { mirrorFile } from "../../release/import_map.ts";
import type { Files, PublishedPackage } from "./registry.ts";

const VERSION = "1.0.0";
const MIRROR = new URL("../", import.meta.resolve("@std/jsonc"));
const DECLARED = /declare module "(@std\/[^"]+)" \{\n(.*?)\n\}/gs;

/** Its packages that the import map names, by name and version. */
export function standardLibrary(): Map<string, PublishedPackage> {
  const files: Files = new Map(mirrorFiles(""));
  const packages = new Map<string, PublishedPackage>();
  for (const name of Object.keys(config.imports).filter((name) => name.startsWith("@std/"))) {
    const [scope, pkg, ...entry] = name.split("/");
    const key = `${scope}/${pkg}@${VERSION}`;
    const path = `/${mirrorFile(name)}`;
    const exports = { ...packages.get(key)?.exports, [[".", ...entry].join("/")]: `.${path}` };
    packages.set(key, { files, exports });
  }
  addTypes(files);
  return packages;
}

function* mirrorFiles(folder: string): Generator<[string, Uint8Array<ArrayBuffer>]> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, MIRROR))) {
    if (isDirectory) yield* mirrorFiles(`${folder}${name}/`);
    else yield [`/${folder}${name}`, Deno.readFileSync(new URL(folder + name, MIRROR))];
  }
}

function addTypes(files: Files): void {
  const declarations = new URL("../../types/deno_std.d.ts", import.meta.url);
  for (const [, name, body] of Deno.readTextFileSync(declarations).matchAll(DECLARED)) {
    const path = `/${mirrorFile(name)}`;
    const types = path.replace(/\.js$/, ".d.ts");
    const code = new TextDecoder().decode(files.get(path)!);
    const pragma = `// @ts-self-types="./${types.slice(types.lastIndexOf("/") + 1)}"\n`;
    files.set(path, encoded(pragma + code));
    files.set(types, encoded(body));
  }
}

const encoded = (text: string) => new TextEncoder().encode(text);
