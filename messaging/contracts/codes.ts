/**
 * The error codes of messaging: one table of what each means to a program (its exit
 * code), to an HTTP client (a status) and to a person (a message).
 *
 * Codes, exit codes and statuses are a contract with other programs; the messages
 * that a code alone gives are for people, and say what to do.
 *
 * @module
 */

/** How a code is told when nothing more is known than the code. */
export interface CodeFacts {
  /** The exit code of a command that fails with it, 1 to 26. */
  readonly exitCode: number;
  /** The status of an HTTP answer that carries it. */
  readonly httpStatus: number;
  /** What happened and, where that helps, what to do. */
  readonly message: string;
}

/** How names are written, as every message about a wrong one says. */
export const NAME_GRAMMAR =
  "1 to 32 of a-z, 0-9 and '-', beginning and ending with a letter or digit";

const RESERVED_HANDLES_TEXT =
  "broadcast, inbox, stdin, stdout, stdctrl, system and db are reserved";

/** The codes that have a place in the table. */
export type CataloguedCode =
  | "E_NOT_LOGGED_IN"
  | "E_DAEMON_NOT_RUNNING"
  | "E_INVALID_API_KEY"
  | "E_SOURCE_TAKEN"
  | "E_SOURCE_NOT_FOUND"
  | "E_INVALID_HANDLE"
  | "E_NO_CURRENT_SOURCE"
  | "E_PAYLOAD_TOO_LARGE"
  | "E_SERVER_UNREACHABLE"
  | "E_NATS_UNREACHABLE"
  | "E_INVALID_PIPE"
  | "E_PIPE_TAKEN"
  | "E_PIPE_NOT_FOUND"
  | "E_INVALID_SUBJECT"
  | "E_INVALID_MANIFOLD"
  | "E_NAME_TAKEN"
  | "E_DELIVERY_UNCONFIRMED"
  | "E_DAEMON_TIMEOUT"
  | "E_OWN_INBOX";

/** The table: every catalogued code with its exit code, HTTP status and message. */
export const CODE_TABLE: Readonly<Record<CataloguedCode, CodeFacts>> = {
  E_NOT_LOGGED_IN: {
    exitCode: 10,
    httpStatus: 500,
    message: "not logged in: run 'pls login URL -apikey K'",
  },
  E_DAEMON_NOT_RUNNING: {
    exitCode: 11,
    httpStatus: 500,
    message: "the daemon is not running: start it with 'pls daemon start'",
  },
  E_INVALID_API_KEY: { exitCode: 12, httpStatus: 401, message: "invalid api key" },
  E_SOURCE_TAKEN: {
    exitCode: 13,
    httpStatus: 409,
    message: "a source of that name exists already: 'pls ls' shows what there is",
  },
  E_SOURCE_NOT_FOUND: { exitCode: 14, httpStatus: 404, message: "source not found" },
  E_INVALID_HANDLE: {
    exitCode: 15,
    httpStatus: 400,
    message: `invalid handle: a handle is ${NAME_GRAMMAR}; ${RESERVED_HANDLES_TEXT}`,
  },
  E_NO_CURRENT_SOURCE: {
    exitCode: 16,
    httpStatus: 500,
    message: "this session has no current source: run 'pls source create NAME' or " +
      "'pls set handle NAME', or set PLS_CURRENT_HANDLE where commands share no terminal",
  },
  E_PAYLOAD_TOO_LARGE: {
    exitCode: 17,
    httpStatus: 413,
    message: "the message is too large: encoded, it may have 65536 bytes",
  },
  E_SERVER_UNREACHABLE: { exitCode: 18, httpStatus: 502, message: "server unreachable" },
  E_NATS_UNREACHABLE: {
    exitCode: 19,
    httpStatus: 500,
    message: "NATS is unreachable: the credential may have expired, or the URL may be wrong; " +
      "'pls diagnostics' shows the last events",
  },
  E_INVALID_PIPE: {
    exitCode: 20,
    httpStatus: 400,
    message: `invalid pipe: write NAME or HANDLE.NAME, each ${NAME_GRAMMAR}; ` +
      "'pls pipe create' makes one, with sizes such as 64KiB or 16MB",
  },
  E_PIPE_TAKEN: {
    exitCode: 21,
    httpStatus: 409,
    message: "a pipe of that name exists already: 'pls ls' shows what there is",
  },
  E_PIPE_NOT_FOUND: {
    exitCode: 22,
    httpStatus: 404,
    message: "pipe not found: 'pls ls' shows what there is, 'pls pipe create' makes one",
  },
  E_INVALID_SUBJECT: {
    exitCode: 23,
    httpStatus: 400,
    message: "invalid subject: 'ack:' at its beginning is reserved for receipts",
  },
  E_INVALID_MANIFOLD: {
    exitCode: 24,
    httpStatus: 400,
    message: `invalid namespace: it is names joined by '.', each ${NAME_GRAMMAR}; ` +
      RESERVED_HANDLES_TEXT,
  },
  E_NAME_TAKEN: {
    exitCode: 21,
    httpStatus: 409,
    message: "a source or a pipe holds that name: 'pls ls' shows which",
  },
  E_DELIVERY_UNCONFIRMED: {
    exitCode: 25,
    httpStatus: 500,
    message: "delivery was not confirmed in time: the message may have arrived; " +
      "look with 'pls reread' before you send it again",
  },
  E_DAEMON_TIMEOUT: {
    exitCode: 26,
    httpStatus: 500,
    message: "the daemon did not answer in time: try again, or run 'pls daemon restart'",
  },
  E_OWN_INBOX: {
    exitCode: 1,
    httpStatus: 500,
    message: "that is your own inbox: give --force to stop watching it",
  },
};

/** Codes that travel without a place in the table: exit code 1, HTTP status 500. */
export type UncataloguedCode =
  | "E_PROTOCOL"
  | "E_INTERNAL"
  | "E_HTTP"
  | "E_NOT_IMPLEMENTED"
  | "E_INVALID_ORG"
  | "E_INVALID_KIND";

/** Every code this program gives. Others may come from other programs, as any string. */
export type ErrorCode = CataloguedCode | UncataloguedCode;

function factsOf(code: string): CodeFacts | undefined {
  return Object.hasOwn(CODE_TABLE, code) ? CODE_TABLE[code as CataloguedCode] : undefined;
}

/**
 * The exit code of a command that fails with `code`; 1 for a code without a place in the table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(exitCode("E_PIPE_NOT_FOUND"), 22);
 * ```
 */
export function exitCode(code: string): number {
  return factsOf(code)?.exitCode ?? 1;
}

/**
 * The status of an HTTP answer that carries `code`; 500 for a code without a place in the table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(httpStatus("E_PIPE_NOT_FOUND"), 404);
 * ```
 */
export function httpStatus(code: string): number {
  return factsOf(code)?.httpStatus ?? 500;
}

/**
 * What `code` alone says; `unknown error` for a code without a place in the table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(message("E_SOURCE_NOT_FOUND"), "source not found");
 * ```
 */
export function message(code: string): string {
  return factsOf(code)?.message ?? "unknown error";
}
