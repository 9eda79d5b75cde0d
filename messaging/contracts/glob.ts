/**
 * Globs over names: `*` any run of characters but `/`, `?` one of them, `[a-z]` and `[^a-z]`
 * one of a class, `\` takes the next character as it is.
 *
 * A pattern is read once and matched in a time that grows with the length of the name times
 * that of the pattern: no pattern can hold up whoever matches it.
 *
 * @module
 */

/** A pattern that was read. */
export interface Glob {
  /** The pattern as it was given. */
  readonly pattern: string;
  /** Whether the whole of `text` matches. */
  matches(text: string): boolean;
}

/** How a pattern is read. */
export interface GlobOptions {
  /** Take `%` for `*`, which needs no quotes in a shell. Default false. */
  readonly percent?: boolean;
}

type Token = "star" | ((character: string) => boolean);

/**
 * Reads a pattern.
 *
 * @returns undefined when it is malformed: a class that is empty or not closed, a range
 * without an end, a `\` at the end.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseGlob("ni*.log")?.matches("nina.log"), true);
 * assertEquals(parseGlob("[a"), undefined);
 * ```
 */
export function parseGlob(pattern: string, options: GlobOptions = {}): Glob | undefined {
  const tokens = tokensOf([...(options.percent ? pattern.replaceAll("%", "*") : pattern)]);
  if (tokens === undefined) return undefined;
  return { pattern, matches: (text) => matchesTokens(tokens, text) };
}

/**
 * Whether a target is a glob: it has a `*`, a `?` or a `[`, or a `%` where that counts.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([isGlob("nina"), isGlob("ni*")], [false, true]);
 * ```
 */
export function isGlob(text: string, options: GlobOptions = {}): boolean {
  return (options.percent ? /[*?[%]/ : /[*?[]/).test(text);
}

/**
 * Makes a filter of patterns that are ORed, as `ls --watch` has them: `%` is `*`, a
 * malformed pattern matches nothing, and no patterns match everything.
 *
 * @returns a function that tells whether any of the names of a row matches any pattern.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const isWanted = patternFilter(["ni%", "lobby"]);
 * assertEquals(isWanted(collaredNames("nina", "log")), true);
 * assertEquals(isWanted(["ops.lobby"]), false);
 * ```
 */
export function patternFilter(patterns: readonly string[]): (names: readonly string[]) => boolean {
  if (patterns.length === 0) return () => true;
  const globs = patterns.flatMap((pattern) => parseGlob(pattern, { percent: true }) ?? []);
  return (names) => globs.some((glob) => names.some((name) => glob.matches(name)));
}

/** The names that a pattern of `ls --watch` is tried against for a pipe of a source. */
export function collaredNames(handle: string, pipe: string): readonly string[] {
  return [handle, pipe, `${handle}.${pipe}`];
}

function tokensOf(characters: readonly string[]): Token[] | undefined {
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at];
    if (character === "*") {
      tokens.push("star");
    } else if (character === "?") {
      tokens.push((other) => other !== "/");
    } else if (character === "[") {
      const found = classAt(characters, at + 1);
      if (found === undefined) return undefined;
      tokens.push(found.token);
      at = found.end;
    } else {
      const literal = character === "\\" ? characters[++at] : character;
      if (literal === undefined) return undefined;
      tokens.push((other) => other === literal);
    }
  }
  return tokens;
}

/** Reads a class from behind its `[`; `end` is where its `]` stands. */
function classAt(
  characters: readonly string[],
  start: number,
): { token: Token; end: number } | undefined {
  const isNegated = characters[start] === "^";
  const ranges: [number, number][] = [];
  let at = isNegated ? start + 1 : start;
  while (ranges.length === 0 || characters[at] !== "]") {
    const low = classMemberAt(characters, at);
    if (low === undefined) return undefined;
    let high = low;
    if (characters[low.next] === "-") {
      const found = classMemberAt(characters, low.next + 1);
      if (found === undefined) return undefined;
      high = found;
    }
    ranges.push([low.codePoint, high.codePoint]);
    at = high.next;
  }
  const token = (character: string) => {
    const codePoint = character.codePointAt(0) ?? 0;
    return ranges.some(([low, high]) => low <= codePoint && codePoint <= high) !== isNegated;
  };
  return { token, end: at };
}

/** A character of a class, which can be escaped; `]` and `-` have to be. */
function classMemberAt(
  characters: readonly string[],
  at: number,
): { codePoint: number; next: number } | undefined {
  const isEscaped = characters[at] === "\\";
  const character = characters[isEscaped ? at + 1 : at];
  const codePoint = character?.codePointAt(0);
  if (codePoint === undefined) return undefined;
  if (!isEscaped && (character === "-" || character === "]")) return undefined;
  return { codePoint, next: at + (isEscaped ? 2 : 1) };
}

/** Keeps the set of all places in the pattern that the text so far can have led to. */
function matchesTokens(tokens: readonly Token[], text: string): boolean {
  let places = withStarsSkipped(tokens, [0]);
  for (const character of text) {
    const reached = new Set<number>();
    for (const place of places) {
      const token = tokens[place];
      if (token === undefined) continue;
      if (token !== "star") {
        if (token(character)) reached.add(place + 1);
      } else if (character !== "/") {
        reached.add(place);
      }
    }
    if (reached.size === 0) return false;
    places = withStarsSkipped(tokens, reached);
  }
  return places.has(tokens.length);
}

function withStarsSkipped(tokens: readonly Token[], places: Iterable<number>): Set<number> {
  const skipped = new Set(places);
  // A place that is added while the set is walked is walked as well.
  for (const place of skipped) {
    if (tokens[place] === "star") skipped.add(place + 1);
  }
  return skipped;
}
