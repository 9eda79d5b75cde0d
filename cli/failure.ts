/**
 * How a failure is told: a JSON envelope to a program, a few lines to a person, and
 * an exit code to both. Every failure comes with a hint at what to do next.
 *
 * @module
 */

import { systemCode } from "../pool/internal_mod.ts";
import {
  type ErrorDetails,
  type ErrorKind,
  InternalError,
  IoError,
  PermissionError,
  PlasmiteError,
} from "../pool/mod.ts";
import { withoutPasswords } from "./passwords.ts";
import { printable } from "./screen.ts";

const EXIT_CODES: Record<ErrorKind, number> = {
  Internal: 1,
  Usage: 2,
  NotFound: 3,
  AlreadyExists: 4,
  Busy: 5,
  Permission: 6,
  Corrupt: 7,
  Io: 8,
  RetentionGap: 9,
};

/** What to do when the failure itself does not say. */
const GENERAL_HINTS: Record<ErrorKind, string> = {
  Internal: "This is a defect in pls: please report it, with the command line you used.",
  Usage: "See `pls --help`.",
  NotFound: "See `pls pool list` for the pools there are.",
  AlreadyExists: "Choose a different name, or remove what is there first.",
  Busy: "Another process holds the pool. Try again in a moment.",
  Permission: "Check the owner and mode of the pool file and of its directory.",
  Corrupt: "Recreate the pool: `pls pool delete` it, then `pls pool create` it again.",
  Io: "Check the path, free space and the health of the file system, then try again.",
  RetentionGap: "Read from the oldest retained message: `pls pool info` shows it.",
};

/** What a failure says of itself, in the keys of the envelope. */
export interface FailureFields {
  /** What went wrong, in one stable word. */
  kind: ErrorKind;
  /** What went wrong, never empty. */
  message: string;
  /** What to do next. */
  hint: string;
  /** The file concerned. */
  path?: string;
  /** The sequence number concerned. */
  seq?: number;
  /** The byte offset concerned. */
  offset?: number;
  /** The failures underneath, outermost first; never empty. */
  causes?: string[];
}

/** The exit code of a failure of this kind, 1 to 9. */
export function exitCode(kind: ErrorKind): number {
  return EXIT_CODES[kind];
}

/**
 * Turns anything thrown into an error with a kind: what the operating system refused
 * is `Io`, and what is neither its failure nor ours is `Internal`.
 */
export function asPlasmiteError(thrown: unknown): PlasmiteError {
  if (thrown instanceof PlasmiteError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof Deno.errors.NotCapable) {
    return new PermissionError(message, {
      hint:
        "Run pls with --allow-read, --allow-write and --allow-env; for pools on servers, and to serve, with --allow-net as well; for messages without PLS_SESSION, with --allow-run.",
    });
  }
  if (systemCode(thrown) !== undefined) return new IoError(message);
  return new InternalError(message || "unexpected failure");
}

/** A failure that has a stable code and an exit code of its own, as those of messaging have. */
export interface CodedFailure extends Error {
  /** What went wrong, in one stable word that begins with `E_`. */
  readonly code: string;
  /** The exit code of a command that ends with it. */
  readonly exitCode: number;
  /** What to do next. */
  readonly hint?: string;
}

/** Whether something thrown is a {@linkcode CodedFailure}; the class need not be loaded for that. */
export function isCodedFailure(thrown: unknown): thrown is CodedFailure {
  return thrown instanceof Error && "code" in thrown && /^E_/.test(String(thrown.code)) &&
    "exitCode" in thrown && typeof thrown.exitCode === "number";
}

/** `error: CODE: message`, and a line with the hint if there is one, each with its line end. */
export function codedFailureText(
  { code, message, hint }: CodedFailure,
  options: { color: boolean },
): string {
  return labelledLines({ error: `${code}: ${message}`, hint }, options);
}

/** The same failure with some of its details replaced. A detail set to undefined is dropped. */
export function amend(error: PlasmiteError, details: ErrorDetails): PlasmiteError {
  const { kind, message, hint, path, seq, offset, cause } = error;
  return new PlasmiteError(kind, message, { hint, path, seq, offset, cause, ...details });
}

/** What `error` says of itself, its general hint filled in. */
export function failureFields(error: PlasmiteError): FailureFields {
  const causes = causeMessages(error).map(withoutPasswords);
  return {
    kind: error.kind,
    message: withoutPasswords(error.message || error.kind),
    hint: withoutPasswords(error.hint || GENERAL_HINTS[error.kind]),
    path: error.path && withoutPasswords(error.path),
    seq: error.seq,
    offset: error.offset,
    causes: causes.length > 0 ? causes : undefined,
  };
}

/** One line of JSON without its line end. */
export function failureEnvelope(error: PlasmiteError): string {
  return JSON.stringify({ error: failureFields(error) });
}

/** A few lines of text, each with its line end. */
export function failureText(error: PlasmiteError, options: { color: boolean }): string {
  const { message, hint, path, seq, offset, causes } = failureFields(error);
  const lines = { error: message, hint, path, seq, offset, "caused by": causes?.[0] };
  return labelledLines(lines, options);
}

function labelledLines(
  lines: Readonly<Record<string, string | number | undefined>>,
  options: { color: boolean },
): string {
  let text = "";
  for (const [name, value] of Object.entries(lines)) {
    if (value === undefined) continue;
    const code = name === "error" ? 31 : 33;
    const label = options.color ? `\x1b[${code}m${name}:\x1b[0m` : `${name}:`;
    text += `${label} ${printable(withoutPasswords(String(value)))}\n`;
  }
  return text;
}

function causeMessages(error: Error): string[] {
  const messages: string[] = [];
  let cause = error.cause;
  // A chain that leads back into itself must not hang the report of a failure.
  while (cause !== undefined && messages.length < 16) {
    messages.push(cause instanceof Error ? cause.message : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return messages;
}
