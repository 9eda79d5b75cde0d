/**
 * docs/commands.md: every command with its arguments and options, out of the same descriptions
 * that parsing, `--help` and completions are made from.
 *
 * @module
 */

import {
  type CommandSpec,
  type FlagSpec,
  HELP_FLAG,
  type Positionals,
  type PositionalSpec,
} from "../cli/command.ts";
import { type Member, membersOf, resolveCommand } from "../cli/commands.ts";
import { helpOn } from "../cli/help.ts";
import { program } from "../cli/program.ts";
import { PERMISSIONS } from "./permissions.ts";

const INTRODUCTION = `# Commands

Everything that \`pls\` can be told, made from the descriptions that \`pls --help\` shows as well.
How the commands work together is in the [Cookbook](cookbook.md); what of this stays as it is, in
[Stability](stability.md).

- A **POOL** is a name, which stands for a file in the pool directory, or a path with a \`/\` in it;
  most commands take the [URL of a served pool](serving.md#pools-of-a-server) as well.
- A **SIZE** is a number of bytes, or one with \`K\`, \`M\` or \`G\` behind it, such as \`8M\`.
- A **DURATION** is a number with \`ms\`, \`s\`, \`m\` or \`h\` behind it, such as \`30s\`.
- A **TARGET** is what names a pipe of messaging: \`HANDLE.NAME\`, or a name alone.
- What can be set once and for all is in [Settings](compatibility.md#settings).

Every command has \`--help\`, and \`-h\`, which prints less. The exit code is 0 when all went well, and that of the [kind of failure](#exit-codes) otherwise.
`;

const EXIT_CODES = `## Exit codes

| code | kind            | what went wrong                                                      |
| ---: | --------------- | -------------------------------------------------------------------- |
|    0 |                 | nothing                                                              |
|    1 | \`Internal\`      | a defect in this program                                             |
|    2 | \`Usage\`         | the call itself: an argument, an option, a value                     |
|    3 | \`NotFound\`      | the pool, or the message, is not there                               |
|    4 | \`AlreadyExists\` | a pool of that name is there                                         |
|    5 | \`Busy\`          | another process held the pool for longer than this one would wait    |
|    6 | \`Permission\`    | the system, or a server, refused access                              |
|    7 | \`Corrupt\`       | the pool file holds what no writer leaves behind                     |
|    8 | \`Io\`            | reading, writing or the network failed                               |
|    9 | \`RetentionGap\`  | messages that were insisted on were overwritten before they were read |
|  124 |                 | \`--timeout\` passed with nothing to show                              |

Commands of messaging have codes of their own as well, 10 to 26: all of them, with what to do, are in
[Exit codes](exit_codes.md).

\`tap\` ends with the code of the command that it runs, or 128 and the number of the signal that
ended that.
`;

/** A command, a group of commands, or the program itself. */
interface Entry {
  readonly title: string;
  readonly spec: CommandSpec;
  readonly members: readonly Member[];
  /** How it is called, as help has it. */
  readonly usage: string;
}

/** The page, in Markdown whose tables are not aligned. */
export async function commandsPage(): Promise<string> {
  const entries = await everything();
  return [
    INTRODUCTION,
    entries.map(({ title, spec }) => `- [\`${title}\`](${anchor(title)}): ${spec.summary}`).join(
      "\n",
    ),
    ...entries.map(section),
    EXIT_CODES,
  ].join("\n\n") + "\n";
}

/** All there is, every command before those that stand below it. */
async function everything(): Promise<Entry[]> {
  const entries: Entry[] = [];
  const waiting = [""];
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const resolved = await resolveCommand(name.split(" ").filter((word) => word !== ""));
    const spec = "command" in resolved ? resolved.command : resolved.group;
    const members = await membersOf(spec);
    waiting.unshift(...members.map(({ word }) => `${name} ${word}`.trim()));
    const usage = usageIn(await helpOn(resolved, "short"));
    entries.push({ title: `pls ${name}`.trim(), spec, members, usage });
  }
  return entries;
}

function usageIn(help: string): string {
  const [, usage] = /^(?:Usage: |USAGE\n {2})(.*(?:\n {4}.*)*)/m.exec(help)!;
  return usage.replaceAll(/\n {4}/g, " ");
}

function section({ title, spec, members, usage }: Entry): string {
  return [
    `## ${title}`,
    `${spec.summary}.`,
    fenced("text", [usage]),
    ...(spec.details ?? []),
    argumentTable(spec),
    spec === program ? "" : members.map((member) => memberLine(title, member)).join("\n"),
    optionTable(spec),
    fenced("sh", spec.examples.flatMap(({ does, line }) => [`# ${does}`, line])),
    permissionLine(spec),
  ].filter((text) => text !== "").join("\n\n");
}

function memberLine(title: string, { word, summary }: Member): string {
  const name = `${title} ${word}`;
  return `- [\`${name}\`](${anchor(name)}): ${summary}`;
}

function argumentTable({ positionals }: CommandSpec): string {
  const rows = Object.entries(positionals).map(([name, positional]) => [
    `\`${name.toUpperCase()}\``,
    positional.help + notes(positional, positionals),
  ]);
  return table(["argument", "what it is"], rows);
}

function optionTable(spec: CommandSpec): string {
  const { flags, positionals } = spec;
  const rows = Object.entries(spec === program ? { ...flags, help: HELP_FLAG } : flags).map((
    [name, flag],
  ) => [
    flagTerm(name, flag),
    flag.byDefault ?? "",
    flag.help + notes(flag, positionals),
  ]);
  return table(["option", "default", "what it does"], rows);
}

function flagTerm(name: string, flag: FlagSpec): string {
  const value = flag.choices?.join("|") ?? flag.placeholder;
  const long = `\`--${name}${value === undefined ? "" : ` ${value}`}\``;
  return flag.short === undefined ? long : `\`-${flag.short}\`, ${long}`;
}

/** What a description says beside its sentence. */
function notes(spec: FlagSpec | PositionalSpec, positionals: Positionals): string {
  const { repeat, conflicts = [], requires } = { conflicts: [], requires: undefined, ...spec };
  const named = (name: string) =>
    Object.hasOwn(positionals, name) ? `\`${name.toUpperCase()}\`` : `\`--${name}\``;
  return [
    repeat ? "May be given again." : "",
    conflicts.length > 0 ? `Not with ${conflicts.map(named).join(", ")}.` : "",
    requires === undefined ? "" : `Only with ${named(requires)}.`,
  ].filter((text) => text !== "").map((text) => ` ${text}`).join("");
}

function permissionLine(spec: CommandSpec): string {
  if (!("run" in spec)) return "";
  const flags = PERMISSIONS.flatMap(({ name, needs }) =>
    needs.filter(({ commands }) => commands === "all" || commands.includes(spec.name))
      .map(({ when }) => `\`--allow-${name}\`${when === undefined ? "" : ` ${when}`}`)
  );
  return flags.length === 0 ? "" : `Permissions: ${flags.join("; ")}.`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [head, head.map(() => "---"), ...rows].map(line).join("\n");
}

const fenced = (language: string, lines: readonly string[]) =>
  ["```" + language, ...lines, "```"].join("\n");

/** Where a page has the heading that says `title`. */
const anchor = (title: string) => `#${title.toLowerCase().replaceAll(" ", "-")}`;
