/**
 * What a server is told when it starts. Whoever makes a {@linkcode ServerConfig} has
 * checked it: see serve_config.ts, which makes one from flags.
 *
 * @module
 */

/** What requests may do: read messages, append them and manage pools, or both. */
export type Access = "read-only" | "write-only" | "read-write";

/** Whether requests may read messages, or write them and manage pools. */
export function allows(mode: Access, what: "read" | "write"): boolean {
  return mode === "read-write" || mode === (what === "read" ? "read-only" : "write-only");
}

/** Bounds on what requests may ask for. All are 1 or more. */
export interface ServerLimits {
  /** The largest request body, in bytes. */
  readonly maxBodyBytes: number;
  /** The longest life of a tail that a request may ask for, in milliseconds. */
  readonly maxTailTimeoutMs: number;
  /** How many tails there may be at once, and how many other operations. */
  readonly maxTailConcurrency: number;
  /** How many connections there may be at once. */
  readonly maxConnections: number;
}

/** The limits that hold unless others are asked for. */
export const DEFAULT_LIMITS: ServerLimits = {
  maxBodyBytes: 1_048_576,
  maxTailTimeoutMs: 30_000,
  maxTailConcurrency: 64,
  maxConnections: 256,
};

/** How long clients may take, in milliseconds. All are 1 or more. */
export interface ServerTimeouts {
  /** To send the headers of a request. */
  readonly headersMs: number;
  /** To send all of a request. */
  readonly requestMs: number;
  /** To begin the next request on a connection. */
  readonly idleMs: number;
  /** How often connections are looked at for that. */
  readonly checkMs: number;
}

/** The timeouts that hold unless others are asked for. */
export const DEFAULT_TIMEOUTS: ServerTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 60_000,
  checkMs: 1000,
};

/** A certificate with its chain, and the key it belongs to. */
export interface TlsPair {
  /** Certificates as PEM, the server's own first. */
  readonly cert: string;
  /** The private key as PEM. */
  readonly key: string;
}

/** One answered request, for the access log. It holds no token: queries are left out. */
export interface RequestLogEntry {
  /** When the request came: RFC 3339, UTC. */
  readonly time: string;
  /** The address it came from. */
  readonly client: string;
  /** Its method, such as `GET`. */
  readonly method: string;
  /** The path of its URL, without the query. */
  readonly path: string;
  /** The status it was answered with. */
  readonly status: number;
  /** How long it took until all of the answer was sent, in milliseconds. */
  readonly durationMs: number;
  /** How many bytes of body were sent. */
  readonly sentBytes: number;
}

/** What a server is told when it starts. */
export interface ServerConfig {
  /** The IP address to listen on, without brackets. */
  readonly hostname: string;
  /** The port to listen on; 0 has the system pick one. */
  readonly port: number;
  /** What requests may do. */
  readonly access: Access;
  /** The bearer token that requests have to bring; none is asked for without it. */
  readonly token?: string;
  /** Listen with TLS, with this certificate. */
  readonly tls?: TlsPair;
  /** Origins that pages may call from, as browsers spell them. */
  readonly corsOrigins: readonly string[];
  /** Bounds on what requests may ask for. */
  readonly limits: ServerLimits;
  /** How long clients may take; what is left out is as in {@linkcode DEFAULT_TIMEOUTS}. */
  readonly timeouts?: Partial<ServerTimeouts>;
  /** Is told of every request once it is answered. It must not throw. */
  readonly logRequest?: (entry: RequestLogEntry) => void;
}
