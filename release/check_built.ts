/**
 * Whether `dist/` holds what is to be released: every archive with the right files in it,
 * their sums, and nothing else.
 *
 * @module
 */

import { equals } from "@std/bytes/equals";
import { type ArchiveFile, readArchive } from "./archive.ts";
import { FORMULA_NAME, formulaOf } from "./formula.ts";
import { archivesIn } from "./pack.ts";
import {
  archiveName,
  ENCLOSED,
  executablePath,
  isThere,
  type Project,
  SUMS_NAME,
} from "./project.ts";
import { parseSums, sha256, type Sum } from "./sums.ts";
import { executableName, type Target, TARGETS } from "./targets.ts";

/** What is asked of {@linkcode builtProblems}. */
export interface BuiltOptions {
  /** Whether targets may be missing. */
  readonly allowMissing: boolean;
}

/** What is wrong with what was built and packed. */
export async function builtProblems(
  project: Project,
  { allowMissing }: BuiltOptions,
): Promise<string[]> {
  const sums = readSums(project);
  if (typeof sums === "string") return [sums];
  const archives: string[][] = [];
  // One after the other: each takes some 150 MiB while it is looked at.
  for (const target of TARGETS) archives.push(await archiveProblems(project, target));
  return [
    ...allowMissing ? [] : TARGETS.flatMap((target) => missingProblems(project, target)),
    ...extraProblems(project, sums),
    ...(await sumProblems(project, sums)),
    ...archives.flat(),
    ...formulaProblems(project),
  ];
}

/** The sums there are, or what is wrong with them. */
function readSums(project: Project): Sum[] | string {
  try {
    return parseSums(project.read(`dist/${SUMS_NAME}`) ?? "");
  } catch (error) {
    return `dist/${SUMS_NAME} is damaged: ${error instanceof Error ? error.message : error}`;
  }
}

function missingProblems(project: Project, target: Target): string[] {
  const archive = archiveName(target);
  if (isThere(project.made(archive))) return [];
  return isThere(project.executable(target))
    ? [`dist/${archive} is missing: run \`deno task release:pack\``]
    : [`dist/${executablePath(target)} is missing: run \`deno task compile:all\``];
}

/** Archives and executables of no target, and sums of what is not there. */
function extraProblems(project: Project, sums: readonly Sum[]): string[] {
  const wanted = TARGETS.map(archiveName);
  const archives = archivesIn(project);
  return [
    ...archives.filter((name) => !wanted.includes(name))
      .map((name) => `dist/${name} belongs to no target: remove it`),
    ...strangers(project).map((path) => `dist/${path} belongs to no target: remove it`),
    ...sums.filter(({ name }) => !archives.includes(name))
      .map(({ name }) => `${SUMS_NAME} has a sum of ${name}, which is not there`),
  ];
}

/** Executables in `dist/` that no target has. */
function strangers(project: Project): string[] {
  if (!isThere(project.made("."))) return [];
  const known = TARGETS.map(executablePath);
  return Array.from(Deno.readDirSync(project.made(".")), ({ name }) => name)
    .flatMap((folder) => [`${folder}/pls`, `${folder}/pls.exe`])
    .filter((path) => !known.includes(path) && isThereAt(project, path));
}

function isThereAt(project: Project, path: string): boolean {
  try {
    return isThere(project.made(path));
  } catch (error) {
    // Something in `dist/` is a file, in which there can be none.
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** Every archive needs one sum, and the right one. */
async function sumProblems(project: Project, sums: readonly Sum[]): Promise<string[]> {
  const problems: string[] = [];
  for (const name of archivesIn(project)) {
    const given = sums.filter((sum) => sum.name === name);
    if (given.length !== 1) {
      problems.push(`${SUMS_NAME} has ${given.length} sums of ${name} instead of 1`);
      continue;
    }
    const actual = await sha256(Deno.readFileSync(project.made(name)));
    if (actual !== given[0].sha256) {
      problems.push(
        `dist/${name} is not what was packed: its SHA-256 is ${actual}, and ${SUMS_NAME} has ` +
          given[0].sha256,
      );
    }
  }
  return problems;
}

/** What is in an archive has to be what was built, and what belongs to it. */
async function archiveProblems(project: Project, target: Target): Promise<string[]> {
  const name = archiveName(target);
  if (!isThere(project.made(name))) return [];
  let files: ArchiveFile[];
  try {
    files = await readArchive(Deno.readFileSync(project.made(name)));
  } catch (error) {
    return [`dist/${name} can't be unpacked: ${error instanceof Error ? error.message : error}`];
  }
  const wanted = [executableName(target), ...ENCLOSED];
  const names = files.map((file) => file.name);
  if (names.toSorted().join() !== wanted.toSorted().join()) {
    return [`dist/${name} holds ${names.join(", ")} instead of ${wanted.join(", ")}`];
  }
  return files.flatMap((file) => fileProblems(project, target, file))
    .map((problem) => `dist/${name}: ${problem}`);
}

function fileProblems(project: Project, target: Target, file: ArchiveFile): string[] {
  const isExecutable = file.name === executableName(target);
  const mode = isExecutable ? 0o755 : 0o644;
  const source = isExecutable ? project.executable(target) : project.file(file.name);
  return [
    ...file.mode === mode
      ? []
      : [`${file.name} has mode ${file.mode.toString(8)} instead of ${mode.toString(8)}`],
    // Where archives were only downloaded, there is nothing to compare an executable with.
    ...isExecutable && !isThere(source) || equals(file.bytes, Deno.readFileSync(source))
      ? []
      : [`${file.name} differs from ${source.href.slice(project.root.href.length)}: pack anew`],
  ];
}

function formulaProblems(project: Project): string[] {
  const made = project.read(`dist/${FORMULA_NAME}`);
  if (made === undefined) return [];
  try {
    if (made === formulaOf(project)) return [];
  } catch {
    // Sums are missing that it has.
  }
  return [`dist/${FORMULA_NAME} is of other archives: run \`deno task release:formula\``];
}
