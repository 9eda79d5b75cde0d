/**
 * What a tail asks a server for.
 *
 * @module
 */

import type { TailOptions } from "../pool/mod.ts";

/** The query of a stream that goes on with message `fromSeq`. */
export function tailQuery(options: TailOptions, fromSeq: number, wanted: number): URLSearchParams {
  const query = filterQuery(options);
  query.set("since_seq", String(fromSeq));
  query.set("notices", "true");
  if (options.untilSeq !== undefined) query.set("until_seq", String(options.untilSeq));
  if (wanted !== Infinity) query.set("max", String(wanted));
  if (options.gapPolicy !== undefined) query.set("gap_policy", options.gapPolicy);
  return query;
}

/**
 * The query that finds the first message of a tail which starts at a time, or with the
 * newest that match; undefined when the start follows from the pool's description.
 */
export function startQuery(
  options: TailOptions & { isFiltered: boolean },
): URLSearchParams | undefined {
  const { since, last, isFiltered } = options;
  let query: URLSearchParams;
  if (since !== undefined) {
    // Filters would only move the start on, and hide a gap on the way.
    query = new URLSearchParams();
    query.set("since", typeof since === "string" ? since : since.toISOString());
  } else if (last !== undefined && last > 0 && isFiltered) {
    query = filterQuery(options);
    query.set("last", String(last));
  } else return undefined;
  query.set("limit", "1");
  return query;
}

function filterQuery({ tags = [], where = [] }: TailOptions): URLSearchParams {
  const query = new URLSearchParams();
  const expressions = typeof where === "string" ? [where] : [...where];
  for (const tag of tags) {
    // By contract, servers trim the tags of a query and pass over blank ones.
    if (tag !== "" && tag === tag.trim()) query.append("tag", tag);
    else expressions.push(`.meta.tags | any(. == ${JSON.stringify(tag)})`);
  }
  for (const expression of expressions) query.append("where", expression);
  return query;
}
