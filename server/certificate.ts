/**
 * TLS certificates: making one that signs itself, and checking a pair of files before
 * anything is served with them.
 *
 * @module
 */

import { InternalError, IoError, UsageError } from "../pool/mod.ts";
import type { TlsPair } from "./config.ts";

/** What people are told of a certificate. */
export interface CertificateFacts {
  /** `SHA256:` and the SHA-256 of it, as hexadecimal bytes with colons. */
  readonly fingerprint: string;
  /** When it stops being valid. */
  readonly expires: Date;
  /** It is its own issuer, so that clients have to be told to trust it. */
  readonly isSelfIssued: boolean;
}

/** A certificate that can be served. The facts are those of the first one in it. */
export interface Certificate extends TlsPair, CertificateFacts {}

/** Certificates read from a file. */
export interface CertificateFile extends CertificateFacts {
  /** Where they were read. */
  readonly path: string;
  /** Certificates as PEM, the server's own first. */
  readonly cert: string;
}

/** The longest that all common clients accept. */
const LIFETIME_DAYS = 825;
/** Clocks of clients may be late. */
const BACKDATED_DAYS = 1;
const DAY_MS = 86_400_000;
const SERIAL_BYTES = 16;
const IP_ADDRESS = /^[\d.]+$|:/;
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };

/**
 * Makes a P-256 key and a certificate of it for `names`, DNS names and IP addresses, that
 * is its own issuer and can be told to clients as the one to trust.
 */
export async function makeCertificate(names: readonly string[]): Promise<Certificate> {
  // The package below looks for what this one adds.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const keys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  if (!("privateKey" in keys)) throw new InternalError("no pair of keys was generated");
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: "CN=pls serve",
    notBefore: new Date(now - BACKDATED_DAYS * DAY_MS),
    notAfter: new Date(now + LIFETIME_DAYS * DAY_MS),
    keys,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [
      // An authority would be refused by clients that want a server.
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: nameType(value), value })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const cert = certificate.toString("pem") + "\n";
  return {
    cert,
    key: x509.PemConverter.encode(key, x509.PemConverter.PrivateKeyTag) + "\n",
    ...await describe(cert),
  };
}

/**
 * Reads the certificates in the file at `path`.
 *
 * @throws {IoError} when it can't be read, or holds a damaged certificate.
 * @throws {UsageError} when it holds none.
 */
export async function readCertificate(path: string): Promise<CertificateFile> {
  const cert = readPem("--tls-cert", path);
  if (!/-----BEGIN CERTIFICATE-----/.test(cert)) {
    throw new UsageError("--tls-cert: no certificate in the file", { path, hint: PEM_HINT });
  }
  try {
    return { path, cert, ...await describe(cert) };
  } catch (cause) {
    throw new IoError("--tls-cert: the certificate is damaged", { path, cause, hint: PEM_HINT });
  }
}

/**
 * Adds the private key in the file at `keyPath` to the certificate it is for.
 *
 * @throws {IoError} when it can't be read, is damaged or locked by a password.
 * @throws {UsageError} when it holds no key, or that of another certificate.
 */
export async function withKey(file: CertificateFile, keyPath: string): Promise<Certificate> {
  const { path, ...certificate } = file;
  const key = readPem("--tls-key", keyPath);
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    throw new UsageError("--tls-key: no private key in the file", {
      path: keyPath,
      hint: PEM_HINT,
    });
  }
  if (!await belongsTo(file.cert, key, keyPath)) {
    throw new UsageError("--tls-key: the key is not that of the certificate", {
      path: keyPath,
      hint: `Give the key that ${path} was made with. \`pls serve init\` makes a pair.`,
    });
  }
  return { ...certificate, key };
}

const PEM_HINT = "Give a PEM file. `pls serve init` makes a certificate and its key.";

async function belongsTo(cert: string, key: string, keyPath: string): Promise<boolean> {
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new IoError("--tls-key: the private key can't be read", {
      path: keyPath,
      cause,
      hint: "Give the key as PEM, without a password: `openssl pkey -in KEY -out NEW_KEY` " +
        "takes one away.",
    });
  }
}

async function describe(cert: string): Promise<CertificateFacts> {
  const { X509Certificate } = await import("node:crypto");
  const { fingerprint256, validTo, issuer, subject } = new X509Certificate(cert);
  return {
    fingerprint: `SHA256:${fingerprint256}`,
    expires: new Date(validTo),
    isSelfIssued: issuer === subject,
  };
}

function readPem(flag: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    throw new IoError(`${flag}: can't read the file`, {
      path,
      cause,
      hint: "Check the path and the mode of the file.",
    });
  }
}

function nameType(name: string): "ip" | "dns" {
  return IP_ADDRESS.test(name) ? "ip" : "dns";
}

/** A positive number that two certificates never share. */
function randomSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SERIAL_BYTES));
  bytes[0] = bytes[0] & 0x7f | 0x40;
  return bytes.toHex();
}
