/**
 * Sources and pipes, and which of them a session uses.
 *
 * @module
 */

import {
  checkHandle,
  checkManifold,
  checkNewPipeName,
  type ConnectReply,
  type ConnectRequest,
  type CreateReply,
  type CreateRequest,
  formatPipePath,
  isHandle,
  KIND_MESSAGE,
  KIND_PTY,
  MessagingError,
  newError,
  newUncollaredPipeNotFound,
  type PipeCreateReply,
  type PipeCreateRequest,
  type PipeDestroyReply,
  type PipeDestroyRequest,
  type SetNamespaceReply,
  type SetNamespaceRequest,
  type SourceDestroyReply,
  type SourceDestroyRequest,
  type SwitchReply,
  type SwitchRequest,
} from "../contracts/mod.ts";
import { DEFAULT_RETENTION, type Retention } from "../registry/mod.ts";
import { type Context, sessionOf } from "./context.ts";
import { checkAddress, pipeOf, sourceAt } from "./places.ts";
import { addOwnInbox, removeOwnInbox } from "./subs.ts";

/** Creates a source, and makes it the session's unless it shares a terminal. */
export async function create(context: Context, request: CreateRequest): Promise<CreateReply> {
  const { handle } = request;
  const kind = request.kind || KIND_MESSAGE;
  checkHandle(handle);
  if (kind !== KIND_MESSAGE && kind !== KIND_PTY) {
    throw newError("E_INVALID_KIND", "kind must be 'message' or 'pty'");
  }
  const { store, home } = context;
  const session = sessionOf(request);
  const manifold = request.manifold || home.namespace(session);
  checkManifold(manifold);
  await store.createSource({ handle, manifold, kind });
  if (kind !== KIND_PTY) await home.setCurrent(session, handle);
  await addOwnInbox(home, handle, kind === KIND_PTY ? [handle] : [handle, session]);
  const subject = store.subjectOf(formatPipePath(manifold, handle, "inbox"));
  return manifold === "" ? { handle, subject } : { handle, manifold, subject };
}

/** Makes a source the session's. */
export async function switchTo(context: Context, request: SwitchRequest): Promise<SwitchReply> {
  const { store, home } = context;
  const { handle } = sourceAt(await store.refresh(), request.handle);
  const session = sessionOf(request);
  await home.setCurrent(session, handle);
  await addOwnInbox(home, handle, [session]);
  return { handle };
}

/** Makes a source the session's, and creates it at the root first when there is none. */
export async function connect(context: Context, request: ConnectRequest): Promise<ConnectReply> {
  const { handle } = request;
  if (!isHandle(handle)) throw newError("E_INVALID_HANDLE");
  const { store } = context;
  if ((await store.refresh()).source(handle) === undefined) {
    try {
      await store.createSource({ handle, manifold: "", kind: KIND_MESSAGE });
      await addOwnInbox(context.home, handle, [handle]);
    } catch (error) {
      // Somebody was faster.
      if (!(error instanceof MessagingError) || error.code !== "E_SOURCE_TAKEN") throw error;
    }
  }
  return await switchTo(context, request);
}

/** Puts a session into a namespace. */
export async function setNamespace(
  { home }: Context,
  request: SetNamespaceRequest,
): Promise<SetNamespaceReply> {
  const { namespace } = request;
  checkManifold(namespace);
  await home.setNamespace(sessionOf(request), namespace);
  return { namespace };
}

/** Removes a source with its pipes and their messages. */
export async function destroySource(
  { store, home }: Context,
  { handle }: SourceDestroyRequest,
): Promise<SourceDestroyReply> {
  const source = sourceAt(await store.refresh(), handle);
  await store.destroySource(source);
  await home.clearHandle(handle);
  await removeOwnInbox(home, handle);
  return source.manifold === "" ? { handle } : { handle, manifold: source.manifold };
}

/** Creates a pipe. */
export async function createPipe(
  { store, home }: Context,
  request: PipeCreateRequest,
): Promise<PipeCreateReply> {
  const { name } = request;
  checkNewPipeName(name);
  const handle = request.source_handle || request.handle;
  if (handle !== "" && !isHandle(handle)) throw newError("E_INVALID_HANDLE");
  const retention = retentionOf(request);
  const manifold = handle === ""
    ? request.manifold || home.namespace(sessionOf(request))
    : sourceAt(await store.refresh(), handle).manifold;
  checkManifold(manifold);
  const pipe = await store.createPipe({ manifold, handle, name }, retention);
  const { ttlSeconds, maxMsgs, maxBytes } = pipe.retention;
  return {
    handle,
    ...manifold !== "" && { manifold },
    name,
    stream_name: store.pools.nameOf(pipe),
    ttl_seconds: ttlSeconds,
    max_msgs: maxMsgs,
    max_bytes: maxBytes,
  };
}

function retentionOf({ ttl_seconds, max_msgs, max_bytes }: PipeCreateRequest): Retention {
  const { ttlSeconds, maxMsgs, maxBytes } = DEFAULT_RETENTION;
  return {
    ttlSeconds: limitOf("ttl_seconds", ttl_seconds, ttlSeconds),
    maxMsgs: limitOf("max_msgs", max_msgs, maxMsgs),
    maxBytes: limitOf("max_bytes", max_bytes, maxBytes),
  };
}

/** The largest limit in seconds: that many milliseconds can be counted exactly. */
const LIMIT_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

function limitOf(name: string, value: number | null | undefined, usual: number): number {
  if (value === null || value === undefined) return usual;
  if (Number.isInteger(value) && value >= 0 && value <= LIMIT_MAX) return value;
  throw newError("E_INVALID_PIPE", `${name} has to be a whole number from 0 to ${LIMIT_MAX}`);
}

/** Removes a pipe with its messages. */
export async function destroyPipe(
  { store, home }: Context,
  request: PipeDestroyRequest,
): Promise<PipeDestroyReply> {
  const { handle, name, bare_target: bareTarget } = request;
  if (handle !== "" || !bareTarget) {
    const pipe = pipeOf(sourceAt(await store.refresh(), handle), name);
    await store.destroyPipe(pipe);
    return { handle, name };
  }
  checkAddress(bareTarget);
  const manifold = request.manifold || home.namespace(sessionOf(request));
  const pipe = (await store.refresh()).uncollaredPipe(manifold, bareTarget);
  if (pipe === undefined) throw newUncollaredPipeNotFound(bareTarget, manifold);
  await store.destroyPipe(pipe);
  return { handle: "", ...manifold !== "" && { manifold }, name: bareTarget };
}
