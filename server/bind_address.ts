/**
 * Where to listen: an IP address and a port, as people type them.
 *
 * @module
 */

import { UsageError } from "../pool/mod.ts";

/** An address to listen on. */
export interface BindAddress {
  /** As it was typed. */
  readonly text: string;
  /** The IP address, without brackets. */
  readonly hostname: string;
  /** The port; 0 has the system pick one. */
  readonly port: number;
  /** Only programs on this machine can reach it. */
  readonly isLoopback: boolean;
  /** It stands for every address of the machine. */
  readonly isUnspecified: boolean;
}

const ADDRESS = /^(?:([\d.]+)|\[([\da-fA-F:.]+)\]):(\d{1,5})$/;
const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const PORT_MAX = 65_535;

/**
 * Reads `IP:PORT`. An IPv6 address stands in brackets.
 *
 * @throws {UsageError} when `text` is anything else: names of hosts are not looked up.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const { hostname, port, isLoopback } = parseBindAddress("[::1]:9700");
 * assertEquals({ hostname, port, isLoopback }, { hostname: "::1", port: 9700, isLoopback: true });
 * ```
 */
export function parseBindAddress(text: string): BindAddress {
  const [, ipv4, ipv6, digits] = ADDRESS.exec(text) ?? [];
  const hostname = ipv4 === undefined ? canonicalIpv6(ipv6) : IPV4.test(ipv4) ? ipv4 : undefined;
  const port = Number(digits);
  if (hostname === undefined || port > PORT_MAX) {
    throw new UsageError(`--bind: not an IP address and a port: ${JSON.stringify(text)}`, {
      hint: "Use an address, not a name, and a port: 127.0.0.1:9700, 0.0.0.0:9700, [::1]:9700.",
    });
  }
  const isLoopback = hostname === "::1" || ipv4 !== undefined && hostname.startsWith("127.");
  const isUnspecified = hostname === "0.0.0.0" || hostname === "::";
  return { text, hostname, port, isLoopback, isUnspecified };
}

/** An IP address and a port as URLs and log lines spell them. */
export function hostAndPort(hostname: string, port: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/**
 * The host and port by which a program on this machine reaches a server that listens on
 * `hostname`: an unspecified address is one to listen on, and none to connect to.
 */
export function reachableHost(hostname: string, port: number): string {
  const reachable = hostname === "0.0.0.0" ? "127.0.0.1" : hostname === "::" ? "::1" : hostname;
  return hostAndPort(reachable, port);
}

function canonicalIpv6(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(`http://[${text}]/`);
  return url?.hostname.slice(1, -1);
}
