/**
 * Command-line arguments, checked against the description of a command.
 *
 * Nothing is guessed and nothing is dropped: an argument that does not fit is a
 * `Usage` error of one line, whose hint names the help to read.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../pool/mod.ts";
import {
  type CommandSpec,
  type Flags,
  type GivenFlag,
  HELP_FLAG,
  type Invocation,
  type Positionals,
  type ValueKind,
} from "./command.ts";
import { parseDuration } from "./duration.ts";
import { parseSize } from "./size.ts";
import { nearestName } from "./suggest.ts";

const MAX_INTEGER = 2n ** 64n - 1n;

/**
 * Checks `args` against `spec` and converts them. With `--help` or `-h` among
 * them, what is missing or contradictory is not checked.
 *
 * @throws {UsageError} for an unknown, incomplete, repeated or contradictory
 * argument, and for a value that is not of its kind.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { feed } from "./feed.ts";
 *
 * assertEquals(parseInvocation(feed, ["work", "{}", "--tag", "a"]).flags.tag, ["a"]);
 * ```
 */
export function parseInvocation<F extends Flags, P extends Positionals>(
  spec: CommandSpec<F, P>,
  args: readonly string[],
): Invocation<F, P> {
  return parseLeading(spec, args, "end").invocation;
}

/**
 * Does the same with the arguments before the first positional, and returns the
 * others, that positional first, as `rest`.
 *
 * @throws {UsageError} as {@linkcode parseInvocation}.
 */
export function parseLeadingFlags<F extends Flags, P extends Positionals>(
  spec: CommandSpec<F, P>,
  args: readonly string[],
): { invocation: Invocation<F, P>; rest: string[] } {
  return parseLeading(spec, args, "first positional");
}

function parseLeading<F extends Flags, P extends Positionals>(
  spec: CommandSpec<F, P>,
  args: readonly string[],
  stopAt: StopAt,
): { invocation: Invocation<F, P>; rest: string[] } {
  const spelled = spellOut(spec, args, stopAt);
  const texts = collect(spec, spelled);
  const help = spelled.help;
  if (help === undefined) {
    checkCounts(spec, spelled);
    checkCombinations(spec, spelled);
  }
  const invocation = {
    flags: flagValues(spec, texts),
    positionals: help === undefined ? positionalValues(spec, spelled.positionals) : {},
    givenFlags: spelled.flags,
    givenPositionals: spelled.positionals,
    help,
  };
  // The values were made from the very specs that F and P are the types of.
  return { invocation: invocation as unknown as Invocation<F, P>, rest: spelled.rest };
}

/** How a command is called to print its help. */
export function helpLine(spec: { readonly name: string }): string {
  return `\`${["pls", spec.name, "--help"].filter((word) => word !== "").join(" ")}\``;
}

/** Arguments with nothing left to guess. */
interface SpelledOut {
  flags: GivenFlag[];
  positionals: string[];
  /** How many positionals stood before `--`; undefined without one. */
  beforeDashes?: number;
  rest: string[];
  help?: "long" | "short";
}

type StopAt = "end" | "first positional";

/**
 * Writes every flag out as its long name and its value. `parseArgs` alone would
 * take the DATA `true` after a switch for the value of that switch, `--one` after
 * `--tag` for no value at all, and an unknown flag for a known one.
 */
function spellOut(spec: CommandSpec, args: readonly string[], stopAt: StopAt): SpelledOut {
  const spelled: SpelledOut = { flags: [], positionals: [], rest: [] };
  const queue = [...args];
  while (queue.length > 0) {
    const argument = queue.shift()!;
    if (argument === "--") {
      spelled.beforeDashes = spelled.positionals.length;
      spelled.positionals.push(...queue.splice(0));
    } else if (!isFlag(argument)) {
      if (stopAt === "first positional") {
        spelled.rest = [argument, ...queue];
        return spelled;
      }
      spelled.positionals.push(argument);
    } else if (argument.startsWith("--")) {
      spellLong(spec, argument, queue, spelled);
    } else {
      spellShort(spec, argument, queue, spelled);
    }
  }
  return spelled;
}

