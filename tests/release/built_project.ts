/**
 * A project that is ready to be released, in a directory of its own: small executables in
 * place of the real ones, everything else as it is.
 *
 * @module
 */

import { executablePath, Project } from "../../release/project.ts";
import { type Target, TARGETS } from "../../release/targets.ts";

/** The version that it is about to release. */
export const VERSION = "1.2.3";

/** The target that this machine runs, if it is one. */
export const OWN_TARGET: Target | undefined = TARGETS.find(({ triple }) =>
  triple === Deno.build.target
);

const CHANGELOG = `# Changelog

All notable changes.

## [Unreleased]

## [${VERSION}] - 2026-01-31

### Added

- Pools, see [the format][format].

## [1.2.2] - 2026-01-01

- Before.

[${VERSION}]: https://example.com/v${VERSION}
[format]: https://example.com/format
`;

const FILES: Record<string, string> = {
  "deno.json": JSON.stringify({ version: VERSION }),
  ".deno-version": "2.9.6\n",
  "CHANGELOG.md": CHANGELOG,
  "LICENSE": "Do what you like.\n",
  "README.md": `npx -y deno@2.9.6 task test\njsr:@plasmite/pool@^1.2\n`,
};

/** Such a project, which is removed when it is disposed of. */
export class BuiltProject extends Project implements Disposable {
  /** Makes one, with an executable for each of `targets`. */
  constructor(targets: readonly Target[] = TARGETS) {
    super(new URL(`file://${Deno.makeTempDirSync({ prefix: "pls-test-" })}/`));
    for (const [name, text] of Object.entries(FILES)) this.write(name, text);
    for (const target of targets) this.build(target);
  }

  /** Puts an executable for `target` into dist/, which says that it is `version`. */
  build(target: Target, version = VERSION): void {
    const path = `dist/${executablePath(target)}`;
    Deno.mkdirSync(this.made(target.triple), { recursive: true });
    this.write(path, `#!/bin/sh\n# ${target.triple}\necho '{"version":"${version}"}'\n`);
    Deno.chmodSync(this.file(path), 0o755);
  }

  /** Writes the file at `path`. */
  write(path: string, text: string): void {
    Deno.writeTextFileSync(this.file(path), text);
  }

  /** Puts `replacement` in place of `found`, which has to be there, in the file at `path`. */
  edit(path: string, found: string, replacement: string): void {
    const text = this.read(path) ?? "";
    if (!text.includes(found)) throw new Error(`${path} does not contain ${found}`);
    this.write(path, text.replace(found, replacement));
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.root, { recursive: true });
  }
}
