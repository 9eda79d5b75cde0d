/**
 * How a failure is told over HTTP: the envelope of protocol v0 and a status.
 *
 * @module
 */

import { type ErrorKind, InternalError, PlasmiteError } from "../pool/mod.ts";

/** The version of the protocol, which every answer names in `plasmite-version`. */
export const PROTOCOL_VERSION = "0";

const STATUSES: Record<ErrorKind, number> = {
  Internal: 500,
  Usage: 400,
  NotFound: 404,
  AlreadyExists: 409,
  Busy: 423,
  Permission: 403,
  Corrupt: 500,
  Io: 500,
  RetentionGap: 410,
};

/** A failure that is told with another status than its kind has. */
export class Refusal extends Error {
  /** The status of the answer. */
  readonly status: number;
  /** What its body says. */
  readonly failure: PlasmiteError;
  /** Headers beside the usual ones. */
  readonly headers: Readonly<Record<string, string>>;

  /** Answers `status` and tells of `failure`. */
  constructor(status: number, failure: PlasmiteError, headers: Record<string, string> = {}) {
    super(failure.message);
    this.status = status;
    this.failure = failure;
    this.headers = headers;
  }
}

/** What the error envelope says of a failure. */
export function failureJson(failure: PlasmiteError): Record<string, unknown> {
  const { kind, message, hint, path, seq, offset } = failure;
  return { kind, message, hint, path, seq, offset };
}

/** Any failure as one that can be told; the details of a defect stay with the server. */
export function asFailure(error: unknown): PlasmiteError {
  if (error instanceof Refusal) return error.failure;
  if (error instanceof PlasmiteError) return error;
  return new InternalError("the server failed", {
    cause: error,
    hint: "This is a defect: please report it with what the server printed.",
  });
}

/** The answer that tells of a failure. */
export function refusalResponse(error: unknown): Response {
  const failure = asFailure(error);
  const status = error instanceof Refusal ? error.status : STATUSES[failure.kind];
  const headers = error instanceof Refusal ? error.headers : {};
  const bytes = new TextEncoder().encode(JSON.stringify({ error: failureJson(failure) }));
  return new Response(bytes, {
    status,
    headers: {
      "content-type": "application/json",
      "content-length": `${bytes.length}`,
      ...headers,
    },
  });
}