/** A lone `-` is a value (standard input), and `-5` is a number. */
function isFlag(argument: string): boolean {
  return argument.length > 1 && argument.startsWith("-") && !/^-\d/.test(argument);
}

function spellLong(spec: CommandSpec, argument: string, queue: string[], into: SpelledOut): void {
  const equals = argument.indexOf("=");
  // The contract accepts one dash too many before these two.
  const name = argument.slice(2, equals === -1 ? undefined : equals)
    .replace(/^-(?=(help|version)$)/, "");
  const attached = equals === -1 ? undefined : argument.slice(equals + 1);
  if (name === "help" && attached === undefined) {
    into.help = "long";
    return;
  }
  const flag = Object.hasOwn(spec.flags, name) ? spec.flags[name] : undefined;
  if (flag === undefined) throw unknownFlag(spec, `--${name}`);
  if (flag.kind !== "switch") {
    into.flags.push({ name, value: attached ?? nextValue(spec, `--${name}`, queue) });
  } else if (attached === undefined) {
    into.flags.push({ name });
  } else {
    throw usage(spec, `--${name} takes no value`);
  }
}

function spellShort(spec: CommandSpec, argument: string, queue: string[], into: SpelledOut): void {
  for (let at = 1; at < argument.length; at++) {
    const letter = argument[at];
    const name = longName(spec, letter);
    if (letter === HELP_FLAG.short) into.help ??= "short";
    else if (name === undefined) throw unknownFlag(spec, `-${letter}`);
    else if (spec.flags[name].kind === "switch") into.flags.push({ name });
    else {
      const attached = argument.slice(at + 1).replace(/^=/, "");
      const value = at + 1 < argument.length ? attached : nextValue(spec, `-${letter}`, queue);
      into.flags.push({ name, value });
      return;
    }
  }
}

function longName(spec: CommandSpec, short: string): string | undefined {
  return Object.keys(spec.flags).find((name) => spec.flags[name].short === short);
}

function nextValue(spec: CommandSpec, flag: string, queue: string[]): string {
  const next = queue[0];
  if (next === undefined || isFlag(next)) {
    const advice = next === undefined || flag.length === 2
      ? ""
      : ` To give it a value that begins with "-", write ${flag}=VALUE.`;
    throw usage(spec, `missing value for ${flag}`, advice);
  }
  queue.shift();
  return next;
}

/** Gathers the values of each flag; a switch has one `true` for each time it was given. */
function collect(spec: CommandSpec, spelled: SpelledOut): Map<string, (string | true)[]> {
  const names = Object.keys(spec.flags);
  const isSwitch = (name: string) => spec.flags[name].kind === "switch";
  const parsed = parseArgs(
    spelled.flags.map(({ name, value }) =>
      value === undefined ? `--${name}` : `--${name}=${value}`
    ),
    {
      boolean: names.filter(isSwitch),
      string: names.filter((name) => !isSwitch(name)),
      collect: names,
    },
  );
  return new Map(names.map((name) => [name, parsed[name] as (string | true)[]]));
}

function checkCounts(spec: CommandSpec, spelled: SpelledOut): void {
  for (const [index, { name }] of spelled.flags.entries()) {
    const first = spelled.flags.findIndex((flag) => flag.name === name);
    if (first !== index && !spec.flags[name].repeat) {
      throw usage(spec, `--${name} was given more than once`);
    }
  }
  const positionals = Object.entries(spec.positionals);
  const given = spelled.positionals;
  for (const [index, [name, positional]] of positionals.entries()) {
    if (positional.required && index >= given.length) {
      const advice = positional.missingHint === undefined ? "" : ` ${positional.missingHint}`;
      throw usage(spec, `missing ${label(spec, name)}`, advice);
    }
    if (positional.behindDashes && spelled.beforeDashes !== index) {
      throw usage(spec, `missing -- before ${label(spec, name)}`, ` ${positional.missingHint}`);
    }
  }
  if (given.length > positionals.length && !positionals.at(-1)?.[1].repeat) {
    const extra = JSON.stringify(given[positionals.length]);
    throw usage(spec, `unexpected argument ${extra}`, " Quote a value that contains blanks.");
  }
}

