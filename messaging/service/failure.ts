/**
 * What failures of pools mean in messaging.
 *
 * @module
 */

import { PlasmiteError } from "../../pool/mod.ts";
import { MessagingError, newError } from "../contracts/mod.ts";

/** A failure as callers of messaging get it: one with a code. `engine` is where the mesh is kept. */
export function asMessagingError(error: unknown, engine: string): MessagingError {
  if (error instanceof MessagingError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (!(error instanceof PlasmiteError)) {
    return newError("E_INTERNAL", text, { cause: error });
  }
  const { kind, hint, cause } = error;
  const isOut = engine.includes("://") && (kind === "Io" || kind === "Busy");
  return isOut
    ? newError("E_NATS_UNREACHABLE", undefined, { cause: error, hint: text })
    : newError("E_INTERNAL", text, { cause: cause ?? error, hint });
}
