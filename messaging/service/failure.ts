/**
 * What failures of pools mean in messaging.
 *
 * @module
 */

import { PlasmiteError } from "../../pool/mod.ts";
import { MessagingError, newError } from "../contracts/mod.ts";

/** How a server says that it does not know a user. */
const REFUSED = /refused the credentials$/;

/** How a failure begins that a server which is there answered with, such as a full disk. */
const ANSWERED = /^JetStream /;

const MESH_HINT = "Check the user and password in the URL of PLS_MESH, or the credentials of the " +
  "remote that it names in the configuration.";

/** A failure as callers of messaging get it: one with a code. `engine` is where the mesh is kept. */
export function asMessagingError(error: unknown, engine: string): MessagingError {
  if (error instanceof MessagingError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (!(error instanceof PlasmiteError)) {
    return newError("E_INTERNAL", text, { cause: error });
  }
  const { kind, hint, cause } = error;
  const isServer = engine.includes("://");
  if (isServer && kind === "Permission" && REFUSED.test(text)) {
    return newError("E_NATS_UNREACHABLE", undefined, {
      cause: error,
      hint: `${text}. ${MESH_HINT}`,
    });
  }
  const isOut = isServer && (kind === "Io" || kind === "Busy") && !ANSWERED.test(text);
  return isOut
    ? newError("E_NATS_UNREACHABLE", undefined, { cause: error, hint: text })
    : newError("E_INTERNAL", text, { cause: cause ?? error, hint });
}
