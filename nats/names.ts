/**
 * What a pool is called on the server: the stream `pls_NAME`, which takes what is published to
 * the subject `pls.NAME`. In both, letters (a to z), digits, `-` and `_` of NAME stay as they are,
 * and each other byte of its UTF-8 is written as `=` and two hexadecimal digits, `=2E` for a dot.
 * A per cent sign would not do: nats-server 2.9 garbles the subjects of acknowledgements by it.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";

const STREAM_PREFIX = "pls_";
const SUBJECT_PREFIX = "pls.";

/** The subjects of all pools. */
export const ALL_SUBJECTS = `${SUBJECT_PREFIX}*`;

/** What a server takes as the name of a stream, in bytes. */
const STREAM_NAME_BYTES_MAX = 255;

/** What a pool is called on the server. */
export interface StreamNames {
  /** The stream that holds its messages. */
  readonly stream: string;
  /** The subject that they are published to. */
  readonly subject: string;
}

/**
 * The stream and subject of a pool.
 *
 * @throws {UsageError} when no pool can have this name.
 */
export function streamNames(pool: string): StreamNames {
  if (pool === "") throw new UsageError("the name of the pool is empty");
  if (pool.includes("/") || !pool.isWellFormed()) {
    throw new UsageError(`not the name of a pool on NATS: ${JSON.stringify(pool)}`, {
      hint: "Give a name without a slash: paths only lead to pools on this machine.",
    });
  }
  const encoded = encodeURIComponent(pool).replaceAll(/[.!~*'()]/g, encodeCharacter)
    .replaceAll("%", "=");
  const names = { stream: STREAM_PREFIX + encoded, subject: SUBJECT_PREFIX + encoded };
  if (names.stream.length <= STREAM_NAME_BYTES_MAX) return names;
  throw new UsageError("the name of the pool is too long for a stream", {
    hint: `It may have ${STREAM_NAME_BYTES_MAX - STREAM_PREFIX.length} characters, of which all ` +
      "but letters, digits, - and _ count three times a byte.",
  });
}

function encodeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** The pool that a stream holds; undefined when it is a stream of another program. */
export function poolOfStream(stream: string): string | undefined {
  if (!stream.startsWith(STREAM_PREFIX)) return undefined;
  try {
    const pool = decodeURIComponent(stream.slice(STREAM_PREFIX.length).replaceAll("=", "%"));
    return streamNames(pool).stream === stream ? pool : undefined;
  } catch {
    return undefined;
  }
}
