/**
 * What does not fit together is not released: each fault is found, told, and nothing else is.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { type ArchiveFile, packArchive } from "../../release/archive.ts";
import { main, problemsOf } from "../../release/check.ts";
import { FORMULA_NAME, formulaOf } from "../../release/formula.ts";
import { filesFor, pack } from "../../release/pack.ts";
import { archiveName, executablePath, SUMS_NAME } from "../../release/project.ts";
import { formatSums, parseSums, sha256 } from "../../release/sums.ts";
import { type Target, TARGETS } from "../../release/targets.ts";
import { BuiltProject, OWN_TARGET, VERSION } from "./built_project.ts";

/** Releases are packed on Linux; shell scripts stand for executables here. */
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });

const TAG = `v${VERSION}`;
const [TARGET] = TARGETS;
const ARCHIVE = archiveName(TARGET);

/** A project that was packed. */
async function packed(): Promise<BuiltProject> {
  const project = new BuiltProject();
  await pack(project, { allowMissing: false });
  return project;
}

/** All problems of a project that is to be released as `tag`. */
function problems(project: BuiltProject, tag = TAG): Promise<string[]> {
  return problemsOf(project, { tag, allowMissing: false });
}

/** Puts another archive in place of that for `target`, and its sum into the list. */
async function replaceArchive(
  project: BuiltProject,
  target: Target,
  change: (files: ArchiveFile[]) => ArchiveFile[],
): Promise<void> {
  const name = archiveName(target);
  const archive = await packArchive(change(filesFor(project, target)));
  Deno.writeFileSync(project.made(name), archive);
  const sums = parseSums(project.read(`dist/${SUMS_NAME}`)!);
  const others = sums.filter((sum) => sum.name !== name);
  project.write(
    `dist/${SUMS_NAME}`,
    formatSums([...others, { name, sha256: await sha256(archive) }]),
  );
}

test("what fits together has no problems, with a tag and without one", async () => {
  using project = await packed();
  project.write(`dist/${FORMULA_NAME}`, formulaOf(project));
  assertEquals(await problems(project), []);
  assertEquals(await problemsOf(project, { allowMissing: false }), []);
});

/** A change to the texts of a project, and the one problem that it makes. */
const TEXT_FAULTS: Record<string, [(project: BuiltProject) => void, string]> = {
  "another version in deno.json": [
    (project) => {
      project.edit("deno.json", VERSION, "1.2.4");
      project.edit("CHANGELOG.md", `## [${VERSION}]`, "## [1.2.4]");
      if (OWN_TARGET !== undefined) Deno.removeSync(project.executable(OWN_TARGET));
    },
    `the tag is ${TAG}, but deno.json has version 1.2.4: tag v1.2.4, or change it`,
  ],
  "no changelog": [
    (project) => Deno.removeSync(project.file("CHANGELOG.md")),
    "CHANGELOG.md is missing",
  ],
  "no section for the version": [
    (project) => project.edit("CHANGELOG.md", `## [${VERSION}]`, "## [1.2.0]"),
    `the newest section of CHANGELOG.md must be [${VERSION}], as in deno.json: it is 1.2.0`,
  ],
  "no section at all": [
    (project) => project.write("CHANGELOG.md", "# Changelog\n"),
    `the newest section of CHANGELOG.md must be [${VERSION}], as in deno.json: there is none`,
  ],
  "a section without a day": [
    (project) => project.edit("CHANGELOG.md", " - 2026-01-31", ""),
    `CHANGELOG.md gives no day for ${VERSION}: write \`## [${VERSION}] - YYYY-MM-DD\``,
  ],
  "a day that no calendar has": [
    (project) => project.edit("CHANGELOG.md", "2026-01-31", "2026-02-30"),
    `CHANGELOG.md gives no day for ${VERSION}: write \`## [${VERSION}] - YYYY-MM-DD\``,
  ],
  "an empty section": [
    (project) =>
      project.edit("CHANGELOG.md", "### Added\n\n- Pools, see [the format][format].\n", ""),
    `CHANGELOG.md does not say what changed in ${VERSION}`,
  ],
  "changes that are in no version yet": [
    (project) => project.edit("CHANGELOG.md", "[Unreleased]\n", "[Unreleased]\n\n- More.\n"),
    `CHANGELOG.md has unreleased changes: move them to the section of ${VERSION}`,
  ],
  "another Deno in the README": [
    (project) => editReadme(project, "deno@2.9.6", "deno@2.9.5"),
    "README.md names deno@2.9.5, but .deno-version has 2.9.6",
  ],
  "another package in the README": [
    (project) => editReadme(project, "@^1.2", "@1.1"),
    `README.md names @plasmite/pool@1.1, but deno.json has ${VERSION}`,
  ],
  "a link to another release in the README": [
    (project) =>
      editReadme(
        project,
        "npx",
        "https://github.com/plasmite/pls/releases/download/v1.2.2/pls npx",
      ),
    `README.md links to release 1.2.2, but deno.json has ${VERSION}`,
  ],
};

