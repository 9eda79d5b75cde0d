/**
 * What failures of pools mean in messaging.
 *
 * @module
 */

import { PlasmiteError } from "../../pool/mod.ts";
import { MessagingError, newError } from "../contracts/mod.ts";
import { asHomeError } from "../home/mod.ts";
import type { Engine } from "./context.ts";

/** How a server says that it does not know a user. */
const REFUSED = /refused the credentials$/;

/** How a failure begins that a server which is there answered with, such as a full disk. */
const ANSWERED = /^JetStream /;

const MESH_HINT = "Check the user and password in the URL of PLS_MESH, or the credentials of the " +
  "remote that it names in the configuration.";

/** A failure as callers of messaging get it: one with a code. */
export function asMessagingError(error: unknown, { isServer }: Engine): MessagingError {
  if (error instanceof MessagingError) return error;
  if (!(error instanceof PlasmiteError)) {
    // Those of pools are all of ours.
    const failure = asHomeError(error);
    return failure instanceof MessagingError
      ? failure
      : newError("E_INTERNAL", error instanceof Error ? error.message : String(error), {
        cause: error,
      });
  }
  const { kind, message: text, hint, cause } = error;
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
