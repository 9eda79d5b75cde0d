/**
 * The notes of a release are what the changelog says about it, and nothing about others.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { sectionsOf } from "../../release/changelog.ts";
import { notesOf } from "../../release/notes.ts";
import { BuiltProject, VERSION } from "./built_project.ts";

Deno.test("a section ends where the next one begins, and brings along the links it uses", () => {
  using project = new BuiltProject([]);
  assertEquals(sectionsOf(project.read("CHANGELOG.md")!), [
    { version: "Unreleased", date: undefined, body: "" },
    {
      version: VERSION,
      date: "2026-01-31",
      body: "### Added\n\n- Pools, see [the format][format].\n\n" +
        "[format]: https://example.com/format",
    },
    { version: "1.2.2", date: "2026-01-01", body: "- Before." },
  ]);
});

Deno.test("the notes are the section, and where to read how to verify a download", () => {
  using project = new BuiltProject([]);
  const notes = notesOf(project.read("CHANGELOG.md")!, "1.2.2");
  assertEquals(notes.split("\n")[0], "- Before.");
  assertStringIncludes(notes, "/blob/v1.2.2/docs/releasing.md#verifying-a-download");
  const manual = Deno.readTextFileSync(new URL("../../docs/releasing.md", import.meta.url));
  assertStringIncludes(manual, "\n## Verifying a download\n");
});

Deno.test("links to files of the project lead to those of that version", () => {
  const changelog = "## [1.0.0] - 2026-01-31\n\n[a](docs/a.md#b), [c](https://example.com/c)\n";
  assertEquals(
    notesOf(changelog, "1.0.0").split("\n")[0],
    "[a](https://github.com/plasmite/pls/blob/v1.0.0/docs/a.md#b), [c](https://example.com/c)",
  );
});

Deno.test("a version without notes is refused", () => {
  using project = new BuiltProject([]);
  const changelog = project.read("CHANGELOG.md")!;
  for (const version of ["9.9.9", "Unreleased"]) {
    assertThrows(() => notesOf(changelog, version), Error, `says nothing about ${version}`);
  }
});