/** Changes the README, also where it is packed already. */
function editReadme(project: BuiltProject, found: string, replacement: string): void {
  project.edit("README.md", found, replacement);
  for (const target of TARGETS) Deno.removeSync(project.made(archiveName(target)));
  Deno.removeSync(project.made(SUMS_NAME));
}

for (const [fault, [make, problem]] of Object.entries(TEXT_FAULTS)) {
  test(`found: ${fault}`, async () => {
    using project = await packed();
    make(project);
    assertEquals(await problemsOf(project, { tag: TAG, allowMissing: true }), [problem]);
  });
}

test("found: a bundle and an executable that say another version", async () => {
  using project = await packed();
  Deno.mkdirSync(project.made("bundle"));
  project.write("dist/bundle/cli.js", `console.log('{"version":"1.0.0"}')`);
  const found = ["dist/bundle/cli.js"];
  if (OWN_TARGET !== undefined && Deno.build.os !== "windows") {
    project.build(OWN_TARGET, "1.0.0");
    await pack(project, { allowMissing: false });
    found.push(`dist/${executablePath(OWN_TARGET)}`);
  }
  assertEquals(
    await problems(project),
    found.map((path) => `${path} is version 1.0.0, but deno.json has ${VERSION}: build it anew`),
  );
});

test("found: a program that does not start", async () => {
  using project = await packed();
  Deno.mkdirSync(project.made("bundle"));
  project.write("dist/bundle/cli.js", `throw new Error("it broke")`);
  const [problem, ...others] = await problems(project);
  assertStringIncludes(problem, "dist/bundle/cli.js does not say its version: exit code 1.");
  assertStringIncludes(problem, "it broke");
  assertEquals(others, []);
});

test("found: a bundle of another commit, when there is a tag", async () => {
  using project = await packed();
  const git = (...args: string[]) => {
    const who = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    const { success, stdout } = new Deno.Command("git", {
      args: [...who, ...args],
      cwd: project.root,
    }).outputSync();
    assertEquals(success, true);
    return new TextDecoder().decode(stdout).trim();
  };
  git("init", "--quiet");
  git("commit", "--quiet", "--allow-empty", "--message", "first");
  const head = git("rev-parse", "HEAD");
  // The executable says no commit, and was not to be looked at here.
  if (OWN_TARGET !== undefined) Deno.removeSync(project.executable(OWN_TARGET));
  Deno.mkdirSync(project.made("bundle"));
  const say = (commit: string) =>
    project.write(
      "dist/bundle/cli.js",
      `console.log('{"version":"${VERSION}","commit":"${commit}"}')`,
    );
  say(head.slice(0, 12));
  assertEquals(await problems(project), []);
  say(`${head.slice(0, 12)}-dirty`);
  assertEquals(await problems(project), [
    `dist/bundle/cli.js is of commit ${head.slice(0, 12)}-dirty, but ${head} is checked out: ` +
    "build it anew",
  ]);
  assertEquals(await problemsOf(project, { allowMissing: false }), []);
});

test("found: an archive that was changed after it was packed", async () => {
  using project = await packed();
  const bytes = Deno.readFileSync(project.made(ARCHIVE));
  bytes[bytes.length - 20] ^= 1;
  Deno.writeFileSync(project.made(ARCHIVE), bytes);
  const [sum, damage, ...others] = await problems(project);
  assertStringIncludes(sum, `dist/${ARCHIVE} is not what was packed: its SHA-256 is `);
  assertStringIncludes(damage, `dist/${ARCHIVE} can't be unpacked: `);
  assertEquals(others, []);
});

test("found: half an archive, even when its sum was taken afterwards", async () => {
  using project = await packed();
  const bytes = Deno.readFileSync(project.made(ARCHIVE));
  const half = bytes.slice(0, bytes.length / 2);
  Deno.writeFileSync(project.made(ARCHIVE), half);
  const sums = parseSums(project.read(`dist/${SUMS_NAME}`)!);
  project.edit(
    `dist/${SUMS_NAME}`,
    sums.find(({ name }) => name === ARCHIVE)!.sha256,
    await sha256(half),
  );
  const [problem, ...others] = await problems(project);
  assertStringIncludes(problem, `dist/${ARCHIVE} can't be unpacked: `);
  assertEquals(others, []);
});

/** A change to what is in an archive, and the problem that it makes. */
const CONTENT_FAULTS: Record<string, [(files: ArchiveFile[]) => ArchiveFile[], string]> = {
  "another executable": [
    ([executable, ...others]) => [{ ...executable, bytes: new Uint8Array([1, 2]) }, ...others],
    `pls differs from dist/${executablePath(TARGET)}: pack anew`,
  ],
  "an executable that can't be executed": [
    ([executable, ...others]) => [{ ...executable, mode: 0o644 }, ...others],
    "pls has mode 644 instead of 755",
  ],
  "another licence": [
    ([executable, licence, readme]) => [
      executable,
      { ...licence, bytes: new Uint8Array() },
      readme,
    ],
    "LICENSE differs from LICENSE: pack anew",
  ],
};

