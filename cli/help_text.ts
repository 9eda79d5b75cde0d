/**
 * The text of help, made from the descriptions of commands. No line is wider than
 * 80 columns.
 *
 * @module
 */

import { type CommandSpec, type Example, HELP_FLAG, type Positionals } from "./command.ts";
import type { Member } from "./commands.ts";

/** `--help` shows all there is, `-h` leaves explanations and examples out. */
export type HelpLength = "long" | "short";

const WIDTH = 80;

/** Where explanations start. A longer term has its explanation on the next line. */
const EXPLANATION_COLUMN = 26;

/**
 * Help on one command, and on what stands below it.
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { feed } from "./feed.ts";
 *
 * assertMatch(commandHelp(feed, "short"), /^Usage: pls feed POOL/m);
 * ```
 */
export function commandHelp(
  spec: CommandSpec,
  length: HelpLength,
  members: readonly Member[] = [],
): string {
  const usage = ["Usage: pls", spec.name, ...Object.entries(spec.positionals).map(usageWord)];
  const sections = [
    spec.summary + ".",
    wrapped([...usage, "[OPTIONS]"].join(" "), 0, 4).join("\n"),
    ...(length === "long" ? paragraphs(spec) : []),
    section("Arguments:", positionalRows(spec.positionals)),
    section("Commands:", memberRows(members)),
    section("Options:", flagRows(spec)),
    ...(length === "long" ? [exampleSection(spec.examples)] : []),
  ];
  return joinSections(sections);
}

/** Help on a word that only holds commands together. */
export function groupHelp(
  spec: CommandSpec,
  members: readonly Member[],
  length: HelpLength,
): string {
  const sections = [
    spec.summary + ".",
    `Usage: pls ${spec.name} COMMAND [OPTIONS]`,
    section("Commands:", memberRows(members)),
    section("Options:", flagRows(spec)),
    ...(length === "long" ? [exampleSection(spec.examples)] : []),
  ];
  return joinSections(sections);
}

/** Help on the program itself. */
export function programHelp(
  spec: CommandSpec,
  members: readonly Member[],
  length: HelpLength,
): string {
  const topics = Object.groupBy(members, ({ topic }) => topic ?? "Commands");
  const sections = [
    spec.summary + ".",
    "USAGE\n  pls [OPTIONS] COMMAND [ARGUMENTS]",
    ...(length === "long" ? paragraphs(spec) : []),
    ...Object.entries(topics).map(([topic, rows = []]) => section(`${topic}:`, memberRows(rows))),
    section("Options, before the command:", flagRows(spec)),
    ...(length === "long" ? [exampleSection(spec.examples)] : []),
    "See `pls COMMAND --help` for the options of a command.",
  ];
  return joinSections(sections);
}

type Rows = (readonly [term: string, explanation: string])[];

function usageWord([name, positional]: [string, Positionals[string]]): string {
  const dashes = positional.behindDashes ? "-- " : "";
  const word = dashes + name.toUpperCase() + (positional.repeat ? "..." : "");
  return positional.required ? word : `[${word}]`;
}

function paragraphs({ details = [] }: CommandSpec): string[] {
  return details.map((paragraph) => wrapped(paragraph, 0, 0).join("\n"));
}

function positionalRows(positionals: Positionals): Rows {
  return Object.entries(positionals).map(([name, { help }]) => [name.toUpperCase(), help]);
}

function memberRows(members: readonly Member[]): Rows {
  return members.map(({ word, summary }) => [word, summary]);
}

function flagRows({ flags }: CommandSpec): Rows {
  return Object.entries({ ...flags, help: HELP_FLAG }).map(([name, flag]) => {
    const short = flag.short === undefined ? "    " : `-${flag.short}, `;
    const value = flag.choices?.join("|") ?? flag.placeholder;
    const term = `${short}--${name}${value === undefined ? "" : ` ${value}`}`;
    const byDefault = flag.byDefault === undefined ? "" : ` [default: ${flag.byDefault}]`;
    return [term, flag.help + byDefault];
  });
}

function section(title: string, rows: Rows): string {
  if (rows.length === 0) return "";
  return [title, ...rows.flatMap(([term, explanation]) => rowLines(term, explanation))].join("\n");
}

function rowLines(term: string, explanation: string): string[] {
  const lines = wrapped(explanation, EXPLANATION_COLUMN, EXPLANATION_COLUMN);
  const left = `  ${term}`;
  if (left.length + 2 > EXPLANATION_COLUMN) return [left, ...lines];
  return [left.padEnd(EXPLANATION_COLUMN) + lines[0].trimStart(), ...lines.slice(1)];
}

function exampleSection(examples: readonly Example[]): string {
  const lines = examples.flatMap(({ does, line }) => [`  # ${does}`, `  ${line}`]);
  return ["Examples:", ...lines].join("\n");
}

function joinSections(sections: readonly string[]): string {
  return sections.filter((text) => text !== "").join("\n\n") + "\n";
}

/** Breaks text into lines: the first is indented by `first` blanks, the others by `others`. */
function wrapped(text: string, first: number, others: number): string[] {
  const lines: string[] = [];
  let line = " ".repeat(first);
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = " ".repeat(others);
      isEmpty = true;
    }
    line += (isEmpty ? "" : " ") + word;
    isEmpty = false;
  }
  return [...lines, line];
}
