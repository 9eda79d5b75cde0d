/**
 * Reading requests: names in paths, values in queries, bodies up to a limit.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { isPoolPath, UsageError } from "../pool/mod.ts";
import { Refusal } from "./refusal.ts";

/** Longest name of a pool in bytes: with its suffix and that of a draft, 255 is the limit. */
const NAME_BYTES_MAX = 200;

/** The largest unsigned 64-bit number. */
const U64_MAX = 2n ** 64n - 1n;

/**
 * A pool's name as it came in a path or in a body.
 *
 * @throws {UsageError} when it is no name: with a separator it would be a path.
 */
export function poolName(name: unknown): string {
  if (typeof name !== "string") {
    throw new Refusal(422, new UsageError("pool must be a string", { hint: NAME_HINT }));
  }
  const isPath = isPoolPath(name) || name.includes("\0");
  if (name !== "" && !isPath && new TextEncoder().encode(name).length <= NAME_BYTES_MAX) {
    return name;
  }
  throw new UsageError(`not the name of a pool: ${JSON.stringify(name.slice(0, 80))}`, {
    hint: NAME_HINT,
  });
}

const NAME_HINT = `Give a name of 1 to ${NAME_BYTES_MAX} bytes without a slash.`;

/**
 * The pool's name in a URL path, percent-decoded once.
 *
 * @param encoded The segment as it stands in the URL.
 */
export function poolNameOfPath(encoded: string): string {
  let name: string;
  try {
    name = decodeURIComponent(encoded);
  } catch {
    throw new UsageError("the name in the URL is not percent-encoded UTF-8", { hint: NAME_HINT });
  }
  return poolName(name);
}

/**
 * A whole number of 0 to 2^64 - 1. What JavaScript can't count to is as good as the largest
 * number it can: no pool gets there.
 *
 * @throws {UsageError} when it is anything else.
 */
export function wholeNumber(text: string, what: string): number {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) > U64_MAX) {
    throw new UsageError(`${what} must be a whole number of 0 to 2^64 - 1`);
  }
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** The values of a query. Keys that nobody asks for are ignored. */
export class Query {
  readonly #values: URLSearchParams;

  /** Reads the query of `url`. */
  constructor(url: string) {
    const at = url.indexOf("?");
    this.#values = new URLSearchParams(at < 0 ? "" : url.slice(at));
  }

  /**
   * The value of a key that can be given once.
   *
   * @throws {UsageError} when it was given again.
   */
  text(key: string): string | undefined {
    const values = this.#values.getAll(key);
    if (values.length <= 1) return values[0];
    throw new UsageError(`${key} was given more than once`);
  }

  /** The number that a key has. */
  number(key: string): number | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : wholeNumber(text, key);
  }

  /** One of `choices`; undefined when the key is not there. */
  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    const choice = choices.find((choice) => choice === text);
    if (choice !== undefined) return choice;
    throw new UsageError(`${key} must be ${choices.join(" or ")}`);
  }

  /** Whether a key is `true`. */
  flag(key: string): boolean {
    return this.choice(key, ["true", "false"]) === "true";
  }

  /** All values of a key, trimmed, without blank ones. */
  texts(key: string): string[] {
    return this.#values.getAll(key).map((text) => text.trim()).filter((text) => text !== "");
  }
}

/**
 * The body of a request as text.
 *
 * @throws {Refusal} when it is of another type (415), too large (413) or no UTF-8 (400).
 */
export async function readText(
  request: Request,
  { types, maxBytes }: { types: readonly string[]; maxBytes: number },
): Promise<string> {
  const type = request.headers.get("content-type")?.split(";")[0].trim().toLowerCase() ?? "";
  if (!types.includes(type)) {
    const hint = `Send it with content-type: ${types[0]}.`;
    throw new Refusal(415, new UsageError("the body is of an unknown type", { hint }));
  }
  const bytes = await readBytes(request, maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError("the body is not UTF-8");
  }
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const length = request.headers.get("content-length");
  if (length !== null && Number(length) > maxBytes) throw tooLarge(maxBytes);
  try {
    return length === null
      ? await readChunks(request, maxBytes)
      : new Uint8Array(await request.arrayBuffer());
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new UsageError("the body ended before it was complete", { cause });
  }
}

/** The body of a request that does not say how long it is. */
async function readChunks(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): Refusal {
  // What is left of the body is not worth reading.
  return new Refusal(
    413,
    new UsageError(`the body is larger than ${maxBytes} bytes, the server's limit`, {
      hint: "Send less at once, or raise the server's --max-body-bytes.",
    }),
    { connection: "close" },
  );
}

/**
 * The members of a JSON object in the body.
 *
 * @throws {Refusal} when the body is no JSON (400) or no object (422).
 */
export async function readObject(
  request: Request,
  maxBytes: number,
): Promise<Record<string, unknown>> {
  const text = await readText(request, { types: JSON_TYPES, maxBytes });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError("the body is not JSON", { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Refusal(422, new UsageError("the body must be a JSON object"));
}

/** Types of a body that is one JSON value. */
export const JSON_TYPES = ["application/json"] as const;

/** Types of a body that is JSON Lines. */
export const JSON_LINES_TYPES = ["application/jsonl", "application/x-ndjson"] as const;
