/**
 * What JSON-RPC and MCP ask of whoever receives some bytes: by rules of this file alone, not by
 * those of the code that is tested.
 *
 * @module
 */

/** What names a request. */
export type RequestId = string | number;

/** The longest line that a process reads, in bytes. */
export const LINE_BYTES_MAX = 8 * 1024 * 1024;

/** What has to come back: one answer with an id, one without, none, or nothing that matters. */
export type Expectation =
  | { readonly answer: "one"; readonly id: RequestId | null }
  | { readonly answer: "none" }
  | { readonly answer: "any"; readonly id?: RequestId };

const NO_ID: Expectation = { answer: "one", id: null };

/** What has to come back for a line. */
export function expectationOf(line: Uint8Array): Expectation {
  if (line.length > LINE_BYTES_MAX) return NO_ID;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return { answer: "any" };
  }
  if (text.trim() === "") return { answer: "none" };
  try {
    return expectationOfValue(JSON.parse(text));
  } catch {
    return NO_ID;
  }
}

/** What has to come back for a JSON value. */
export function expectationOfValue(value: unknown): Expectation {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return NO_ID;
  const { jsonrpc, id, method, params } = value as Record<string, unknown>;
  const isId = typeof id === "string" || Number.isSafeInteger(id);
  const either: Expectation = { answer: "any", id: isId ? id as RequestId : undefined };
  // It is refused; nobody can tell whether something waits for it. Responses are refused or ignored.
  if (jsonrpc !== "2.0" || typeof method !== "string") return either;
  // It stays open until it is cancelled, or the connection ends.
  if (method === "subscriptions/listen") return either;
  if (isId) return { answer: "one", id: id as RequestId };
  if (Object.hasOwn(value, "id")) return NO_ID;
  const isPlain = params === undefined ||
    typeof params === "object" && params !== null && !Array.isArray(params);
  return { answer: isPlain && !Object.hasOwn(value, "result") ? "none" : "any" };
}

/** Counts answers by their id. */
export class Counts {
  readonly #counts = new Map<string, number>();

  /** Counts one more with `id`. */
  add(id: RequestId | null | undefined): void {
    const key = JSON.stringify(id ?? null);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** How many have `id`. */
  of(id: RequestId | null): number {
    return this.#counts.get(JSON.stringify(id)) ?? 0;
  }

  /** All, by the JSON of their id. */
  get entries(): [string, number][] {
    return [...this.#counts].sort();
  }
}
