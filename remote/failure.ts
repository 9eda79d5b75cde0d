/**
 * What a server's refusal means: the error in its envelope, or one by its status.
 *
 * @module
 */

import {
  AlreadyExistsError,
  BusyError,
  CorruptError,
  type ErrorDetails,
  type ErrorKind,
  InternalError,
  IoError,
  NotFoundError,
  PermissionError,
  type PlasmiteError,
  RetentionGapError,
  UsageError,
} from "../pool/mod.ts";

const CLASSES: Record<ErrorKind, new (message: string, details: ErrorDetails) => PlasmiteError> = {
  Internal: InternalError,
  Usage: UsageError,
  NotFound: NotFoundError,
  AlreadyExists: AlreadyExistsError,
  Busy: BusyError,
  Permission: PermissionError,
  Corrupt: CorruptError,
  Io: IoError,
  RetentionGap: RetentionGapError,
};

const KIND_BY_STATUS: Readonly<Record<number, ErrorKind>> = {
  400: "Usage",
  401: "Permission",
  403: "Permission",
  404: "NotFound",
  409: "AlreadyExists",
  413: "Usage",
  423: "Busy",
};

/** What to do where neither the server says so nor the general advice for local pools fits. */
const HINT_BY_STATUS: Readonly<Record<number, string>> = {
  401: "Give the token of the server with --token-file, or with the option token.",
  403: "The server was started with an access mode that does not allow this.",
  413: "Send less at once, or start the server with a larger --max-body-bytes.",
  423: "The server has as much to do as it takes on. Try again in a moment.",
};

/** What a request was about. */
export interface RequestSubject {
  /** The pool, if it was one. */
  pool?: string;
  /** The message, if it was one. */
  seq?: number;
}

/** An answer that is not the one asked for. */
export interface Refusal {
  /** What it means. */
  error: PlasmiteError;
  /** Asking again later may help: somebody between here and the server, or its load, says no. */
  isTransient: boolean;
}

/** Statuses of servers and proxies that are there and not ready. */
const TRANSIENT_STATUSES: readonly number[] = [408, 423, 425, 429, 502, 503, 504];

/** Understands an answer with a status other than 2xx. */
export function refusal(status: number, body: string, subject: RequestSubject): Refusal {
  const envelope = parseJson(body);
  const error = isRecord(envelope) && isRecord(envelope.error)
    ? errorOf(envelope.error, subject, status)
    : errorOfStatus(status, subject);
  const isTransient = TRANSIENT_STATUSES.includes(status) || error.kind === "Busy";
  return { error, isTransient };
}

/** The error that the content of an envelope tells of. */
export function errorOf(
  fields: Readonly<Record<string, unknown>>,
  subject: RequestSubject,
  status = 0,
): PlasmiteError {
  const kind = isKind(fields.kind) ? fields.kind : "Internal";
  const { hint, message, seq, offset, path } = fields;
  return new CLASSES[kind](typeof message === "string" && message !== "" ? message : kind, {
    hint: typeof hint === "string" ? hint : HINT_BY_STATUS[status],
    path: subject.pool ?? (typeof path === "string" ? path : undefined),
    seq: subject.seq ?? (typeof seq === "number" ? seq : undefined),
    offset: typeof offset === "number" ? offset : undefined,
  });
}

function errorOfStatus(status: number, { pool: path, seq }: RequestSubject): PlasmiteError {
  const kind = KIND_BY_STATUS[status] ?? (status >= 500 ? "Internal" : "Io");
  const hint = HINT_BY_STATUS[status] ??
    "Is it `pls serve` that answers at this address? A proxy may have answered in its place.";
  return new CLASSES[kind](`the server answered with status ${status}`, { path, seq, hint });
}

/** The failure to understand what a server answered. */
export function notUnderstood(what: string, subject: RequestSubject, cause?: unknown) {
  return new InternalError(`the server's answer is not understood: ${what}`, {
    path: subject.pool,
    seq: subject.seq,
    cause,
    hint: "Is it `pls serve` that answers at this address, and of a version as new as this one?",
  });
}

/** Whether a value is a plain object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value that JSON text stands for; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isKind(value: unknown): value is ErrorKind {
  return typeof value === "string" && Object.hasOwn(CLASSES, value);
}
