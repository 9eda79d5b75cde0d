/**
 * `deno task release:pack`: makes an archive of every executable in `dist/`, and the list of
 * their sums.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { type ArchiveFile, packArchive } from "./archive.ts";
import { archiveName, ENCLOSED, executablePath, isThere, Project, SUMS_NAME } from "./project.ts";
import { formatSums, sha256, type Sum } from "./sums.ts";
import { executableName, type Target, TARGETS } from "./targets.ts";

/** What is asked of {@linkcode pack}. */
export interface PackOptions {
  /** Whether targets may be left out that nothing was built for. */
  readonly allowMissing: boolean;
}

/**
 * Packs what was built. Archives of an earlier run are removed first.
 *
 * @returns The sums of the archives.
 * @throws {Error} when an executable is missing and may not be, or when there is none at all.
 */
export async function pack(project: Project, { allowMissing }: PackOptions): Promise<Sum[]> {
  const missing = TARGETS.filter((target) => !isThere(project.executable(target)));
  if (missing.length === TARGETS.length || (missing.length > 0 && !allowMissing)) {
    const paths = missing.map((target) => `dist/${executablePath(target)}`);
    throw new Error(
      `not built: ${paths.join(", ")}. Run \`deno task compile:all\` first, or \`deno task ` +
        `compile\` for this machine and \`deno task release:pack --allow-missing\`.`,
    );
  }
  removeArchives(project);
  const sums: Sum[] = [];
  for (const target of TARGETS.filter((target) => !missing.includes(target))) {
    const name = archiveName(target);
    const archive = await packArchive(filesFor(project, target));
    Deno.writeFileSync(project.made(name), archive);
    sums.push({ name, sha256: await sha256(archive) });
  }
  Deno.writeTextFileSync(project.made(SUMS_NAME), formatSums(sums));
  return sums;
}

/** What belongs into the archive for `target`. */
export function filesFor(project: Project, target: Target): ArchiveFile[] {
  const executable = Deno.readFileSync(project.executable(target));
  return [
    { name: executableName(target), mode: 0o755, bytes: executable },
    ...ENCLOSED.map((name) => ({
      name,
      mode: 0o644,
      bytes: Deno.readFileSync(project.file(name)),
    })),
  ];
}

/** The archives there are in `dist/`, by name, of whatever kind. */
export function archivesIn(project: Project): string[] {
  if (!isThere(project.made("."))) return [];
  return Array.from(Deno.readDirSync(project.made(".")), ({ name }) => name)
    .filter((name) => /^pls-.*\.(tar\.\w+|tgz|zip)$/.test(name)).sort();
}

function removeArchives(project: Project): void {
  for (const name of [...archivesIn(project), SUMS_NAME]) {
    if (isThere(project.made(name))) Deno.removeSync(project.made(name));
  }
}

if (import.meta.main) {
  const { "allow-missing": allowMissing } = parseArgs(Deno.args, { boolean: ["allow-missing"] });
  try {
    const sums = await pack(new Project(), { allowMissing: allowMissing === true });
    console.log(formatSums(sums).trimEnd());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exitCode = 1;
  }
}
