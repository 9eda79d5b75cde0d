/**
 * The flags of commands that reach pools on other machines, and what they say.
 *
 * A token is read and passed on; it is never printed, nor part of any message.
 *
 * @module
 */

import { IoError, UsageError } from "../pool/mod.ts";
import type { Flags } from "./command.ts";
import type { Remote } from "./config_file.ts";

/** How to get at pools on NATS. */
export const NATS_FLAGS = {
  "nats-creds": {
    kind: "path",
    placeholder: "PATH",
    conflicts: ["nats-nkey"],
    help: "Credentials file for NATS, as nsc makes them.",
  },
  "nats-nkey": {
    kind: "path",
    placeholder: "PATH",
    help: "File that holds the seed of an nkey for NATS.",
  },
} as const satisfies Flags;

/** How to reach a pool of a server. They make no sense with pools on this machine. */
export const REMOTE_FLAGS = {
  token: {
    kind: "text",
    placeholder: "TOKEN",
    conflicts: ["token-file"],
    help: "Bearer token of the server. Others on this machine can see it: rather use --token-file.",
  },
  "token-file": {
    kind: "path",
    placeholder: "PATH",
    help: "File that holds the bearer token of the server.",
  },
  "tls-ca": {
    kind: "path",
    placeholder: "PATH",
    help: "PEM file with certificates to trust beside those of the system.",
  },
  "tls-skip-verify": {
    kind: "switch",
    help: "Take any certificate, so that whoever is in between can read and change everything.",
  },
  ...NATS_FLAGS,
} as const satisfies Flags;

/** The values of {@linkcode REMOTE_FLAGS}. */
export interface RemoteFlags {
  readonly token?: string;
  readonly "token-file"?: string;
  readonly "tls-ca"?: string;
  readonly "tls-skip-verify"?: boolean;
  readonly "nats-creds"?: string;
  readonly "nats-nkey"?: string;
}

/**
 * Refuses flags that mean nothing for a pool on this machine.
 *
 * @throws {UsageError} when there is one.
 */
export function refuseRemoteFlags(flags: RemoteFlags): void {
  refuseNatsFlags(flags);
  refuseFlags(REMOTE_FLAGS, flags, {
    what: "pools of a server",
    example: "https://build.example:9700/jobs",
  });
}

/**
 * Refuses flags that mean nothing for a server that is not NATS.
 *
 * @throws {UsageError} when there is one.
 */
export function refuseNatsFlags(flags: RemoteFlags): void {
  refuseFlags(NATS_FLAGS, flags, { what: "pools on NATS", example: "nats://n1.example/jobs" });
}

function refuseFlags(
  refused: Partial<Record<keyof RemoteFlags, unknown>>,
  flags: RemoteFlags,
  { what, example }: { what: string; example: string },
): void {
  const names = Object.keys(refused) as (keyof RemoteFlags)[];
  const given = names.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (given === undefined) return;
  throw new UsageError(`--${given} is for ${what}`, {
    hint: `Name the pool by its URL, such as ${example}, or leave the flag out.`,
  });
}

/** What it takes to reach a server. */
export interface RemoteAccess {
  /** The token. */
  token?: string;
  /** Certificates as PEM. */
  tlsCa?: string;
  /** Take any certificate. */
  tlsSkipVerify: boolean;
}

/** What NATS knows a user by, beside a token. */
export interface NatsCredentials {
  /** The text of a credentials file. */
  credentials?: string;
  /** The seed of an nkey. */
  nkeySeed?: string;
}

/**
 * What flags say, and where they say nothing, the configuration of a remote.
 *
 * @throws {UsageError} when a token file can't be read or is blank.
 * @throws {IoError} when the file of certificates can't be read.
 */
export function remoteAccess(flags: RemoteFlags, remote?: Remote): RemoteAccess {
  const tokenFile = flags["token-file"] ??
    (flags.token === undefined ? remote?.token_file : undefined);
  const tlsCaPath = flags["tls-ca"] ?? remote?.tls_ca;
  return {
    token: tokenFile === undefined ? flags.token : readToken(tokenFile),
    tlsCa: tlsCaPath === undefined ? undefined : readCertificates(tlsCaPath),
    tlsSkipVerify: flags["tls-skip-verify"] || (remote?.tls_skip_verify ?? false),
  };
}

/**
 * What flags say about who asks NATS, and where they say nothing, the configuration of a remote.
 *
 * @throws {UsageError} when a file can't be read or is blank.
 */
export function natsCredentials(flags: RemoteFlags, remote?: Remote): NatsCredentials {
  const { "nats-creds": creds, "nats-nkey": nkey } = flags;
  const isGiven = creds !== undefined || nkey !== undefined;
  const credsPath = isGiven ? creds : remote?.nats_creds;
  const nkeyPath = isGiven ? nkey : remote?.nats_nkey;
  return {
    credentials: credsPath && readSecret(credsPath, "the credentials file", CREDENTIALS_HINT),
    nkeySeed: nkeyPath && readSecret(nkeyPath, "the file of the nkey's seed", NKEY_HINT),
  };
}

const CREDENTIALS_HINT = "Name the .creds file of the user, which `nsc generate creds` writes.";
const NKEY_HINT = "Name a file that holds the seed, SU and 56 more letters and digits.";
const TOKEN_HINT = "Name a file that holds the token and nothing else, and that you may read.";

function readToken(path: string): string {
  return readSecret(path, "the token file", TOKEN_HINT);
}

function readSecret(path: string, what: string, hint: string): string {
  let secret: string;
  try {
    secret = Deno.readTextFileSync(path).trim();
  } catch (cause) {
    throw new UsageError(`can't read ${what}`, { path, cause, hint });
  }
  if (secret !== "") return secret;
  throw new UsageError(`${what} is blank`, { path, hint });
}

function readCertificates(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    throw new IoError("can't read the file of certificates", {
      path,
      cause,
      hint: "--tls-ca names a PEM file, such as the certificate `pls serve init` wrote.",
    });
  }
}
