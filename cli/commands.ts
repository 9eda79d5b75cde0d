/**
 * The commands there are. A command's module is loaded only when it is asked for:
 * what the others import costs a call of this one nothing.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";
import { helpLine, parseLeadingFlags } from "./arguments.ts";
import type { Command, CommandSpec } from "./command.ts";
import { MESSAGING_GROUPS, MESSAGING_LOADERS } from "./messaging/table.ts";
import { program } from "./program.ts";
import { nearestName } from "./suggest.ts";

const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  feed: async () => (await import("./feed.ts")).feed,
  follow: async () => (await import("./follow.ts")).follow,
  duplex: async () => (await import("./duplex.ts")).duplex,
  tap: async () => (await import("./tap.ts")).tap,
  fetch: async () => (await import("./fetch.ts")).fetch,
  "pool create": async () => (await import("./pool_create.ts")).poolCreate,
  "pool list": async () => (await import("./pool_list.ts")).poolList,
  "pool info": async () => (await import("./pool_info.ts")).poolInfo,
  "pool export": async () => (await import("./pool_export.ts")).poolExport,
  "pool import": async () => (await import("./pool_import.ts")).poolImport,
  "pool delete": async () => (await import("./pool_delete.ts")).poolDelete,
  bridge: async () => (await import("./bridge.ts")).bridge,
  ...MESSAGING_LOADERS,
  serve: async () => (await import("./serve.ts")).serve,
  "serve init": async () => (await import("./serve_init.ts")).serveInit,
  "serve check": async () => (await import("./serve_check.ts")).serveCheck,
  mcp: async () => (await import("./mcp.ts")).mcp,
  config: async () => (await import("./config.ts")).config,
  completion: async () => (await import("./completion.ts")).completion,
  doctor: async () => (await import("./doctor.ts")).doctor,
  version: async () => (await import("./version.ts")).version,
  help: async () => (await import("./help.ts")).help,
};

/** Words that are no commands themselves and only hold others together. */
const GROUPS: Readonly<Record<string, CommandSpec>> = {
  pool: {
    name: "pool",
    summary: "Create, list, inspect and delete pools",
    positionals: {},
    flags: {},
    examples: [
      { does: "Create a pool of 8 MiB", line: "pls pool create jobs --size 8M" },
      { does: "See which pools there are", line: "pls pool list" },
    ],
  },
  ...MESSAGING_GROUPS,
};

/** What the words of a command line call, and what is left of them. */
export type Resolved =
  | { readonly command: Command; readonly rest: readonly string[] }
  | { readonly group: CommandSpec; readonly rest: readonly string[] };

/**
 * Finds the command that `words` begin with, or the group when they go no further.
 *
 * @throws {UsageError} when a word is not the name of a command.
 */
export async function resolveCommand(words: readonly string[]): Promise<Resolved> {
  const [first, second] = words;
  if (first === undefined) return { group: program, rest: [] };
  if (Object.hasOwn(LOADERS, first)) {
    return await resolveBelow(await LOADERS[first](), words.slice(1));
  }
  if (!Object.hasOwn(GROUPS, first)) throw unknownCommand(program, first);
  const group = GROUPS[first];
  if (second === undefined || second.startsWith("-")) return { group, rest: words.slice(1) };
  const name = `${first} ${second}`;
  if (!Object.hasOwn(LOADERS, name)) throw unknownCommand(group, second);
  return { command: await LOADERS[name](), rest: words.slice(2) };
}

/**
 * Finds out whether `rest` calls a command that stands below `above`, whose word may come
 * after flags of `above`.
 */
async function resolveBelow(above: Command, rest: readonly string[]): Promise<Resolved> {
  const below = memberWords(above);
  if (below.length === 0) return { command: above, rest };
  const { invocation, rest: words } = parseLeadingFlags(above, rest);
  if (words.length === 0) return { command: above, rest };
  const [word, ...others] = words;
  if (!below.includes(word)) throw unknownCommand(above, word);
  const command = await LOADERS[`${above.name} ${word}`]();
  const leading = rest.slice(0, rest.length - words.length);
  const [first] = invocation.givenFlags;
  if (first !== undefined && !command.inheritsFlags) throw misplacedFlag(above, word, first.name);
  return { command, rest: [...leading, ...others] };
}

/** A command or group, as help lists it. */
export interface Member {
  /** The word that calls it, behind that of its group. */
  readonly word: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** The heading help lists it under, if it is not that of all. */
  readonly topic?: string;
}

/** What `group` holds, in the order help lists it. */
export function membersOf(group: CommandSpec): Promise<Member[]> {
  return Promise.all(
    memberWords(group).map(async (word) => {
      const name = `${group.name} ${word}`.trim();
      const spec = Object.hasOwn(GROUPS, name) ? GROUPS[name] : await LOADERS[name]();
      return { word, summary: spec.summary, topic: spec.topic };
    }),
  );
}

function memberWords(group: CommandSpec): string[] {
  const prefix = group.name === "" ? "" : `${group.name} `;
  const names = Object.keys(LOADERS).filter((name) => name.startsWith(prefix));
  return [...new Set(names.map((name) => name.slice(prefix.length).split(" ")[0]))];
}

function unknownCommand(group: CommandSpec, word: string): UsageError {
  const near = nearestName(word, memberWords(group));
  const guess = near === undefined ? "" : `Did you mean ${near}? `;
  return new UsageError(`unknown command ${JSON.stringify(`${group.name} ${word}`.trim())}`, {
    hint: `${guess}See ${helpLine(group)}.`,
  });
}

function misplacedFlag(above: CommandSpec, word: string, flag: string): UsageError {
  return new UsageError(`--${flag} is an option of \`pls ${above.name}\`, not of ${word}`, {
    hint: `Leave --${flag} out, or give it after ${word} if ${
      helpLine({ name: `${above.name} ${word}` })
    } lists it.`,
  });
}
