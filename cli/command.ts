/**
 * What a command is: one description from which its parsing, its help and its
 * completions are made, and the function that runs it.
 *
 * A flag is written down once, in its command's file, and nowhere else. The types
 * of the values a command gets follow from that description.
 *
 * @module
 */

import type { Duration } from "./duration.ts";
import type { Session } from "./session.ts";

/**
 * What a value must look like.
 *
 * - `"integer"`: decimal digits, up to 2^64 - 1; a number.
 * - `"size"`: the SIZE grammar; a number of bytes.
 * - `"duration"`: the DURATION grammar; a {@linkcode Duration}.
 * - `"choice"`: one of `choices`.
 * - `"pool"`, `"handle"`, `"target"`, `"path"`, `"text"`: any text; the name tells completions
 *   what fits. A target is what names a pipe: its path, or the handle of its source.
 */
export type ValueKind =
  | "text"
  | "pool"
  | "handle"
  | "target"
  | "path"
  | "integer"
  | "size"
  | "duration"
  | "choice";

/** One flag of a command, filed under its long name. */
export interface FlagSpec {
  /** What its value must look like; a `"switch"` has none. */
  readonly kind: "switch" | ValueKind;
  /** Its one-letter name. */
  readonly short?: string;
  /** What help calls the value, such as `PATH`. */
  readonly placeholder?: string;
  /** The legal values of a `"choice"`. */
  readonly choices?: readonly string[];
  /** May be given more than once. */
  readonly repeat?: boolean;
  /** What holds when it is not given, as help shows it. */
  readonly byDefault?: string;
  /** Flags and positionals that can't be given together with it. */
  readonly conflicts?: readonly string[];
  /** The flag without which it makes no sense. */
  readonly requires?: string;
  /** What it does, in one sentence. */
  readonly help: string;
}

/** One positional argument of a command, filed under its name in lower case. */
export interface PositionalSpec {
  /** What its value must look like. */
  readonly kind: ValueKind;
  /** The legal values of a `"choice"`. */
  readonly choices?: readonly string[];
  /** The command can't run without it. */
  readonly required?: boolean;
  /** Takes all that follows. Only the last positional may. */
  readonly repeat?: boolean;
  /** Must stand behind `--`: what it takes may look like flags of ours. */
  readonly behindDashes?: boolean;
  /** What to say, beside naming the help, when it is missing. */
  readonly missingHint?: string;
  /** What it is, in one sentence. */
  readonly help: string;
}

/** The flag that every command has beside its own. */
export const HELP_FLAG: FlagSpec = {
  kind: "switch",
  short: "h",
  help: "Print help; -h prints less.",
};

/** The flags of a command by long name, in the order help lists them. */
export type Flags = Readonly<Record<string, FlagSpec>>;

/** The positionals of a command by name, in the order they are typed. */
export type Positionals = Readonly<Record<string, PositionalSpec>>;

/** A command line worth copying. */
export interface Example {
  /** What it does. */
  readonly does: string;
  /** The line as typed in a shell. */
  readonly line: string;
}

type SingleValue<Spec> = Spec extends { choices: readonly (infer Choice)[] } ? Choice
  : Spec extends { kind: "switch" } ? boolean
  : Spec extends { kind: "integer" | "size" } ? number
  : Spec extends { kind: "duration" } ? Duration
  : string;

/** The value a flag described by `Spec` has in an {@linkcode Invocation}. */
export type FlagValue<Spec> = Spec extends { repeat: true } ? SingleValue<Spec>[]
  : Spec extends { kind: "switch" } ? boolean
  : SingleValue<Spec> | undefined;

/** The value a positional described by `Spec` has in an {@linkcode Invocation}. */
export type PositionalValue<Spec> = Spec extends { repeat: true } ? SingleValue<Spec>[]
  : Spec extends { required: true } ? SingleValue<Spec>
  : SingleValue<Spec> | undefined;

/** A flag as it was typed. */
export interface GivenFlag {
  /** Its long name. */
  readonly name: string;
  /** Its value, undefined for a switch. */
  readonly value?: string;
}

/** The arguments of one call, checked and converted. */
export interface Invocation<F extends Flags = Flags, P extends Positionals = Positionals> {
  /** The value of every flag by long name, given or not. */
  readonly flags: { readonly [Name in keyof F]: FlagValue<F[Name]> };
  /** The value of every positional by name. */
  readonly positionals: { readonly [Name in keyof P]: PositionalValue<P[Name]> };
  /** The flags as typed, in that order. */
  readonly givenFlags: readonly GivenFlag[];
  /** The positionals as typed. */
  readonly givenPositionals: readonly string[];
  /** `--help` or `-h` was among the arguments; nothing required was checked then. */
  readonly help?: "long" | "short";
}

/** What parsing, help and completions need to know of a command. */
export interface CommandSpec<F extends Flags = Flags, P extends Positionals = Positionals> {
  /** The words that call it, such as `pool create`. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** What it is about, when that is not pools: help lists it under this heading. */
  readonly topic?: "Messaging";
  /** What else a user should know, one paragraph each. */
  readonly details?: readonly string[];
  /** Its positional arguments. */
  readonly positionals: P;
  /** Its flags, {@linkcode HELP_FLAG} aside. */
  readonly flags: F;
  /** Flags of the command it stands below may be typed before its word, and are its own. */
  readonly inheritsFlags?: boolean;
  /** Lines that work as they stand. */
  readonly examples: readonly Example[];
}

/** A command: its description, and what it does. */
export interface Command<F extends Flags = Flags, P extends Positionals = Positionals>
  extends CommandSpec<F, P> {
  /** Runs it and returns the exit code. Failures are thrown. */
  run(invocation: Invocation<F, P>, session: Session): number | Promise<number>;
}

/**
 * Describes a command, so that `run` gets values of the types its flags and
 * positionals have.
 *
 * @example
 * ```ts
 * const version = defineCommand({
 *   name: "version",
 *   summary: "Print the version",
 *   positionals: {},
 *   flags: {},
 *   examples: [{ does: "Print it", line: "pls version" }],
 *   run: (_invocation, session) => {
 *     session.stdout.write("0.1.0\n");
 *     return 0;
 *   },
 * });
 * ```
 */
export function defineCommand<const F extends Flags, const P extends Positionals>(
  command: Command<F, P>,
): Command<F, P> {
  return command;
}
