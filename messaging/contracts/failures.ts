/**
 * Failures that name what they are about. Each is made here, so that one thing is said
 * in one way by the library, the commands and the daemon.
 *
 * @module
 */

import { NAME_GRAMMAR } from "./codes.ts";
import { type MessagingError, newError } from "./error.ts";

/** Where something is, in messages: `root`, or `manifold 'ops.east'`. */
function at(manifold: string): string {
  return manifold === "" ? "root" : `manifold '${manifold}'`;
}

/** No source has this handle. */
export function newSourceNotFound(handle: string): MessagingError {
  return newError("E_SOURCE_NOT_FOUND", `source '${handle}' not found`);
}

/** A source with this handle is there already. */
export function newSourceTaken(handle: string): MessagingError {
  return newError("E_SOURCE_TAKEN", `source '${handle}' already exists in this account`);
}

/** This can't be a handle. */
export function newInvalidHandle(handle: string): MessagingError {
  return newError(
    "E_INVALID_HANDLE",
    `invalid handle '${handle}': a handle is ${NAME_GRAMMAR}, and no reserved name`,
  );
}

/** The source has a pipe of this name already. */
export function newPipeTaken(pipe: string, handle: string): MessagingError {
  return newError("E_PIPE_TAKEN", `pipe '${pipe}' already exists on source '${handle}'`);
}

/** The source has no pipe of this name. */
export function newPipeNotFound(pipe: string, handle: string): MessagingError {
  return newError("E_PIPE_NOT_FOUND", `pipe '${pipe}' not found on source '${handle}'`);
}

/** There is no uncollared pipe of this name in `manifold`; `""` is the root. */
export function newUncollaredPipeNotFound(name: string, manifold: string): MessagingError {
  return newError("E_PIPE_NOT_FOUND", `uncollared pipe '${name}' not found at ${at(manifold)}`);
}

/** An uncollared pipe of this name is in `manifold` already. */
export function newUncollaredPipeTaken(name: string, manifold: string): MessagingError {
  return newError("E_PIPE_TAKEN", `uncollared pipe '${name}' already exists at ${at(manifold)}`);
}

/** The name of an uncollared pipe to be is that of a source in `manifold`. */
export function newNameTakenBySource(name: string, manifold: string): MessagingError {
  return newError("E_NAME_TAKEN", `name '${name}' is already taken by source at ${at(manifold)}`);
}

/** The handle of a source to be is the name of an uncollared pipe in `manifold`. */
export function newNameTakenByUncollaredPipe(name: string, manifold: string): MessagingError {
  return newError(
    "E_NAME_TAKEN",
    `name '${name}' is already taken by uncollared pipe at ${at(manifold)}`,
  );
}

/**
 * The path `prefix` is that of a source, or would be.
 *
 * @param sourceManifold where that source is; `""` is the root.
 */
export function newManifoldReservedBySource(
  prefix: string,
  sourceHandle: string,
  sourceManifold: string,
): MessagingError {
  return newError(
    "E_NAME_TAKEN",
    `manifold path '${prefix}' is reserved by source '${sourceHandle}' at ${at(sourceManifold)}`,
  );
}

/** No pipe can be created with this name: it is kept for others. */
export function newInvalidPipeReserved(name: string): MessagingError {
  return newError("E_INVALID_PIPE", `pipe name '${name}' is reserved`);
}

/** This can't be the name of a pipe. */
export function newInvalidPipeName(name: string): MessagingError {
  return newError("E_INVALID_PIPE", `invalid pipe name '${name}': a name is ${NAME_GRAMMAR}`);
}

/** This can't be a segment of a namespace. */
export function newInvalidManifoldSegment(segment: string): MessagingError {
  return newError(
    "E_INVALID_MANIFOLD",
    `invalid namespace segment '${segment}': a segment is ${NAME_GRAMMAR}, and no reserved name`,
  );
}

/** The encoded message has `sizeBytes` bytes, which is more than `limitBytes`. */
export function newPayloadTooLarge(sizeBytes: number, limitBytes: number): MessagingError {
  return newError(
    "E_PAYLOAD_TOO_LARGE",
    `the message is too large: encoded, it has ${sizeBytes} bytes, and ${limitBytes} are allowed`,
  );
}
