/**
 * Whether everything names the same version: deno.json, CHANGELOG.md, README.md, the tag, and
 * the programs that were built.
 *
 * @module
 */

import { type Section, sectionsOf } from "./changelog.ts";
import { executablePath, isThere, type Project, REPOSITORY } from "./project.ts";
import { TARGETS } from "./targets.ts";

/** What is wrong with the versions in the texts. `tag` is the one that is to be released. */
export function versionProblems(project: Project, tag: string | undefined): string[] {
  const version = project.version();
  return [
    ...tagProblems(version, tag),
    ...changelogProblems(project.read("CHANGELOG.md"), version, tag),
    ...readmeProblems(project, version),
  ];
}

function tagProblems(version: string, tag: string | undefined): string[] {
  if (tag === undefined || tag === `v${version}`) return [];
  return [`the tag is ${tag}, but deno.json has version ${version}: tag v${version}, or change it`];
}

function changelogProblems(
  changelog: string | undefined,
  version: string,
  tag: string | undefined,
): string[] {
  if (changelog === undefined) return ["CHANGELOG.md is missing"];
  const [first, ...others] = sectionsOf(changelog);
  const isUnreleased = first?.version === "Unreleased";
  const section = isUnreleased ? others[0] : first;
  const unreleased = isUnreleased && first.body !== "" && tag !== undefined
    ? [`CHANGELOG.md has unreleased changes: move them to the section of ${version}`]
    : [];
  return [...unreleased, ...sectionProblems(section, version)];
}

function sectionProblems(section: Section | undefined, version: string): string[] {
  if (section?.version !== version) {
    const found = section === undefined ? "there is none" : `it is ${section.version}`;
    return [`the newest section of CHANGELOG.md must be [${version}], as in deno.json: ${found}`];
  }
  const heading = `\`## [${version}] - YYYY-MM-DD\``;
  return [
    ...isDay(section.date) ? [] : [`CHANGELOG.md gives no day for ${version}: write ${heading}`],
    ...section.body !== "" ? [] : [`CHANGELOG.md does not say what changed in ${version}`],
  ];
}

function isDay(text: string | undefined): boolean {
  if (text === undefined || !/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** What README.md pins has to be what there is. */
function readmeProblems(project: Project, version: string): string[] {
  const readme = project.read("README.md");
  if (readme === undefined) return ["README.md is missing"];
  const deno = project.read(".deno-version")?.trim();
  const named = (pattern: RegExp) => [...readme.matchAll(pattern)].map(([, found]) => found);
  return [
    ...named(/\bdeno@(\d[\w.-]*\w)/g).filter((found) => found !== deno)
      .map((found) => `README.md names deno@${found}, but .deno-version has ${deno}`),
    ...named(/@plasmite\/pool@[\^~]?(\d[\w.-]*\w|\d)/g)
      .filter((found) => found !== version && !version.startsWith(`${found}.`))
      .map((found) => `README.md names @plasmite/pool@${found}, but deno.json has ${version}`),
    ...named(new RegExp(`${REPOSITORY}/releases/(?:download|tag)/v([\\w.-]+\\w)`, "g"))
      .filter((found) => found !== version)
      .map((found) => `README.md links to release ${found}, but deno.json has ${version}`),
  ];
}

/** A program that was built, and how to start it. */
interface Program {
  /** Its path from the project's folder. */
  readonly path: string;
  readonly command: string | URL;
  readonly args: readonly string[];
}

/** How long a program may take to say its version. */
const PATIENCE_MS = 30_000;

/**
 * What is wrong with what the programs say about themselves that can run here: the bundle and
 * the executable for this machine, as far as they were built. With a tag, they have to come
 * from the commit that is checked out.
 */
export async function programProblems(
  project: Project,
  tag: string | undefined,
): Promise<string[]> {
  const commit = tag === undefined ? undefined : await headOf(project);
  const found = await Promise.all(
    programs(project).map((program) => problemsOf(program, project.version(), commit)),
  );
  return found.flat();
}

function programs(project: Project): Program[] {
  const bundle = project.made("bundle/cli.js");
  const own = TARGETS.filter(({ triple }) => triple === Deno.build.target);
  return [
    ...isThere(bundle)
      ? [{
        path: "dist/bundle/cli.js",
        command: Deno.execPath(),
        args: ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-env", bundle.href],
      }]
      : [],
    ...own.filter((target) => isThere(project.executable(target))).map((target) => ({
      path: `dist/${executablePath(target)}`,
      command: project.executable(target),
      args: [],
    })),
  ];
}

async function problemsOf(
  program: Program,
  version: string,
  commit: string | undefined,
): Promise<string[]> {
  const { path } = program;
  let said: { version?: string; commit?: string };
  try {
    said = JSON.parse(await run(program.command, [...program.args, "version"]));
  } catch (error) {
    return [`${path} does not say its version: ${error instanceof Error ? error.message : error}`];
  }
  const isOfCommit = commit === undefined ||
    (said.commit !== undefined && commit.startsWith(said.commit));
  return [
    ...said.version === version
      ? []
      : [`${path} is version ${said.version}, but deno.json has ${version}: build it anew`],
    ...isOfCommit
      ? []
      : [`${path} is of commit ${said.commit}, but ${commit} is checked out: build it anew`],
  ];
}

/** The commit that is checked out; undefined when this is no checkout. */
async function headOf(project: Project): Promise<string | undefined> {
  try {
    return (await run("git", [
      "-C",
      decodeURIComponent(project.root.pathname),
      "rev-parse",
      "HEAD",
    ]))
      .trim();
  } catch {
    return undefined;
  }
}

/** What a command prints. Throws when it fails, or takes too long. */
async function run(command: string | URL, args: readonly string[]): Promise<string> {
  const { success, code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`exit code ${code}. ${text.decode(stderr).trim()}`);
  return text.decode(stdout);
}
