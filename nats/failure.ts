/**
 * What a failure of the NATS client, or a refusal by JetStream, means. The codes of refusals are
 * those of `server/errors.json` of nats-server.
 *
 * @module
 */

import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import {
  AlreadyExistsError,
  BusyError,
  type ErrorDetails,
  IoError,
  NotFoundError,
  PermissionError,
  PlasmiteError,
  UsageError,
} from "../pool/mod.ts";

/** What was asked, for the error that tells it failed. */
export interface Subject {
  /** The server's URL, without credentials. */
  readonly server: string;
  /** The pool, as it was named. */
  readonly pool?: string;
  /** The message. */
  readonly seq?: number;
}

type ErrorClass = new (message: string, details: ErrorDetails) => PlasmiteError;

const AUTH_HINT = "Give the user and password in the URL, or --nats-creds, --nats-nkey or --token.";
const ACCOUNT_HINT = "The account on the server allows no more: delete pools that nobody needs, " +
  "make this one smaller, or have the account's limits raised.";
const SPACE_HINT = "The server, or the account on it, has no room for the pool: make it smaller, " +
  "delete others, or have max_file_store or the limits of the account raised.";
const REPLICAS_HINT = "Each replica needs a server of its own with JetStream: ask for fewer, or " +
  "start more servers.";
const BUSY_HINT = "Its cluster is choosing a leader, or too many of its servers are down. Try " +
  "again in a moment.";
const ENABLE_HINT = "Start it with `nats-server -js`, or enable JetStream for the account.";

const TAKEN_HINT = "Choose a different name, or delete it with `pls pool delete` first.";

const VERBS = { publish: "publish to", subscription: "subscribe to" };

/** What refusals mean that need more than their text to be acted on. */
const REFUSALS: Readonly<Record<number, { Kind: ErrorClass; hint?: string }>> = {
  // Stream not found.
  10059: { Kind: NotFoundError },
  // A stream of this name exists, with another configuration.
  10058: { Kind: AlreadyExistsError, hint: TAKEN_HINT },
  // Streams that take the same subject.
  10065: { Kind: AlreadyExistsError, hint: TAKEN_HINT },
  // Replicas: too many, not in a cluster, no peers for them.
  10005: { Kind: UsageError, hint: REPLICAS_HINT },
  10074: { Kind: UsageError, hint: REPLICAS_HINT },
  10052: { Kind: UsageError },
  // JetStream is off, for the server or the account.
  10076: { Kind: IoError, hint: ENABLE_HINT },
  10039: { Kind: IoError, hint: ENABLE_HINT },
  // Limits of the account: streams, consumers, storage.
  10026: { Kind: IoError, hint: ACCOUNT_HINT },
  10027: { Kind: IoError, hint: ACCOUNT_HINT },
  10002: { Kind: IoError, hint: ACCOUNT_HINT },
  10028: { Kind: IoError, hint: ACCOUNT_HINT },
  10120: { Kind: IoError, hint: ACCOUNT_HINT },
  10122: { Kind: UsageError, hint: ACCOUNT_HINT },
  // Limits of the server.
  10023: { Kind: IoError, hint: SPACE_HINT },
  10047: { Kind: IoError, hint: SPACE_HINT },
  // Sizes of messages.
  10054: { Kind: UsageError, hint: "Send it in parts, or raise max_msg_size of the stream." },
  // No leader, or not ready yet.
  10008: { Kind: BusyError, hint: BUSY_HINT },
  10009: { Kind: BusyError, hint: BUSY_HINT },
  10118: { Kind: BusyError, hint: BUSY_HINT },
};

/** Whether the same call may well succeed in a moment. */
export function isTransient(thrown: unknown): boolean {
  const error = rootOf(thrown);
  if (error instanceof JetStreamApiError) return REFUSALS[error.code]?.Kind === BusyError;
  return error instanceof errors.TimeoutError || error instanceof errors.RequestError;
}

