/**
 * The flags that `pls serve` and `pls serve check` have in common.
 *
 * @module
 */

import type { ServeOptions } from "../server/mod.ts";
import type { Flags, Invocation, Positionals } from "./command.ts";
import { ENGINE_FLAGS } from "./engine_flags.ts";

/** How to serve. What they allow together is checked in one place, in the order of the contract. */
export const SERVE_FLAGS = {
  bind: {
    kind: "text",
    placeholder: "ADDR:PORT",
    byDefault: "127.0.0.1:9700",
    help: "IP address and port to listen on; port 0 has the system pick one.",
  },
  access: {
    kind: "choice",
    choices: ["read-only", "write-only", "read-write"],
    byDefault: "read-write",
    help: "What requests may do.",
  },
  "cors-origin": {
    kind: "text",
    placeholder: "ORIGIN",
    repeat: true,
    help: "Let pages from this origin call the server, such as https://app.example.",
  },
  token: {
    kind: "text",
    placeholder: "TOKEN",
    help: "Ask requests for this bearer token. Other users see it in the list of processes.",
  },
  "token-file": {
    kind: "path",
    placeholder: "PATH",
    help: "Ask requests for the bearer token in this file, which only its owner may read.",
  },
  "tls-cert": {
    kind: "path",
    placeholder: "PATH",
    help: "Serve over TLS with the certificate, and its chain, in this PEM file.",
  },
  "tls-key": { kind: "path", placeholder: "PATH", help: "The private key of it, as PEM." },
  "tls-self-signed": {
    kind: "switch",
    help: "Serve over TLS with a certificate made for this run.",
  },
  "allow-non-loopback": { kind: "switch", help: "Listen to other machines as well." },
  "insecure-no-tls": {
    kind: "switch",
    help: "Let other machines write without TLS: everything can be read on the way.",
  },
  "max-body-bytes": {
    kind: "integer",
    placeholder: "N",
    byDefault: "1048576",
    help: "The largest request body.",
  },
  "max-tail-timeout-ms": {
    kind: "integer",
    placeholder: "N",
    byDefault: "30000",
    help: "The longest life of a tail, in milliseconds.",
  },
  "max-tail-concurrency": {
    kind: "integer",
    placeholder: "N",
    byDefault: "64",
    help: "How many tails, and how many other operations, at once.",
  },
  "max-connections": {
    kind: "integer",
    placeholder: "N",
    byDefault: "256",
    help: "How many connections at once.",
  },
  "request-log": {
    kind: "path",
    placeholder: "PATH|-",
    help: "Append a line of JSON about every answered request to this file; - is stderr.",
  },
  ...ENGINE_FLAGS,
} as const satisfies Flags;

/** What the flags say, in the words of the server. */
export function serveOptions(
  flags: Invocation<typeof SERVE_FLAGS, Positionals>["flags"],
): ServeOptions {
  return {
    bind: flags.bind,
    access: flags.access,
    corsOrigins: flags["cors-origin"],
    token: flags.token,
    tokenFile: flags["token-file"],
    tlsCert: flags["tls-cert"],
    tlsKey: flags["tls-key"],
    tlsSelfSigned: flags["tls-self-signed"],
    allowNonLoopback: flags["allow-non-loopback"],
    insecureNoTls: flags["insecure-no-tls"],
    maxBodyBytes: flags["max-body-bytes"],
    maxTailTimeoutMs: flags["max-tail-timeout-ms"],
    maxTailConcurrency: flags["max-tail-concurrency"],
    maxConnections: flags["max-connections"],
  };
}
