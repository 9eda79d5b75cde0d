/**
 * `deno task release:notes`: prints the text of a release, which is its section of
 * CHANGELOG.md and how to check what was downloaded.
 *
 * @module
 */

import { sectionsOf } from "./changelog.ts";
import { Project, REPOSITORY } from "./project.ts";

/**
 * The notes of `version`.
 *
 * @throws {Error} when the changelog says nothing about it.
 */
export function notesOf(changelog: string, version: string): string {
  const section = sectionsOf(changelog).find((section) => section.version === version);
  if (section === undefined || section.body === "") {
    throw new Error(
      `CHANGELOG.md says nothing about ${version}: write \`## [${version}] - YYYY-MM-DD\` ` +
        "and what changed",
    );
  }
  const files = `${REPOSITORY}/blob/v${version}/`;
  // Links are relative to CHANGELOG.md, which is elsewhere for those who read the release.
  const body = section.body.replaceAll(/\]\((?![a-z]+:|#)/g, `](${files}`);
  const manual = `${files}docs/releasing.md#verifying-a-download`;
  return `${body}\n\n[How to verify what you downloaded](${manual})\n`;
}

if (import.meta.main) {
  const project = new Project();
  const [version = project.version()] = Deno.args;
  try {
    console.log(notesOf(project.read("CHANGELOG.md") ?? "", version.replace(/^v/, "")).trimEnd());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exitCode = 1;
  }
}