/** Whether an answer was that there is no such stream. */
export function isStreamMissing(thrown: unknown): boolean {
  const error = rootOf(thrown);
  return error instanceof JetStreamApiError && REFUSALS[error.code]?.Kind === NotFoundError;
}

/** What the client library wrapped as the failure of a request. */
function rootOf(error: unknown): unknown {
  const isWrapped = error instanceof errors.RequestError && error.cause instanceof Error;
  return isWrapped ? rootOf(error.cause) : error;
}

/** The error to throw when a call failed with `error`. */
export function natsFailure(thrown: unknown, { server, pool, seq }: Subject): PlasmiteError {
  const error = rootOf(thrown);
  if (error instanceof PlasmiteError) return error;
  const details: ErrorDetails = { path: pool ?? server, seq, cause: error };
  if (error instanceof JetStreamApiError) return refusal(error, details);
  if (isNotEnabled(error)) {
    return new IoError(`JetStream is not enabled on ${server}`, { ...details, hint: ENABLE_HINT });
  }
  if (error instanceof errors.PermissionViolationError) {
    return new PermissionError(
      `the server does not let this user ${VERBS[error.operation]} ${error.subject}`,
      { ...details, hint: "See docs/scaling.md for the subjects that pools need." },
    );
  }
  if (isAuthFailure(error)) {
    return new PermissionError(`${server} refused the credentials`, {
      ...details,
      hint: AUTH_HINT,
    });
  }
  if (error instanceof errors.TimeoutError) {
    return new IoError(`${server} did not answer in time`, {
      ...details,
      hint: "It may be overloaded, or cut off from the rest of its cluster. Try again.",
    });
  }
  return connectionError(server, error, details);
}

function refusal(error: JetStreamApiError, details: ErrorDetails): PlasmiteError {
  const { Kind, hint } = REFUSALS[error.code] ??
    { Kind: error.status >= 400 && error.status < 500 ? UsageError : IoError };
  if (Kind === NotFoundError || Kind === AlreadyExistsError) {
    // What to do about a missing pool is for the caller to say, as with files.
    return new Kind(Kind === NotFoundError ? "not found" : "already exists", { ...details, hint });
  }
  const message = error.message.replace(/ \(\d+\)$/, "");
  return new Kind(`JetStream refused: ${message}`, { ...details, hint });
}

/** The failure to connect to `server`, or to stay connected. */
export function connectionError(
  server: string,
  error: unknown,
  details: ErrorDetails = { path: server, cause: error },
): PlasmiteError {
  if (isForbiddenByDeno(error)) {
    return new PermissionError("Deno was not given access to the network", {
      ...details,
      hint: `Run with --allow-net=${server.replace(/^\w+:\/\//, "")}.`,
    });
  }
  const reason = deepestMessage(error);
  const isTls = /certificate|tls|ssl|self.signed/i.test(reason);
  return new IoError(`can't connect to ${server}: ${reason}`, {
    ...details,
    hint: isTls
      ? "Name the certificate of its authority with --tls-ca, or check whether the server has TLS."
      : "Check the address, and that nats-server runs there and the network lets you through.",
  });
}

function isForbiddenByDeno(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable ||
    error instanceof Error && isForbiddenByDeno(error.cause);
}

function deepestMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error ?? "the connection was closed");
  const { cause } = error;
  const inner = cause instanceof AggregateError ? cause.errors[0] : cause;
  return inner instanceof Error && inner.message !== "" ? deepestMessage(inner) : error.message;
}

/** Nobody answers the API, or it says itself that there is nothing behind it. */
function isNotEnabled(error: unknown): boolean {
  return error instanceof errors.NoRespondersError ||
    // Its class is not among what the package exports.
    error instanceof Error && error.name === "JetStreamNotEnabled";
}

function isAuthFailure(error: unknown): boolean {
  return error instanceof errors.AuthorizationError ||
    error instanceof errors.UserAuthenticationExpiredError;
}
