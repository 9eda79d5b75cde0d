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

/** How to reach a served pool. They make no sense with pools on this machine. */
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
} as const satisfies Flags;

/** The values of {@linkcode REMOTE_FLAGS}. */
export interface RemoteFlags {
  readonly token?: string;
  readonly "token-file"?: string;
  readonly "tls-ca"?: string;
  readonly "tls-skip-verify": boolean;
}

/**
 * Refuses flags that mean nothing for a pool on this machine.
 *
 * @throws {UsageError} when there is one.
 */
export function refuseRemoteFlags(flags: RemoteFlags): void {
  const names = Object.keys(REMOTE_FLAGS) as (keyof RemoteFlags)[];
  const given = names.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (given === undefined) return;
  throw new UsageError(`--${given} is for pools of a server`, {
    hint: "Name the pool by its URL, such as https://build.example:9700/jobs, or leave the " +
      "flag out.",
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

function readToken(path: string): string {
  let token: string;
  try {
    token = Deno.readTextFileSync(path).trim();
  } catch (cause) {
    throw new UsageError("can't read the token file", {
      path,
      cause,
      hint: "Name a file that holds the token and nothing else, and that you may read.",
    });
  }
  if (token !== "") return token;
  throw new UsageError("the token file is blank", {
    path,
    hint: "It has to hold the token: `pls serve init` writes one.",
  });
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
