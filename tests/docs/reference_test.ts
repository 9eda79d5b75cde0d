/**
 * The reference pages have every command and every export, and say what the code says now.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import * as library from "@plasmite/pool";
import * as nats from "@plasmite/pool/nats";
import * as remote from "@plasmite/pool/remote";
import * as server from "@plasmite/pool/server";
import { exitCode } from "../../cli/failure.ts";
import { completionTable } from "../../cli/completion/table.ts";
import { resolveCommand } from "../../cli/commands.ts";
import { entryPoints } from "../../release/library_page.ts";
import { referencePages } from "../../release/reference.ts";
import { anchorsOf } from "./markdown.ts";
import { readPage } from "./pages.ts";

for (const [path, text] of await referencePages()) {
  Deno.test(`${path} is what \`deno task docs\` writes`, () => {
    const [there, wanted] = [readPage(path).split("\n"), text.split("\n")];
    const line = wanted.findIndex((line, index) => line !== there[index]);
    assertEquals(there[line], wanted[line], "run `deno task docs`");
    assertEquals(there.length, wanted.length, "run `deno task docs`");
  });
}

Deno.test("docs/commands.md has every command with its options and defaults", async () => {
  const page = readPage("docs/commands.md");
  const commands = await completionTable();
  assert(commands.length > 15);
  for (const { name, flags, positionals } of commands) {
    const section = sectionOf(page, `pls ${name}`.trim());
    const others = flags.filter(({ long }) => name === "" || long !== "--help");
    for (const { long } of others) assert(new RegExp(`\`${long}[ \`]`).test(section), long);
    for (const positional of positionals) {
      assertStringIncludes(section, `\`${positional.name.toUpperCase()}\``);
    }
    for (const value of await defaultsOf(name)) assertStringIncludes(section, `| ${value}`);
  }
});

async function defaultsOf(name: string): Promise<string[]> {
  const resolved = await resolveCommand(name === "" ? [] : name.split(" "));
  const { flags } = "command" in resolved ? resolved.command : resolved.group;
  return Object.values(flags).flatMap(({ byDefault }) => byDefault ?? []);
}

/** The part of a page below the heading `title`. */
function sectionOf(page: string, title: string): string {
  const [, after] = page.split(`\n## ${title}\n`);
  assert(after !== undefined, `no section ${title}`);
  return after.split("\n## ")[0];
}

Deno.test("docs/commands.md has the exit code of every kind of failure", () => {
  const rows = [
    ...sectionOf(readPage("docs/commands.md"), "Exit codes")
      .matchAll(/^\| +(\d+) \| `(\w+)`/gm),
  ];
  assertEquals(rows.length, 9);
  for (const [, code, kind] of rows) {
    assertEquals(exitCode(kind as Parameters<typeof exitCode>[0]), Number(code), kind);
  }
});

Deno.test("docs/library.md has every export of the entry points", () => {
  const anchors = anchorsOf(readPage("docs/library.md"));
  const documented = entryPoints().flatMap(({ symbols }) => symbols.map(({ name }) => name));
  const atRunTime = [library, nats, remote, server].flatMap((module) => Object.keys(module));
  assert(documented.includes("TailOptions") && atRunTime.includes("Client"));
  for (const name of new Set([...documented, ...atRunTime])) {
    assert(anchors.has(name.toLowerCase()), `docs/library.md says nothing of ${name}`);
  }
});

Deno.test("every export says what it is", () => {
  for (const { symbols } of entryPoints()) {
    for (const { name, declarations } of symbols) {
      assert(declarations.some(({ jsDoc }) => jsDoc?.doc?.trim()), name);
    }
  }
});
