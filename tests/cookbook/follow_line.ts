/**
 * What a `pls follow` line must print, worked out from its flags alone.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { Envelope } from "@plasmite/pool";

/** A `pls follow` line, understood. */
export interface FollowLine {
  /** The pool it follows. */
  readonly pool: string;
  /** How many retained matches it starts with; Infinity for all, 0 for none. */
  readonly last: number;
  /** File that the output goes to, if not standard output. */
  readonly file?: string;
  /** Whether it ends at the first message. */
  readonly one: boolean;
  /** Whether it prints a line for each message. */
  readonly jsonl: boolean;
  /** Whether a message gets through its filters. */
  matches(message: Envelope): boolean;
  /** What of a message is printed. */
  shown(message: Envelope): unknown;
}

type Data = Record<string, unknown>;

/** What the expressions of the cookbook mean, said a second time without jq. */
const EXPRESSIONS: Readonly<Record<string, (data: Data) => boolean>> = {
  '.data.commit == "a1b2c3d" and .data.status == "green"': ({ commit, status }) =>
    commit === "a1b2c3d" && status === "green",
  '.data.status == "green"': ({ status }) => status === "green",
  '.data.service == "api"': ({ service }) => service === "api",
  '.data.service == "db"': ({ service }) => service === "db",
  ".data.code == 503": ({ code }) => code === 503,
};

const WORD = /'[^']*'|[^\s']+/g;

/**
 * Understands the `pls follow` line in `script`.
 *
 * @throws {Error} when it uses something that is not understood here: a check that
 * passes over a flag checks nothing.
 */
export function parseFollowLine(script: string): FollowLine {
  const line = script.replaceAll("\\\n", " ").match(/^pls follow (\S+)(.*)$/m);
  if (line === null) throw new Error(`no pls follow in: ${script}`);
  const command = line[2].replace(/ \|\| .*$/, "");
  const words = (command.match(WORD) ?? []).map((word) => word.replace(/^'(.*)'$/, "$1"));
  const flags = new Map<string, string[]>();
  for (let i = 0; i < words.length; i++) {
    const takesValue = ["--tail", "--since", "--tag", "--where", "--timeout", "--replay", ">"]
      .includes(
        words[i],
      );
    if (!takesValue && !["--one", "--jsonl", "--data-only", "--create"].includes(words[i])) {
      throw new Error(`the cookbook test does not know ${words[i]}, in: ${script}`);
    }
    const values = flags.get(words[i]) ?? [];
    flags.set(words[i], [...values, takesValue ? words[++i] : ""]);
  }
  return describe(line[1], flags);
}

function describe(pool: string, flags: ReadonlyMap<string, string[]>): FollowLine {
  const tags = flags.get("--tag") ?? [];
  const predicates = (flags.get("--where") ?? []).map((expression) => {
    const predicate = EXPRESSIONS[expression];
    if (predicate === undefined) {
      throw new Error(`say what this means in EXPRESSIONS: ${expression}`);
    }
    return predicate;
  });
  return {
    pool,
    last: flags.has("--since") ? Infinity : Number(flags.get("--tail")?.[0] ?? 0),
    file: flags.get(">")?.[0],
    one: flags.has("--one"),
    jsonl: flags.has("--jsonl"),
    matches: ({ meta, data }) =>
      tags.every((tag) => meta.tags.includes(tag)) &&
      predicates.every((predicate) => predicate(data as Data)),
    shown: (message) => flags.has("--data-only") ? message.data : message,
  };
}

/**
 * The JSON values in the output of a follow: a line each, or indented over several. One
 * that is incomplete at the end is left out.
 *
 * @throws {Error} when there is anything else in it.
 */
export function parseOutput(text: string, { jsonl }: Pick<FollowLine, "jsonl">): unknown[] {
  const complete = jsonl ? /^.*\n/gm : /^\{\n(?: .*\n)*\}\n/gm;
  const rest = text.replace(complete, "");
  if (rest !== "" && !rest.startsWith("{")) throw new Error(`unexpected output: ${rest}`);
  return (text.match(complete) ?? []).map((value) => JSON.parse(value));
}

/** The messages that `line` starts with, when `retained` is what is in the pool. */
export function expectedHistory(line: FollowLine, retained: readonly Envelope[]): Envelope[] {
  const matching = retained.filter(line.matches);
  return matching.slice(matching.length - Math.min(line.last, matching.length));
}

/**
 * Whether `text` is what `line` has to print: the newest of the `retained` messages it
 * asks for, then what came `later`, in order and without holes. A line that asks for no
 * retained messages may start anywhere after them: that depends on when it was up.
 */
export function isRightOutput(
  line: FollowLine,
  text: string,
  { retained, later }: { retained: readonly Envelope[]; later: readonly Envelope[] },
): boolean {
  const printed = parseOutput(text, line);
  const history = expectedHistory(line, retained);
  const all = [...history, ...later.filter(line.matches)].map(line.shown);
  if (line.one && printed.length !== 1) return false;
  const startMax = history.length > 0 ? 0 : all.length - printed.length;
  for (let start = 0; start <= startMax; start++) {
    if (isDeepStrictEqual(printed, all.slice(start, start + printed.length))) return true;
  }
  return false;
}
