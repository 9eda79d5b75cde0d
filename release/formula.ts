/**
 * `deno task release:formula`: makes `dist/pls.rb`, the Homebrew formula of what is in
 * `dist/SHA256SUMS`.
 *
 * @module
 */

import { archiveName, Project, REPOSITORY, SUMS_NAME } from "./project.ts";
import { parseSums, type Sum } from "./sums.ts";

/** What the formula is called. */
export const FORMULA_NAME = "pls.rb";

/** The template, with a placeholder such as `{{version}}` wherever a release differs. */
export const TEMPLATE = new URL("homebrew/pls.rb.template", import.meta.url);

/**
 * Fills a template: `{{version}}`, `{{repository}}`, and of each target `{{url TRIPLE}}` and
 * `{{sha256 TRIPLE}}`.
 *
 * @throws {Error} when it asks for something else, or for a sum that is not in `sums`.
 */
export function fillFormula(template: string, version: string, sums: readonly Sum[]): string {
  return template.replaceAll(/\{\{(\w+)(?: ([\w-]+))?\}\}/g, (placeholder, key, triple) => {
    if (key === "version") return version;
    if (key === "repository") return REPOSITORY;
    const name = archiveName({ triple });
    if (key === "url") return `${REPOSITORY}/releases/download/v${version}/${name}`;
    const sum = sums.find((sum) => sum.name === name);
    if (key === "sha256" && sum !== undefined) return sum.sha256;
    throw new Error(
      `no value for ${placeholder}: run \`deno task compile:all\` and \`deno task release:pack\``,
    );
  });
}

/**
 * The formula of what was packed.
 *
 * @throws {Error} when not everything was.
 */
export function formulaOf(project: Project): string {
  const sums = parseSums(project.read(`dist/${SUMS_NAME}`) ?? "");
  return fillFormula(Deno.readTextFileSync(TEMPLATE), project.version(), sums);
}

if (import.meta.main) {
  const project = new Project();
  try {
    Deno.writeTextFileSync(project.made(FORMULA_NAME), formulaOf(project));
    console.log(`made dist/${FORMULA_NAME}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exitCode = 1;
  }
}
