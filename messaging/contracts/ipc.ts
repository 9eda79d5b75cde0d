/**
 * What the daemon is asked and what it answers: methods, requests and replies of sources,
 * pipes and status. Files named ipc_… beside this one have the rest.
 *
 * The names of members are those of the wire. A member with `?` is left out when it is
 * empty, `false` or 0; one that can be `null` is either not given or, with 0, given as 0.
 * An empty `session` is `default` in every method.
 *
 * @module
 */

import type { SourceKind } from "./names.ts";

/** The methods of the daemon. */
export const IPC_METHODS = [
  "Status",
  "Login",
  "Create",
  "Switch",
  "Connect",
  "Disconnect",
  "Send",
  "SendBatch",
  "List",
  "PipeCreate",
  "PipeDestroy",
  "SourceDestroy",
  "SetNamespace",
  "UnsetNamespace",
  "Diag",
  "Who",
  "ListWatch",
  "Read",
  "Subscribe",
  "SubsList",
  "SubsAdd",
  "SubsRemove",
  "SubsWait",
] as const;

/** One of the {@linkcode IPC_METHODS}. */
export type IpcMethod = typeof IPC_METHODS[number];

/** Methods whose bad or missing parameters count as none. */
export const LENIENT_METHODS: ReadonlySet<string> = new Set<IpcMethod>([
  "Status",
  "List",
  "Disconnect",
  "Diag",
  "Who",
]);

/** Methods that may take for ever, and end when their client goes. */
export const WAITING_METHODS: ReadonlySet<string> = new Set<IpcMethod>(["ListWatch", "SubsWait"]);

/** Whether the daemon has a method of this name. */
export function isIpcMethod(name: string): name is IpcMethod {
  return (IPC_METHODS as readonly string[]).includes(name);
}

/** The server accepted the credential when it was last seen. */
export const LOGIN_CHECK_OK = "ok";

/** The server refused the credential when it was last seen. */
export const LOGIN_CHECK_INVALID = "invalid";

/** Parameters of methods that need to know only whose they are. */
export interface SessionRequest {
  /** The session; `default` when it is empty. */
  session?: string;
}

/** Parameters of `Status`. */
export type StatusRequest = SessionRequest;

/** The reply to `Status`. */
export interface StatusReply {
  /** The process id of the daemon; 0 when none is running. */
  daemon_pid: number;
  /** The version of the daemon. */
  daemon_version?: string;
  /** A credential is stored. */
  logged_in: boolean;
  /** The server. */
  url?: string;
  /** Which mesh it is, and with whose credentials; an addition of ours, for comparing. */
  mesh_id?: string;
  /** The beginning of the key. */
  key_prefix?: string;
  /** The account, a UUID. */
  account_id?: string;
  /** The name of the account. */
  account_name?: string;
  /** When the broker last accepted a credential: RFC 3339 with a fraction. */
  last_token_refresh_at?: string;
  /** {@linkcode LOGIN_CHECK_OK}, {@linkcode LOGIN_CHECK_INVALID}, or missing: not seen yet. */
  login_check?: string;
  /** The current source of the session. */
  current?: string;
  /** The namespace of the session. */
  current_namespace?: string;
  /** The file that holds the current sources. */
  current_path?: string;
  /** `connected`, `connecting`, `disconnected`, or missing: there is no connection. */
  nats_state?: string;
}

/** Parameters of `Login`. */
export interface LoginRequest {
  /** The server. */
  url: string;
  /** The key. */
  api_key: string;
}

/** The reply to `Login`. */
export interface LoginReply {
  /** The server. */
  url: string;
  /** The beginning of the key. */
  key_prefix: string;
  /** The account, a UUID. */
  account_id: string;
}

/** Parameters of `Create`. */
export interface CreateRequest extends SessionRequest {
  /** The handle of the source to be. */
  handle: string;
  /** What it is; `message` when it is left out. */
  kind?: SourceKind;
  /** Where it is to be; the namespace of the session when it is left out. */
  manifold?: string;
}

