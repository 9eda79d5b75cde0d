/**
 * What CHANGELOG.md says about each version. It has the form of https://keepachangelog.com.
 *
 * @module
 */

/** One version's part of the changelog. */
export interface Section {
  /** The version, such as `0.1.0`, or `Unreleased`. */
  readonly version: string;
  /** The day it was released, as `2026-01-31`; undefined when it is not given. */
  readonly date: string | undefined;
  /** What changed, as Markdown. */
  readonly body: string;
}

const HEADING = /^## (.*)$/m;
const TITLE = /^\[(.+?)\](?: - (\S+))?$/;
/** A line such as `[0.1.0]: https://…`. */
const LINK = /^\[([^\]]+)\]: .*$/gm;

/**
 * The sections of a changelog, the newest first, as they stand there. A body brings along the
 * definitions of the links in it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const [section] = sectionsOf("# Changelog\n\n## [0.1.0] - 2026-01-31\n\nIt begins.\n");
 * assertEquals(section, { version: "0.1.0", date: "2026-01-31", body: "It begins." });
 * ```
 */
export function sectionsOf(changelog: string): Section[] {
  const links = [...changelog.matchAll(LINK)];
  const [, ...parts] = changelog.replaceAll("\r\n", "\n").replaceAll(LINK, "").split(HEADING);
  return Array.from({ length: parts.length / 2 }, (_, i) => {
    const title = parts[2 * i].trim();
    const [, version = title, date] = title.match(TITLE) ?? [];
    return { version, date, body: withLinks(parts[2 * i + 1].trim(), links) };
  });
}

function withLinks(body: string, links: readonly RegExpMatchArray[]): string {
  const used = links.filter(([, label]) => body.includes(`[${label}]`)).map(([line]) => line);
  return [body, ...used.length > 0 ? ["", ...used] : []].join("\n");
}
