/**
 * From the flags of `pls serve` to what a server is told: the one place where unsafe
 * configurations are refused.
 *
 * The order of the checks is part of the contract: of several faults, the first is told.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";
import { type BindAddress, parseBindAddress, reachableHost } from "./bind_address.ts";
import { type Certificate, makeCertificate, readCertificate, withKey } from "./certificate.ts";
import { certificateNames } from "./certificate_names.ts";
import { type Access, DEFAULT_LIMITS, type ServerConfig, type ServerLimits } from "./config.ts";
import { parseCorsOrigins } from "./cors_origin.ts";
import { checkToken, readTokenFile } from "./token_file.ts";

/** Where a server listens unless it is told otherwise. */
export const DEFAULT_BIND = "127.0.0.1:9700";

/** What the flags of `pls serve` say; undefined where one was not given. */
export interface ServeOptions extends Partial<ServerLimits> {
  /** `--bind`: IP address and port. */
  readonly bind?: string;
  /** `--access`. */
  readonly access?: Access;
  /** Each `--cors-origin`. */
  readonly corsOrigins?: readonly string[];
  /** `--token`. */
  readonly token?: string;
  /** `--token-file`: its path. */
  readonly tokenFile?: string;
  /** `--tls-cert`: the path of a PEM file. */
  readonly tlsCert?: string;
  /** `--tls-key`: the path of a PEM file. */
  readonly tlsKey?: string;
  /** `--tls-self-signed`. */
  readonly tlsSelfSigned?: boolean;
  /** `--allow-non-loopback`. */
  readonly allowNonLoopback?: boolean;
  /** `--insecure-no-tls`. */
  readonly insecureNoTls?: boolean;
}

/** A configuration that was found valid and safe. */
export interface ServePlan {
  /** Where to listen. */
  readonly bind: BindAddress;
  /** What requests may do. */
  readonly access: Access;
  /** What requests have to bring, as `serve check` says it. */
  readonly auth: "none" | "bearer token (--token)" | "bearer token (--token-file)";
  /** Whether there is TLS, and with whose certificate. */
  readonly tls: "disabled" | "enabled" | "self-signed";
  /** Origins that pages may call from. */
  readonly corsOrigins: readonly string[];
  /** Bounds on what requests may ask for. */
  readonly limits: ServerLimits;
  /** The token that requests have to bring. */
  readonly token?: string;
  /** The certificate, unless there is none, or one is made when the server starts. */
  readonly certificate?: Certificate;
}

/**
 * Checks `options`, the files they name included, and changes nothing.
 *
 * @throws {UsageError} when they are wrong, or not safe.
 * @throws {IoError} when a certificate or key can't be read.
 */
export async function planServe(options: ServeOptions): Promise<ServePlan> {
  const { access = "read-write", tlsCert, tlsKey, tlsSelfSigned = false } = options;
  const bind = parseBindAddress(options.bind ?? DEFAULT_BIND);
  const token = readToken(options);
  const certificateFile = tlsCert === undefined || tlsSelfSigned
    ? undefined
    : await readCertificate(tlsCert);
  const corsOrigins = parseCorsOrigins(options.corsOrigins ?? []);
  checkBind(bind, options);
  checkTlsFlags(options);
  const limits = readLimits(options);
  checkExposure(bind, access, options);
  const certificate = certificateFile === undefined || tlsKey === undefined
    ? undefined
    : await withKey(certificateFile, tlsKey);
  return {
    bind,
    access,
    auth: options.tokenFile !== undefined
      ? "bearer token (--token-file)"
      : token !== undefined
      ? "bearer token (--token)"
      : "none",
    tls: tlsSelfSigned ? "self-signed" : certificate === undefined ? "disabled" : "enabled",
    corsOrigins,
    limits,
    token,
    certificate,
  };
}

/** What a server is told to serve as planned, and the certificate it will show. */
export interface PreparedServe {
  /** What the server is told. */
  readonly config: ServerConfig;
  /** The certificate it shows, if it has TLS. */
  readonly certificate?: Certificate;
}