/** The reply to `Create`. */
export interface CreateReply {
  /** The handle of the source. */
  handle: string;
  /** Where it is. */
  manifold?: string;
  /** The subject of its inbox at the broker. */
  subject: string;
  /** Its pipes; not filled in. */
  pipes?: string[];
}

/** Parameters of `Switch`. */
export interface SwitchRequest extends SessionRequest {
  /** The source that is to be the current one. */
  handle: string;
}

/** The reply to `Switch`. */
export interface SwitchReply {
  /** The current source. */
  handle: string;
}

/** Parameters of `Connect`. */
export type ConnectRequest = SwitchRequest;

/** The reply to `Connect`. */
export type ConnectReply = SwitchReply;

/** Parameters of `Disconnect`. */
export type DisconnectRequest = SessionRequest;

/** A reply that says only that it was done. */
export type EmptyReply = Record<string, never>;

/** The reply to `Disconnect`. */
export type DisconnectReply = EmptyReply;

/** Parameters of `SetNamespace`. */
export interface SetNamespaceRequest extends SessionRequest {
  /** The namespace; `""` clears it. */
  namespace: string;
}

/** The reply to `SetNamespace`. */
export interface SetNamespaceReply {
  /** The namespace of the session. */
  namespace: string;
}

/** Parameters of `UnsetNamespace`. */
export type UnsetNamespaceRequest = SessionRequest;

/** The reply to `UnsetNamespace`. */
export type UnsetNamespaceReply = EmptyReply;

/** Parameters of `SourceDestroy`. */
export interface SourceDestroyRequest {
  /** The source to be removed, with its pipes. */
  handle: string;
}

/** The reply to `SourceDestroy`. */
export interface SourceDestroyReply {
  /** The source that was removed. */
  handle: string;
  /** Where it was. */
  manifold?: string;
}

/** Parameters of `PipeCreate`, and the body of the request to a server. */
export interface PipeCreateRequest extends SessionRequest {
  /** The source; `""` for an uncollared pipe, unless `source_handle` is given. */
  handle: string;
  /** Where it is to be; the namespace of the session when it is left out. */
  manifold?: string;
  /** The source, which wins over `handle`. */
  source_handle?: string | null;
  /** The name of the pipe. */
  name: string;
  /** How long messages stay, in seconds; 0 for ever. */
  ttl_seconds?: number | null;
  /** How many messages stay; 0 for any number. */
  max_msgs?: number | null;
  /** How many bytes of messages stay; 0 for any number. */
  max_bytes?: number | null;
}

/** The reply to `PipeCreate`, with what holds now. */
export interface PipeCreateReply {
  /** The source; `""` for an uncollared pipe. */
  handle: string;
  /** Where it is. */
  manifold?: string;
  /** Its name. */
  name: string;
  /** The stream at the broker that holds its messages. */
  stream_name: string;
  /** How long messages stay, in seconds; 0 for ever. */
  ttl_seconds: number;
  /** How many messages stay; 0 for any number. */
  max_msgs: number;
  /** How many bytes of messages stay; 0 for any number. */
  max_bytes: number;
}

/** Parameters of `PipeDestroy`. */
export interface PipeDestroyRequest extends SessionRequest {
  /** The source; `""` with `bare_target`. */
  handle: string;
  /** The pipe of the source. */
  name: string;
  /** An uncollared pipe. */
  bare_target?: string;
  /** Where the uncollared pipe is; the namespace of the session when it is left out. */
  manifold?: string;
}

/** The reply to `PipeDestroy`. */
export interface PipeDestroyReply {
  /** The source; `""` for an uncollared pipe. */
  handle: string;
  /** Where the uncollared pipe was. */
  manifold?: string;
  /** The pipe that was removed. */
  name: string;
}
