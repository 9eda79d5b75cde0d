/**
 * Results that are one line: what commands print when something was done. Every function
 * returns text with its line ends.
 *
 * @module
 */

import { formatSeconds } from "./duration.ts";
import { id8 } from "./envelope.ts";
import { escapedJson } from "./escaped_json.ts";
import type {
  ConnectReply,
  CreateReply,
  LoginReply,
  PipeCreateReply,
  PipeDestroyReply,
  SourceDestroyReply,
  SwitchReply,
} from "./ipc.ts";
import type { SendReply } from "./ipc_messages.ts";
import { formatPipePath } from "./names.ts";

/** The daemon was started. */
export function printDaemonStarted(pid: number): string {
  return `daemon started pid=${pid}\n`;
}

/** The daemon was there before. */
export function printDaemonAlreadyRunning(pid: number): string {
  return `daemon already running pid=${pid}\n`;
}

/** The daemon was ended. */
export function printDaemonStopped(pid: number): string {
  return `daemon stopped pid=${pid}\n`;
}

/** There was no daemon to end. */
export function printDaemonNotRunning(): string {
  return "daemon not running\n";
}

/** A credential was stored. */
export function printLogin(reply: LoginReply): string {
  return `logged in url=${reply.url} key=${reply.key_prefix} account=${reply.account_id}\n`;
}

/** The credential was removed. */
export function printLogout(): string {
  return "logged out\n";
}

/** A source was created, and is the current one. */
export function printCreate(reply: CreateReply): string {
  return `created handle=${reply.handle} subject=${reply.subject}\n` + printSwitch(reply);
}

/** Another source is the current one. */
export function printSwitch(reply: SwitchReply): string {
  return `current handle=${reply.handle}\n`;
}

/** A source is the current one; it was created when it was missing. */
export function printConnect(reply: ConnectReply): string {
  return `connected source=${reply.handle}\n`;
}

/** There is no current source any more. */
export function printDisconnect(): string {
  return "disconnected\n";
}

/** A message was sent: the line on standard output that names its full id and subject. */
export function printBroadcast(reply: SendReply): string {
  return `sent id=${reply.id} subject=${reply.subject} bytes=${reply.bytes}\n`;
}

/** What `send` was asked for, beside the message. */
export interface SentOptions {
  /** The source that was asked for. */
  readonly handle: string;
  /** The pipe that was asked for. */
  readonly pipe: string;
  /** A receipt was asked for. */
  readonly ackRequested?: boolean;
}

/**
 * A message was sent: the line of `send` on standard error.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const reply = { id: "7b1e2a90-0c4d-7e5f-8a6b-1c2d90abcdef", subject: "acct.nina.inbox", bytes: 5 };
 * assertEquals(
 *   printSent(reply, { handle: "nina", pipe: "inbox" }),
 *   "sent id=90abcdef to=nina.inbox bytes=5\n",
 * );
 * ```
 */
export function printSent(reply: SendReply, options: SentOptions): string {
  const path = pathOfSubject(reply.subject) ?? `${options.handle}.${options.pipe}`;
  const ack = options.ackRequested ? " ack=requested" : "";
  return `sent id=${id8(reply.id)} to=${path} bytes=${reply.bytes}${ack}\n`;
}

/** The path of a subject, which stands behind the account; undefined when it has none. */
function pathOfSubject(subject: string): string | undefined {
  const dot = subject.indexOf(".");
  return dot < 0 || dot === subject.length - 1 ? undefined : subject.slice(dot + 1);
}

/** A pipe was created, with what it retains. */
export function printPipeCreate(reply: PipeCreateReply): string {
  const path = formatPipePath(reply.manifold ?? "", reply.handle, reply.name);
  const ttl = formatSeconds(reply.ttl_seconds);
  const retention = `ttl=${ttl},msgs=${reply.max_msgs},bytes=${reply.max_bytes}`;
  return `created pipe=${path} retention=${retention}\n`;
}

/** A pipe was removed. */
export function printPipeDestroy(reply: PipeDestroyReply): string {
  return `destroyed pipe=${formatPipePath(reply.manifold ?? "", reply.handle, reply.name)}\n`;
}

/** A source was removed, with its pipes. */
export function printSourceDestroy(reply: SourceDestroyReply): string {
  return `destroyed source=${formatPipePath(reply.manifold ?? "", "", reply.handle)}\n`;
}

/** A glob matched nothing that could be removed. */
export function printNothingDestroyed(what: "pipes" | "sources"): string {
  return `0 ${what} destroyed\n`;
}

/** The session's slot `handle` or `namespace` was set. */
export function printSlotSet(slot: "handle" | "namespace", value: string): string {
  return `${slot}=${value}\n`;
}

/** A slot of the session was emptied. */
export function printSlotUnset(): string {
  return "unset\n";
}

/**
 * The current source was changed where a variable decides: the line on standard error.
 *
 * @param environmentHandle the value of `PLS_CURRENT_HANDLE`.
 */
export function printHandleWarning(
  environmentHandle: string,
  change: "updated" | "cleared",
): string {
  return `warning: PLS_CURRENT_HANDLE=${environmentHandle} is set; ` +
    `daemon current was ${change} but env still wins\n`;
}

/**
 * `await` is about to print the messages of a pipe: its line on standard error.
 *
 * @param path the path of the pipe: see {@linkcode formatPipePath}.
 */
export function printArrival(path: string): string {
  return `messages arrived on ${path}\n`;
}

/** The same as JSON, for standard output. */
export function printArrivalJson(path: string): string {
  return escapedJson({ event: "arrival", pipe: path }) + "\n";
}