function checkCombinations(spec: CommandSpec, spelled: SpelledOut): void {
  const given = new Set(spelled.flags.map((flag) => flag.name));
  for (const name of Object.keys(spec.positionals).slice(0, spelled.positionals.length)) {
    given.add(name);
  }
  for (const { name } of spelled.flags) {
    const { conflicts = [], requires } = spec.flags[name];
    for (const other of conflicts) {
      if (given.has(other)) {
        const both = `--${name} and ${label(spec, other)}`;
        throw usage(spec, `${both} can't be given together`);
      }
    }
    if (requires !== undefined && !given.has(requires)) {
      throw usage(spec, `--${name} needs --${requires}`);
    }
  }
}

function flagValues(
  spec: CommandSpec,
  texts: Map<string, (string | true)[]>,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(spec.flags)) {
    const given = texts.get(name)!;
    if (flag.kind === "switch") {
      values[name] = given.length > 0;
      continue;
    }
    const kind = flag.kind;
    const converted = given.map((text) => convert(spec, name, { ...flag, kind }, text as string));
    values[name] = flag.repeat ? converted : converted[0];
  }
  return values;
}

function positionalValues(spec: CommandSpec, given: readonly string[]): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [index, [name, positional]] of Object.entries(spec.positionals).entries()) {
    const texts = positional.repeat ? given.slice(index) : given.slice(index, index + 1);
    const converted = texts.map((text) => convert(spec, name, positional, text));
    values[name] = positional.repeat ? converted : converted[0];
  }
  return values;
}

function convert(
  spec: CommandSpec,
  name: string,
  { kind, choices }: { kind: ValueKind; choices?: readonly string[] },
  text: string,
): unknown {
  try {
    if (kind === "integer") return parseInteger(text);
    if (kind === "size") return parseSize(text);
    if (kind === "duration") return parseDuration(text);
    if (kind === "choice") return parseChoice(text, choices ?? []);
    return text;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw usage(spec, `${label(spec, name)}: ${error.message}`, ` ${error.hint}`);
  }
}

function parseInteger(text: string): number {
  if (!/^\d+$/.test(text) || BigInt(text) > MAX_INTEGER) {
    throw new UsageError(`not a whole number: ${JSON.stringify(text)}`, {
      hint: `Use digits only, up to ${MAX_INTEGER}.`,
    });
  }
  return Number(text);
}

function parseChoice(text: string, choices: readonly string[]): string {
  const trimmed = text.trim();
  if (choices.includes(trimmed)) return trimmed;
  const near = nearestName(trimmed, choices);
  throw new UsageError(`not one of ${choices.join(", ")}: ${JSON.stringify(text)}`, {
    hint: near === undefined ? `Use ${choices.join(" or ")}.` : `Did you mean ${near}?`,
  });
}

/** How messages call a flag or a positional. */
function label(spec: CommandSpec, name: string): string {
  return Object.hasOwn(spec.positionals, name) ? name.toUpperCase() : `--${name}`;
}

function unknownFlag(spec: CommandSpec, flag: string): UsageError {
  const topLevel = ["--dir", "--color"].includes(flag) && spec.name !== "";
  if (topLevel) {
    const advice = ` It goes before the command word: \`pls ${flag} VALUE ${spec.name} ...\`.`;
    return usage(spec, `unknown flag ${flag} of ${spec.name}`, advice);
  }
  const known = [...Object.keys(spec.flags), "help"];
  const near = flag.startsWith("--") ? nearestName(flag.slice(2), known) : undefined;
  const advice = near === undefined ? "" : ` Did you mean --${near}?`;
  return usage(spec, `unknown flag ${JSON.stringify(flag).slice(1, -1)}`, advice);
}

function usage(spec: CommandSpec, message: string, advice = ""): UsageError {
  return new UsageError(message, { hint: `${advice} See ${helpLine(spec)}.`.trim() });
}
