/**
 * Where the parts of a release lie, for the tools that pack it and check it.
 *
 * @module
 */

import { executableName, ROOT, type Target } from "./targets.ts";

/** The project's home: where its releases are published. */
export const REPOSITORY = "https://github.com/plasmite/pls";

/** What is put beside the executable in every archive. */
export const ENCLOSED: readonly string[] = ["LICENSE", "README.md"];

/** The files of one checkout. */
export class Project {
  /** The folder itself. */
  readonly root: URL;

  /** The project in the folder `root`; the one this code belongs to, without it. */
  constructor(root: URL = ROOT) {
    this.root = root;
  }

  /** The file at `path` in the project. */
  file(path: string): URL {
    return new URL(path, this.root);
  }

  /** The file or folder at `path` in `dist/`. */
  made(path: string): URL {
    return this.file(`dist/${path}`);
  }

  /** The executable for `target`. */
  executable(target: Target): URL {
    return this.made(executablePath(target));
  }

  /** The text of the file at `path`; undefined when there is none. */
  read(path: string): string | undefined {
    return isThere(this.file(path)) ? Deno.readTextFileSync(this.file(path)) : undefined;
  }

  /** The version in deno.json. */
  version(): string {
    return JSON.parse(Deno.readTextFileSync(this.file("deno.json"))).version;
  }
}

/** Where in `dist/` the executable for `target` lies. */
export function executablePath(target: Target): string {
  return `${target.triple}/${executableName(target)}`;
}

/** What the archive with the executable for `target` is called. */
export function archiveName({ triple }: Pick<Target, "triple">): string {
  return `pls-${triple}.tar.gz`;
}

/** What the list of sums is called. */
export const SUMS_NAME = "SHA256SUMS";

/** Whether there is anything at `url`. */
export function isThere(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