/** Makes what is still missing: with `--tls-self-signed` a certificate for this run alone. */
export async function prepareServe(
  plan: ServePlan,
  logRequest?: ServerConfig["logRequest"],
): Promise<PreparedServe> {
  const { bind, access, token, corsOrigins, limits } = plan;
  const certificate = plan.tls === "self-signed"
    ? await makeCertificate(certificateNames(bind))
    : plan.certificate;
  const { hostname, port } = bind;
  const tls = certificate === undefined
    ? undefined
    : { cert: certificate.cert, key: certificate.key };
  return {
    config: { hostname, port, access, token, tls, corsOrigins, limits, logRequest },
    certificate,
  };
}

/** The URL by which a program on this machine reaches the server; `port` is the real one. */
export function baseUrl({ bind, tls }: ServePlan, port: number = bind.port): string {
  const scheme = tls === "disabled" ? "http" : "https";
  return `${scheme}://${reachableHost(bind.hostname, port)}`;
}

function readToken({ token, tokenFile }: ServeOptions): string | undefined {
  if (token !== undefined && tokenFile !== undefined) {
    throw new UsageError("--token and --token-file can't be given together", {
      hint: "Keep --token-file: other users see the command line. " +
        "`pls serve init` makes a token file.",
    });
  }
  if (tokenFile !== undefined) return readTokenFile(tokenFile);
  return token === undefined ? undefined : checkToken(token, "--token");
}

function checkBind({ text, isLoopback }: BindAddress, { allowNonLoopback }: ServeOptions): void {
  if (isLoopback || allowNonLoopback) return;
  throw new UsageError(`--bind ${text} can be reached from other machines`, {
    hint: "Add --allow-non-loopback if that is wanted, or bind to 127.0.0.1.",
  });
}

function checkTlsFlags({ tlsCert, tlsKey, tlsSelfSigned }: ServeOptions): void {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    const [given, missing] = tlsKey === undefined
      ? ["--tls-cert", "--tls-key"]
      : ["--tls-key", "--tls-cert"];
    throw new UsageError(`${given} needs ${missing}`, {
      hint: "Give both files. `pls serve init` makes them.",
    });
  }
  if (tlsSelfSigned && (tlsCert !== undefined || tlsKey !== undefined)) {
    throw new UsageError("--tls-self-signed can't be given with --tls-cert or --tls-key", {
      hint: "It makes a certificate for one run. For one that stays, use the files that " +
        "`pls serve init` makes.",
    });
  }
}

const LIMIT_FLAGS: Readonly<Record<keyof ServerLimits, string>> = {
  maxBodyBytes: "--max-body-bytes",
  maxTailTimeoutMs: "--max-tail-timeout-ms",
  maxTailConcurrency: "--max-tail-concurrency",
  maxConnections: "--max-connections",
};

/** What a timer, which counts milliseconds in 31 bits, can wait for; 24 days. */
const LIMIT_MAX = 2 ** 31 - 1;

function readLimits(options: ServeOptions): ServerLimits {
  const limit = (name: keyof ServerLimits): number => {
    const value = options[name] ?? DEFAULT_LIMITS[name];
    if (value >= 1 && value <= LIMIT_MAX) return value;
    throw new UsageError(`${LIMIT_FLAGS[name]} ${value} is out of range`, {
      hint: `Use 1 to ${LIMIT_MAX}; the default is ${DEFAULT_LIMITS[name]}.`,
    });
  };
  return {
    maxBodyBytes: limit("maxBodyBytes"),
    maxTailTimeoutMs: limit("maxTailTimeoutMs"),
    maxTailConcurrency: limit("maxTailConcurrency"),
    maxConnections: limit("maxConnections"),
  };
}

/** Whoever lets other machines write has to keep strangers and listeners out. */
function checkExposure(bind: BindAddress, access: Access, options: ServeOptions): void {
  if (bind.isLoopback || access === "read-only") return;
  if (options.tokenFile === undefined) {
    throw new UsageError("other machines may write only with a token from --token-file", {
      hint: "Run `pls serve init`, which makes a token, a certificate and a key, and add " +
        "--token-file; or give --access read-only.",
    });
  }
  const hasTls = options.tlsSelfSigned || options.tlsCert !== undefined;
  if (!hasTls && !options.insecureNoTls) {
    throw new UsageError("other machines may write only over TLS", {
      hint: "Run `pls serve init`, which makes a certificate and a key, and add --tls-cert and " +
        "--tls-key; or give --insecure-no-tls where something else encrypts the connection.",
    });
  }
}