for (const [fault, [change, problem]] of Object.entries(CONTENT_FAULTS)) {
  test(`found: an archive with ${fault}, though its sum is right`, async () => {
    using project = await packed();
    await replaceArchive(project, TARGET, change);
    assertEquals(await problems(project), [`dist/${ARCHIVE}: ${problem}`]);
  });
}

test("found: an archive that holds more or less than it should", async () => {
  using project = await packed();
  await replaceArchive(project, TARGET, (files) => files.slice(0, 2));
  const extra = { name: "../evil", mode: 0o755, bytes: new Uint8Array() };
  await replaceArchive(project, TARGETS[1], (files) => [...files, extra]);
  assertEquals(await problems(project), [
    `dist/${ARCHIVE} holds pls, LICENSE instead of pls, LICENSE, README.md`,
    `dist/${archiveName(TARGETS[1])} holds pls, LICENSE, README.md, ../evil instead of pls, ` +
    "LICENSE, README.md",
  ]);
});

test("found: sums that are missing, twice there, of nothing, or no sums", async () => {
  using project = await packed();
  const list = project.read(`dist/${SUMS_NAME}`)!;
  const lines = list.split("\n");
  const line = lines.find((line) => line.endsWith(ARCHIVE))!;
  const withList = async (text: string) => {
    project.write(`dist/${SUMS_NAME}`, text);
    return await problems(project);
  };
  assertEquals(await withList(list.replace(`${line}\n`, "")), [
    `${SUMS_NAME} has 0 sums of ${ARCHIVE} instead of 1`,
  ]);
  assertEquals(await withList(`${list}${line}\n`), [
    `${SUMS_NAME} has 2 sums of ${ARCHIVE} instead of 1`,
  ]);
  assertEquals(await withList(`${list}${"0".repeat(64)}  pls-other.tar.gz\n`), [
    `${SUMS_NAME} has a sum of pls-other.tar.gz, which is not there`,
  ]);
  assertEquals(await withList("<html>\n"), [
    `dist/${SUMS_NAME} is damaged: not a sum and a name: <html>`,
  ]);
});

test("found: what belongs to no target", async () => {
  using project = await packed();
  project.write("dist/pls-sparc-sun-solaris.tar.gz", "");
  Deno.mkdirSync(project.made("sparc-sun-solaris"));
  project.write("dist/sparc-sun-solaris/pls", "");
  assertEquals(await problems(project), [
    "dist/pls-sparc-sun-solaris.tar.gz belongs to no target: remove it",
    "dist/sparc-sun-solaris/pls belongs to no target: remove it",
    `${SUMS_NAME} has 0 sums of pls-sparc-sun-solaris.tar.gz instead of 1`,
  ]);
});

test("found: every target that is missing, and what to run; allowed when asked for", async () => {
  using project = new BuiltProject(TARGETS.slice(1));
  const first = `dist/${executablePath(TARGET)} is missing: run \`deno task compile:all\``;
  const others = TARGETS.slice(1).map((target) =>
    `dist/${archiveName(target)} is missing: run \`deno task release:pack\``
  );
  assertEquals(await problems(project), [first, ...others]);
  assertEquals(await problemsOf(project, { tag: TAG, allowMissing: true }), []);
});

test("found: a formula of other archives", async () => {
  using project = await packed();
  project.write(`dist/${FORMULA_NAME}`, formulaOf(project).replace(/[0-9a-f]{64}/, "0".repeat(64)));
  assertEquals(await problems(project), [
    `dist/${FORMULA_NAME} is of other archives: run \`deno task release:formula\``,
  ]);
});

test("the task prints all problems and ends with 1; what it can't understand ends with 2", async () => {
  using project = await packed();
  const task = `import { main } from ${
    JSON.stringify(import.meta.resolve("../../release/check.ts"))
  };
    import { Project } from ${JSON.stringify(import.meta.resolve("../../release/project.ts"))};
    Deno.exitCode = await main(Deno.args, new Project(new URL(${
    JSON.stringify(project.root.href)
  })));`;
  const script = project.file("task.ts");
  Deno.writeTextFileSync(script, task);
  const run = async (...args: string[]) => {
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--allow-all", "--config", config, script.pathname, ...args],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  };
  assertEquals(await run("--tag", TAG), {
    code: 0,
    stdout: `${VERSION} fits together; archives: ${TARGETS.length}\n`,
    stderr: "",
  });
  Deno.removeSync(project.file("CHANGELOG.md"));
  const failed = await run("--tag", "v9.9.9");
  assertEquals(failed.code, 1);
  assertEquals(failed.stderr.split("\n"), [
    `- the tag is v9.9.9, but deno.json has version ${VERSION}: tag ${TAG}, or change it`,
    "- CHANGELOG.md is missing",
    `2 in the way of releasing ${VERSION}`,
    "",
  ]);
  assertEquals((await run("--tags")).code, 2);
  assertEquals(await main(["--tag", ""], project), 2);
});
