/**
 * What a listing shows, as rows: each pipe of each source, then the pipes of no source, in
 * the order in which they are given. The table and the JSON lines are made of these.
 *
 * @module
 */

import type { PipeInfo, Source, UncollaredPipe } from "./ipc_list.ts";

/** A pipe of a listing. */
export interface ListRow {
  /** Where it is; `""` for the root. */
  readonly manifold: string;
  /** Its source; `""` for an uncollared pipe. */
  readonly handle: string;
  /** Its name, without its manifold. */
  readonly name: string;
  /** Who created it; `""` when nobody knows. */
  readonly creator: string;
  /** What is in it. */
  readonly info: PipeInfo;
}

/** The rows of a listing. A source without pipes has none. */
export function listRows(
  sources: readonly Source[],
  uncollared: readonly UncollaredPipe[],
): ListRow[] {
  const collaredRows = sources.flatMap((source) =>
    (source.pipe_infos ?? []).map((info) => ({
      manifold: source.manifold ?? "",
      handle: source.handle,
      name: info.pipe,
      creator: info.created_by || source.created_by || "",
      info,
    }))
  );
  const uncollaredRows = uncollared.map(({ manifold, name, info }) => ({
    manifold: manifold ?? "",
    handle: "",
    name,
    creator: info.created_by ?? "",
    info,
  }));
  return [...collaredRows, ...uncollaredRows];
}
