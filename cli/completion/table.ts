/**
 * What can be typed after what, read off the descriptions of the commands.
 *
 * @module
 */

import { type FlagSpec, HELP_FLAG, type PositionalSpec } from "../command.ts";
import { membersOf, resolveCommand } from "../commands.ts";

/** What a value can be completed with. */
export type Values =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: NamedKind | "path" | "none" };

/** What only `pls` itself knows the names of. */
export type NamedKind = keyof typeof NAMES_FLAGS;

/** The flag of `pls completion SHELL` that prints the names of each kind. */
export const NAMES_FLAGS = {
  pool: "--pool-names",
  handle: "--handles",
  target: "--targets",
} as const;

/** A flag as it is typed. */
export interface FlagEntry {
  /** `--` and its long name. */
  readonly long: string;
  /** `-` and its letter. */
  readonly short?: string;
  /** What its value can be; undefined for a switch. */
  readonly values?: Values;
  /** What it does. */
  readonly help: string;
  /** May be given again. */
  readonly repeat: boolean;
}

/** A positional of a command. */
export interface PositionalEntry {
  /** Its name in lower case. */
  readonly name: string;
  /** What it can be. */
  readonly values: Values;
  /** It takes all that follows. */
  readonly repeat: boolean;
}

/** A command, a group of commands, or the program itself. */
export interface CommandEntry {
  /** The words that call it with a blank between them; empty for the program. */
  readonly name: string;
  /** What it does. */
  readonly summary: string;
  /** Words that may come next and call something. */
  readonly members: readonly { readonly word: string; readonly summary: string }[];
  readonly flags: readonly FlagEntry[];
  readonly positionals: readonly PositionalEntry[];
}

/** All of them, the program first and every group before what it holds. */
export type CompletionTable = readonly CommandEntry[];

/** Loads every command and collects what it says of itself. */
export async function completionTable(): Promise<CompletionTable> {
  const table: CommandEntry[] = [];
  const waiting = [""];
  for (const name of waiting) {
    const resolved = await resolveCommand(name.split(" ").filter((word) => word !== ""));
    const spec = "group" in resolved ? resolved.group : resolved.command;
    // A command may have others below it, as `serve` has.
    const members = await membersOf(spec);
    waiting.push(...members.map(({ word }) => `${name} ${word}`.trim()));
    table.push({
      name,
      summary: spec.summary,
      members,
      flags: Object.entries({ ...spec.flags, help: HELP_FLAG }).map(flagEntry),
      positionals: Object.entries(spec.positionals).map(positionalEntry),
    });
  }
  return table.map((entry) => entry.name === "help" ? completingCommands(entry, table) : entry);
}

function flagEntry([name, flag]: [string, FlagSpec]): FlagEntry {
  return {
    long: `--${name}`,
    short: flag.short === undefined ? undefined : `-${flag.short}`,
    values: flag.kind === "switch" ? undefined : valuesOf(flag),
    help: flag.help,
    repeat: flag.repeat ?? false,
  };
}

function positionalEntry([name, positional]: [string, PositionalSpec]): PositionalEntry {
  return { name, values: valuesOf(positional), repeat: positional.repeat ?? false };
}

function valuesOf({ kind, choices }: { kind: string; choices?: readonly string[] }): Values {
  if (choices !== undefined) return { kind: "words", words: choices };
  return { kind: kind === "path" || isNamedKind(kind) ? kind : "none" };
}

function isNamedKind(kind: string): kind is NamedKind {
  return Object.hasOwn(NAMES_FLAGS, kind);
}

/** What `help` helps on are the commands of the program. */
function completingCommands(help: CommandEntry, [top]: CompletionTable): CommandEntry {
  const words = top.members.map(({ word }) => word);
  const positionals = help.positionals.map((entry) => {
    return { ...entry, values: { kind: "words", words } as const };
  });
  return { ...help, positionals };
}

/** What a shell function for a command is called, such as `_pls_pool_create`. */
export function identifierOf({ name }: Pick<CommandEntry, "name">): string {
  return ["_pls", ...name.split(" ").filter((word) => word !== "")].join("_").replaceAll("-", "_");
}
