/**
 * The tag that a copy of a message carries: `origin:POOL#SEQ`, with the id of the pool that it was
 * copied from and its number there.
 *
 * It is the last one of the copy's tags. A message that went from pool to pool has one for each of
 * them, and only the last says who put it where it is.
 *
 * @module
 */

const PREFIX = "origin:";

/** Room for `#` and a number in the id of an origin. */
const POOL_LENGTH_MAX = 80;

const TAG = /^origin:([\w.-]+)#(\d{1,16})(?:~([\da-f]{8}))?$/;

/** Which copies a bridge takes for its own. */
export interface CopyMark {
  /** The pool they come from, as {@linkcode originPool} spells it. */
  readonly pool: string;
  /** What tells apart those that `--tag` and `--where` selected; undefined for all messages. */
  readonly selection: string | undefined;
}

/** The id of a pool, with nothing in it that the id of an origin can't have. */
export function originPool(id: string): string {
  return id.replaceAll(/[^\w.-]/g, "-").slice(0, POOL_LENGTH_MAX);
}

/** What names message `seq` of the pool among those of all pools. */
export function originId({ pool }: Pick<CopyMark, "pool">, seq: number): string {
  return `${pool}#${seq}`;
}

/**
 * The tag of a copy of message `seq`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const pool = originPool("created 2026-01-01T00:00:00Z");
 * const tag = originTag({ pool, selection: undefined }, 7);
 * assertEquals(tag, "origin:created-2026-01-01T00-00-00Z#7");
 * ```
 */
export function originTag(mark: CopyMark, seq: number): string {
  const { selection } = mark;
  return PREFIX + originId(mark, seq) + (selection === undefined ? "" : `~${selection}`);
}

/** Where a copy comes from, and by which selection it was made. */
export interface CopyOrigin extends CopyMark {
  /** Its number there. */
  readonly seq: number;
}

/** Where the message with these tags was copied from, most recently; undefined for no copy. */
export function copyOrigin(tags: readonly string[]): CopyOrigin | undefined {
  const [, pool, seq, selection] = TAG.exec(tags.at(-1) ?? "") ?? [];
  return pool === undefined ? undefined : { pool, seq: Number(seq), selection };
}

/** Whether the message with these tags was in the pool at any time before. */
export function wasIn(tags: readonly string[], { pool }: Pick<CopyMark, "pool">): boolean {
  return tags.some((tag) => tag.startsWith(`${PREFIX}${pool}#`));
}

/** The jq predicate on an envelope that {@linkcode copyOrigin} comes from `pool`, or nearly so. */
export function copiesWhere({ pool }: Pick<CopyMark, "pool">): string {
  return `(.meta.tags[-1] // "") | startswith(${JSON.stringify(`${PREFIX}${pool}#`)})`;
}

/**
 * A short text for what `--tag` and `--where` select; undefined when that is everything. In which
 * order they are given makes no difference.
 */
export async function selectionText(
  tags: readonly string[],
  where: readonly string[],
): Promise<string | undefined> {
  if (tags.length === 0 && where.length === 0) return undefined;
  const lists = [tags, where].map((list) => [...new Set(list)].sort());
  const bytes = new TextEncoder().encode(JSON.stringify(lists));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return digest.toHex().slice(0, 8);
}
