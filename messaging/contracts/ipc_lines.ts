/**
 * The lines of IPC: one request, and what answers it. Each is one line of JSON with its
 * line end.
 *
 * @module
 */

import { httpErrorBody, MessagingError, newError, type WireError } from "./error.ts";
import { escapedJson } from "./escaped_json.ts";
import type { IpcMethod } from "./ipc.ts";

/** The longest line that a client of `Read` takes, in bytes. */
export const READ_LINE_MAX_BYTES = 4 * 2 ** 20;

/** A request that was read; its method may be one that the daemon does not have. */
export interface IpcRequest {
  /** The name of the method. */
  method: string;
  /** Its parameters, not checked yet; undefined when there are none. */
  params: unknown;
}

/** The line of a request. */
export function requestLine(method: IpcMethod, params: object = {}): string {
  return escapedJson({ method, params }) + "\n";
}

/** The line of a reply. */
export function resultLine(result: object = {}): string {
  return escapedJson({ result }) + "\n";
}

/** The line of a reply about a failure. */
export function errorLine(error: WireError): string {
  return httpErrorBody(error) + "\n";
}

/** The line of an event of `Read`, or of anything else that is not wrapped. */
export function eventLine(event: object): string {
  return escapedJson(event) + "\n";
}

/**
 * Reads the line of a request, with or without its line end.
 *
 * @throws {MessagingError} `E_PROTOCOL` when it is no JSON object with a `method`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseRequest('{"method":"Who","params":{}}\n'), { method: "Who", params: {} });
 * ```
 */
export function parseRequest(line: string): IpcRequest {
  const value = parsedObject(line);
  const { method = "", params } = value;
  if (typeof method !== "string") throw newError("E_PROTOCOL", "method is not a string");
  return { method, params };
}

/** The failure of a request whose method the daemon does not have. */
export function newUnknownMethod(method: string): MessagingError {
  return newError("E_PROTOCOL", `unknown method ${method}`);
}

/** The failure of every `Subscribe`. */
export function newSubscribeNotImplemented(): MessagingError {
  return newError("E_NOT_IMPLEMENTED", "Subscribe not implemented in Phase 1");
}

/**
 * Reads the line of a reply, with or without its line end.
 *
 * @returns the result; `{}` when the reply has none.
 * @throws {MessagingError} the failure that the reply tells, or `E_PROTOCOL` when it is no
 * JSON object.
 */
export function parseReply(line: string): unknown {
  const { result = {}, error } = parsedObject(line);
  if (error !== undefined && error !== null) throw fromWire(error);
  return result;
}

/** The failure that travelled as `error`; of anything but a {@linkcode WireError}, `E_PROTOCOL`. */
export function fromWire(error: unknown): MessagingError {
  if (typeof error === "object" && error !== null) {
    const { code, message } = error as Partial<Record<keyof WireError, unknown>>;
    if (typeof code === "string" && typeof message === "string") {
      return new MessagingError(code, message);
    }
  }
  return newError("E_PROTOCOL", "the reply tells a failure without a code");
}

function parsedObject(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw newError("E_PROTOCOL", text, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw newError("E_PROTOCOL", "not a JSON object");
  }
  return value as Record<string, unknown>;
}
