/**
 * The one error of messaging, and its forms: a line on standard error, the body of an
 * HTTP answer, a member of an IPC reply.
 *
 * @module
 */

import { type ErrorCode, exitCode, httpStatus, message as messageOf } from "./codes.ts";
import { escapedJson } from "./escaped_json.ts";

/** An error as it travels: in an IPC reply, in an event of `Read`, in an HTTP answer. */
export interface WireError {
  /** What went wrong, in one stable word. */
  code: string;
  /** What went wrong, for people. */
  message: string;
}

/** What can be known of a failure beside its code and message. */
export interface MessagingErrorDetails {
  /** What the caller can do about it. It does not travel. */
  hint?: string;
  /** The failure underneath. */
  cause?: unknown;
}

/** A failure of messaging, with its stable code. */
export class MessagingError extends Error {
  /** What went wrong, in one stable word: an {@linkcode ErrorCode}, or what another program sent. */
  readonly code: string;
  /** What the caller can do about it. */
  readonly hint?: string;

  /** An error of `code` that says `message`. Where the code is known, see {@linkcode newError}. */
  constructor(code: string, message: string, details: MessagingErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "MessagingError";
    this.code = code;
    this.hint = details.hint;
  }

  /** The exit code of a command that ends with this. */
  get exitCode(): number {
    return exitCode(this.code);
  }

  /** The status of an HTTP answer that carries this. */
  get httpStatus(): number {
    return httpStatus(this.code);
  }

  /** The form that travels. */
  toJSON(): WireError {
    return { code: this.code, message: this.message };
  }

  /** `<code>: <message>`. */
  override toString(): string {
    return `${this.code}: ${this.message}`;
  }
}

/**
 * An error of `code`, with the message of the table unless one is given.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(String(newError("E_SOURCE_NOT_FOUND")), "E_SOURCE_NOT_FOUND: source not found");
 * ```
 */
export function newError(
  code: ErrorCode,
  message: string = messageOf(code),
  details?: MessagingErrorDetails,
): MessagingError {
  return new MessagingError(code, message, details);
}

/**
 * The line of a failure on standard error, with its line end: `error: <code>: <message>`,
 * or `error: <text>` for anything thrown that has no code.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatError(newError("E_INVALID_API_KEY")), "error: E_INVALID_API_KEY: invalid api key\n");
 * assertEquals(formatError(new Error("no route")), "error: no route\n");
 * ```
 */
export function formatError(error: unknown): string {
  if (error instanceof MessagingError) return `error: ${error}\n`;
  return `error: ${error instanceof Error ? error.message : String(error)}\n`;
}

/** The `Content-Type` of an HTTP answer with a {@linkcode httpErrorBody}. */
export const HTTP_ERROR_CONTENT_TYPE = "application/json; charset=utf-8";

/**
 * The body of an HTTP answer about a failure, which is the `error` reply of IPC as well,
 * without a line end.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   httpErrorBody(newError("E_INVALID_API_KEY")),
 *   '{"error":{"code":"E_INVALID_API_KEY","message":"invalid api key"}}',
 * );
 * ```
 */
export function httpErrorBody(error: WireError): string {
  return escapedJson({ error: { code: error.code, message: error.message } });
}
