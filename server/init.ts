/**
 * What it takes to let other machines in: a token, a certificate and its key, and the
 * commands that use them.
 *
 * @module
 */

import { resolve } from "@std/path/resolve";
import { AlreadyExistsError, UsageError } from "../pool/mod.ts";
import { parseBindAddress, reachableHost } from "./bind_address.ts";
import { makeCertificate } from "./certificate.ts";
import { certificateNames } from "./certificate_names.ts";
import { makeFiles, takenPaths } from "./new_files.ts";

/** Where a server listens that lets other machines in, unless told otherwise. */
const DEFAULT_BIND = "0.0.0.0:9700";
const TOKEN_BYTES = 32;

/** What to make, and where. Paths that are not absolute lie below `outputDir`. */
export interface InitOptions {
  /** Where the server will listen, as `IP:PORT`. Default `0.0.0.0:9700`. */
  readonly bind?: string;
  /** Default: the working directory. */
  readonly outputDir?: string;
  /** Default `plasmite-auth-token.txt`. */
  readonly tokenFile?: string;
  /** Default `plasmite-tls-cert.pem`. */
  readonly tlsCert?: string;
  /** Default `plasmite-tls-key.pem`. */
  readonly tlsKey?: string;
  /** Replace files that are there. */
  readonly force?: boolean;
}

/** What was made. */
export interface Artifacts {
  /** Where the server will listen, as it was given. */
  readonly bind: string;
  /** The URL by which a program on this machine will reach it. */
  readonly url: string;
  /** Absolute paths. */
  readonly paths: { readonly tokenFile: string; readonly tlsCert: string; readonly tlsKey: string };
  /** The DNS names and IP addresses that the certificate is for. */
  readonly names: readonly string[];
  /** SHA-256 of the certificate. */
  readonly fingerprint: string;
  /** When the certificate ends to be valid. */
  readonly expires: Date;
}

/**
 * Makes a token of 256 random bits, a certificate and its key, each in a file that only
 * its owner can read. When one of them can't be made, none is.
 *
 * @throws {UsageError} when paths are the same, or a directory is in the way.
 * @throws {AlreadyExistsError} when a file is there and `force` is not given.
 * @throws {PermissionError} when the system, or Deno, does not allow it.
 */
export async function initServe(options: InitOptions): Promise<Artifacts> {
  const bind = parseBindAddress(options.bind ?? DEFAULT_BIND);
  const paths = artifactPaths(options);
  checkPlaces(Object.values(paths), options);
  const names = certificateNames(bind);
  const { cert, key, fingerprint, expires } = await makeCertificate(names);
  const token = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toHex();
  makeFiles([
    { path: paths.tokenFile, text: token + "\n" },
    { path: paths.tlsKey, text: key },
    { path: paths.tlsCert, text: cert },
  ], { replace: options.force ?? false });
  const url = `https://${reachableHost(bind.hostname, bind.port)}`;
  return { bind: bind.text, url, paths, names, fingerprint, expires };
}

function artifactPaths(options: InitOptions): Artifacts["paths"] {
  const place = (path: string) => resolve(options.outputDir ?? ".", path);
  return {
    tokenFile: place(options.tokenFile ?? "plasmite-auth-token.txt"),
    tlsCert: place(options.tlsCert ?? "plasmite-tls-cert.pem"),
    tlsKey: place(options.tlsKey ?? "plasmite-tls-key.pem"),
  };
}

function checkPlaces(paths: readonly string[], { force }: InitOptions): void {
  if (new Set(paths).size < paths.length) {
    throw new UsageError("the token, the certificate and the key need a file each", {
      hint: "Give --token-file, --tls-cert and --tls-key three paths that differ.",
    });
  }
  const [taken] = takenPaths(paths);
  if (taken === undefined || force) return;
  throw new AlreadyExistsError("a file to be made is there already", {
    path: taken,
    hint: "Use what is there, or add --force to replace all three files: clients need the new " +
      "token and certificate then. Nothing was written.",
  });
}
