/**
 * `deno task release:check`: whether what is about to be released fits together. Prints every
 * problem there is, and ends with 1 when there is one.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { type BuiltOptions, builtProblems } from "./check_built.ts";
import { programProblems, versionProblems } from "./check_versions.ts";
import { archivesIn } from "./pack.ts";
import { Project } from "./project.ts";

/** What is asked of {@linkcode problemsOf}. */
export interface CheckOptions extends BuiltOptions {
  /** The tag that is to be released. */
  readonly tag?: string;
}

/** Everything that is wrong with the release of `project`. */
export async function problemsOf(project: Project, options: CheckOptions): Promise<string[]> {
  return [
    ...versionProblems(project, options.tag),
    ...(await programProblems(project, options.tag)),
    ...(await builtProblems(project, options)),
  ];
}

const USAGE = "Usage: deno task release:check [--tag vX.Y.Z] [--allow-missing]";

/** Does what the task does, and returns its exit code. */
export async function main(args: readonly string[], project: Project): Promise<number> {
  const unknown: string[] = [];
  const { tag, "allow-missing": allowMissing } = parseArgs(args, {
    string: ["tag"],
    boolean: ["allow-missing"],
    unknown: (argument) => unknown.push(argument),
  });
  if (unknown.length > 0 || tag === "") {
    console.error(`${USAGE}\nNot understood: ${unknown.join(" ") || "--tag without a tag"}`);
    return 2;
  }
  const options = { allowMissing: allowMissing === true, tag: tag as string | undefined };
  const problems = await problemsOf(project, options);
  for (const problem of problems) console.error(`- ${problem}`);
  if (problems.length > 0) {
    console.error(`${problems.length} in the way of releasing ${project.version()}`);
    return 1;
  }
  console.log(`${project.version()} fits together; archives: ${archivesIn(project).length}`);
  return 0;
}

if (import.meta.main) Deno.exitCode = await main(Deno.args, new Project());
