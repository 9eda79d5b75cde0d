/**
 * Who asks a NATS server, and which certificates are trusted, as options of the client library.
 *
 * @module
 */

import {
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  nkeyAuthenticator,
} from "@nats-io/transport-node";
import { UsageError } from "../pool/mod.ts";
import type { ConnectOptions } from "./options.ts";
import type { NatsAddress } from "./reference.ts";

const encoder = new TextEncoder();

/**
 * The part of the library's options that says who asks.
 *
 * @throws {UsageError} when there is more than one way to say so, or a credential is none.
 */
export function authentication(
  address: NatsAddress,
  options: ConnectOptions,
): Partial<ConnectionOptions> {
  const { credentials, nkeySeed, token = address.token } = options;
  const given = [credentials, nkeySeed, token, address.user].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw new UsageError("more than one way to authenticate was given", {
      hint: "Give a user in the URL, credentials, an nkey or a token.",
    });
  }
  if (credentials !== undefined) {
    return { authenticator: credentialsAuthenticator(credentials) };
  }
  if (nkeySeed !== undefined) {
    const seed = nkeySeed.trim();
    checkCredential(/^SU[A-Z2-7]{56}$/.test(seed), "not the seed of a user's nkey");
    return { authenticator: nkeyAuthenticator(encoder.encode(seed)) };
  }
  if (token !== undefined) return { token };
  return address.user === undefined ? {} : { user: address.user, pass: address.password };
}

function credentialsAuthenticator(credentials: string): Authenticator {
  // The library insists on the ends of lines that nsc writes.
  const text = `${credentials.replaceAll("\r\n", "\n").trim()}\n`;
  const isWhole = [/BEGIN NATS USER JWT/, /BEGIN USER NKEY SEED/].every((part) => part.test(text));
  checkCredential(isWhole, "not the text of a credentials file");
  const authenticator = credsAuthenticator(encoder.encode(text));
  try {
    authenticator("nonce");
  } catch (cause) {
    throw new UsageError("not the text of a credentials file", { cause, hint: CREDENTIAL_HINT });
  }
  return authenticator;
}

const CREDENTIAL_HINT =
  "A credentials file holds a JWT and a seed between lines of dashes; a seed " +
  "of an nkey is 58 letters and digits that begin with SU.";

function checkCredential(isOne: boolean, complaint: string): void {
  if (isOne) return;
  throw new UsageError(complaint, { hint: CREDENTIAL_HINT });
}

/** The part of the library's options that says which certificates to trust. */
export function tlsOptions(
  { tls }: NatsAddress,
  { tlsCa: ca, tlsSkipVerify }: ConnectOptions,
): Partial<ConnectionOptions> {
  if (!tls && ca === undefined && !tlsSkipVerify) return {};
  const options: ConnectionOptions["tls"] & { rejectUnauthorized?: boolean } = {};
  if (ca !== undefined) options.ca = ca;
  if (tlsSkipVerify) options.rejectUnauthorized = false;
  return { tls: options };
}
