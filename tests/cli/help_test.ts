import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseInvocation, parseLeadingFlags } from "../../cli/arguments.ts";
import { membersOf, resolveCommand, type Resolved } from "../../cli/commands.ts";
import { helpOn } from "../../cli/help.ts";
import { program } from "../../cli/program.ts";

/** All commands and groups there are, by walking down from the program. */
async function everything(): Promise<Resolved[]> {
  const found: Resolved[] = [{ group: program, rest: [] }];
  for (const resolved of found) {
    const { name } = specOf(resolved);
    for (const { word } of await membersOf(specOf(resolved))) {
      found.push(await resolveCommand(`${name} ${word}`.trim().split(" ")));
    }
  }
  return found;
}

const specOf = (resolved: Resolved) => "group" in resolved ? resolved.group : resolved.command;

Deno.test("help fits in 80 columns", async () => {
  for (const resolved of await everything()) {
    for (const line of (await helpOn(resolved, "long")).split("\n")) {
      assert(line.length <= 80, `${specOf(resolved).name}: ${line}`);
    }
  }
});

Deno.test("both lengths of help show every flag and every positional", async () => {
  for (const resolved of await everything()) {
    const { flags, positionals } = specOf(resolved);
    for (const length of ["long", "short"] as const) {
      const text = await helpOn(resolved, length);
      for (const flag of [...Object.keys(flags), "help"]) assertStringIncludes(text, `--${flag}`);
      for (const name of Object.keys(positionals)) assertStringIncludes(text, name.toUpperCase());
    }
  }
});

Deno.test("the help of a command has a line that begins with its usage", async () => {
  for (const resolved of await everything()) {
    if (specOf(resolved) === program) continue;
    const usage = new RegExp(`^Usage: pls ${specOf(resolved).name}\\b`, "m");
    assert(usage.test(await helpOn(resolved, "short")), specOf(resolved).name);
  }
});

Deno.test("the help of the program has a usage heading and lists every command", async () => {
  const text = await helpOn({ group: program, rest: [] }, "long");
  assert(/^USAGE$/m.test(text));
  for (const { word } of await membersOf(program)) assert(text.includes(`\n  ${word}`), word);
});

Deno.test("short help is shorter", async () => {
  for (const resolved of await everything()) {
    const [short, long] = [await helpOn(resolved, "short"), await helpOn(resolved, "long")];
    assert(short.length < long.length, specOf(resolved).name);
  }
});

Deno.test("every example is a call of the command it explains", async () => {
  for (const resolved of await everything()) {
    const spec = specOf(resolved);
    assert(spec.examples.length > 0, spec.name);
    for (const { line } of spec.examples) {
      const called = await resolveCommand(programArguments(line, spec.name));
      if (spec !== program) assert(specOf(called).name.startsWith(spec.name), line);
      assert("command" in called, line);
      parseInvocation(called.command, called.rest);
    }
  }
});

/** What follows `pls` and its options in the part of a line that calls the command `name`. */
function programArguments(line: string, name: string): string[] {
  const calls = line.replace(/ [<>] \S+$/, "").split(/ \| (?!\.)| && /)
    .filter((part) => part.startsWith("pls "));
  const call = calls.find((part) => part.includes(` ${name}`)) ?? calls[0];
  const words = call.match(/'[^']*'|[^' ]+/g)!.map((word) => word.replace(/^'|'$/g, ""));
  return parseLeadingFlags(program, words.slice(1)).rest;
}

Deno.test("flags of a kind with choices show them", async () => {
  const text = await helpOn(await resolveCommand(["feed"]), "short");
  assertStringIncludes(text, "--durability fast|flush");
  assertEquals(text.includes("[default: fast]"), true);
});
