/**
 * Links and headings of Markdown pages, as GitHub has them.
 *
 * @module
 */

/** A link or an image. */
export interface Link {
  /** Where it leads, as it is written. */
  readonly target: string;
  /** The line it stands in, from 1. */
  readonly line: number;
}

/** `[text](target)`, `![text](target "title")`, and `[label]: target` at the start of a line. */
const LINK = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^ {0,3}\[[^\]]+\]:\s*(\S+)/g;
const AUTOLINK = /<(https?:[^>\s]*)>/g;
const HTML_LINK = /<(?:a|img|source)\b[^>]*?\b(?:href|src|srcset)="([^"]*)"/g;

/**
 * The links of a page. What is in code is none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(linksOf("See\n[there](a.md#b)."), [{ target: "a.md#b", line: 2 }]);
 * ```
 */
export function linksOf(page: string): Link[] {
  return proseLines(page).flatMap((text, index) =>
    [LINK, AUTOLINK, HTML_LINK].flatMap((pattern) =>
      [...text.matchAll(pattern)].map(([, inline, definition]) => ({
        target: inline ?? definition,
        line: index + 1,
      }))
    )
  );
}

/**
 * What can stand behind `#` in a link to a page.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([...anchorsOf("# Produce & `consume`\n## A\n## A")], ["produce--consume", "a", "a-1"]);
 * ```
 */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const line of proseLines(page, { withCode: true })) {
    for (const [, id] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
    const [, heading] = /^ {0,3}#{1,6}\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (heading !== undefined) anchors.add(unused(slug(heading), anchors));
  }
  return anchors;
}

/** The lines of a page; those of code blocks are empty, and so is code within a line. */
function proseLines(page: string, { withCode = false } = {}): string[] {
  let fence: string | undefined;
  return page.split("\n").map((line) => {
    const [, mark] = /^\s*(`{3,}|~{3,})/.exec(line) ?? [];
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined;
      return "";
    }
    fence = mark;
    if (mark !== undefined) return "";
    return withCode ? line : line.replaceAll(/`[^`]*`/g, "");
  });
}

function slug(heading: string): string {
  return heading
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc}\- ]/gu, "")
    .replaceAll(" ", "-");
}

function unused(slug: string, taken: ReadonlySet<string>): string {
  let candidate = slug;
  for (let count = 1; taken.has(candidate); count++) candidate = `${slug}-${count}`;
  return candidate;
}
