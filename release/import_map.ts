/**
 * The import map of the published package. Here the standard library comes from its npm mirror,
 * so that a machine which reaches only the npm registry can build and test; the published code
 * imports the same modules from JSR, where they have types and are what users have already.
 *
 * @module
 */

/** Names in code, and the modules that they stand for. */
export type ImportMap = Readonly<Record<string, string>>;

/**
 * The packages of the standard library that may be used, with the versions on JSR that will do:
 * what is used of them is there, and stable, since the first one.
 */
const STANDARD_LIBRARY: Readonly<Record<string, string>> = {
  cli: "^1.0.0",
  fmt: "^1.0.0",
  jsonc: "^1.0.0",
  path: "^1.0.0",
  text: "^1.0.0",
};

const STANDARD_NAME = /^@std\/([a-z-]+)(?:\/([a-z/-]+))?$/;
const MIRRORED = /^npm:deno-std@[\d.]+\/(.+)$/;

/**
 * What a module of the standard library is called on JSR.
 *
 * @throws {Error} when it is not one of the packages that may be used.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(jsrSpecifier("@std/cli/parse-args"), "jsr:@std/cli@^1.0.0/parse-args");
 * assertEquals(jsrSpecifier("@std/jsonc"), "jsr:@std/jsonc@^1.0.0");
 * ```
 */
export function jsrSpecifier(name: string): string {
  const [, pkg, entry] = STANDARD_NAME.exec(name) ?? [];
  const versions = pkg === undefined ? undefined : STANDARD_LIBRARY[pkg];
  if (versions === undefined) {
    throw new Error(`${name}: say in release/import_map.ts which versions on JSR will do`);
  }
  return `jsr:@std/${pkg}@${versions}${entry === undefined ? "" : `/${entry}`}`;
}

/**
 * The file of the npm mirror that holds a module of the standard library. Its packages export
 * `./parse-args` from `parse_args.ts`, and `.` from `mod.ts`; the mirror has the same files in a
 * folder for each package.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(mirrorFile("@std/cli/parse-args"), "cli/parse_args.js");
 * assertEquals(mirrorFile("@std/jsonc"), "jsonc/mod.js");
 * ```
 */
export function mirrorFile(name: string): string {
  const [, pkg, entry = "mod"] = STANDARD_NAME.exec(name) ?? [];
  return `${pkg}/${entry.replaceAll("-", "_")}.js`;
}

/**
 * The part of `imports` that published code needs, with JSR in place of the mirror.
 *
 * @param imports the import map of deno.json.
 * @param used what published modules import by a bare name.
 * @throws {Error} when one of them is not mapped, or a module of the standard library is mapped
 * to anything but the file of the mirror that holds it.
 */
export function publishedImports(imports: ImportMap, used: Iterable<string>): ImportMap {
  const names = new Set(Array.from(used, (specifier) => mappedName(imports, specifier)));
  return Object.fromEntries(
    [...names].sort().map((name) => [name, publishedTarget(name, imports[name])]),
  );
}

/** The entry of the map that `specifier` goes by; a package's name stands for its parts, too. */
function mappedName(imports: ImportMap, specifier: string): string {
  if (Object.hasOwn(imports, specifier)) return specifier;
  const name = Object.keys(imports).find((name) =>
    imports[name].startsWith("npm:") && specifier.startsWith(`${name}/`)
  );
  if (name === undefined) throw new Error(`${specifier}: add it to the imports in deno.json`);
  return name;
}

function publishedTarget(name: string, target: string): string {
  if (!name.startsWith("@std/")) return registryTarget(name, target);
  const file = MIRRORED.exec(target)?.[1];
  if (file !== mirrorFile(name)) {
    throw new Error(
      `${name} is ${mirrorFile(name)} in the mirror, and not ${target}: see ` +
        `the imports in deno.json`,
    );
  }
  return jsrSpecifier(name);
}

function registryTarget(name: string, target: string): string {
  if (target.startsWith("npm:")) return target;
  throw new Error(`${name}: published code may import packages and its own files, not ${target}`);
}
