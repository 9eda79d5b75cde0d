/**
 * The names a certificate of this machine has to hold, so that clients can verify it.
 *
 * @module
 */

import { PermissionError } from "../pool/mod.ts";
import type { BindAddress } from "./bind_address.ts";

const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "::1"];
const DNS_NAME =
  /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;
/** Addresses that mean nothing without the name of a network interface. */
const LINK_LOCAL = /^(fe[89ab][\da-f]:|169\.254\.)/i;

/**
 * The DNS names and IP addresses by which a server at `bind` can be reached: those of the
 * loopback, and the address it listens on; for one that listens on all, the name and the
 * addresses of the machine.
 *
 * @throws {PermissionError} when Deno may not ask the system for them.
 */
export function certificateNames(bind: BindAddress): string[] {
  const others = bind.isUnspecified ? machineNames() : [bind.hostname];
  return [...new Set([...LOOPBACK_NAMES, ...others])];
}

function machineNames(): string[] {
  try {
    const hostname = Deno.hostname();
    const addresses = Deno.networkInterfaces()
      .map(({ address }) => address)
      .filter((address) => !LINK_LOCAL.test(address));
    return [...(DNS_NAME.test(hostname) ? [hostname.toLowerCase()] : []), ...addresses];
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotCapable)) throw cause;
    throw new PermissionError("Deno may not ask for the names of this machine", {
      cause,
      hint: "Run pls with --allow-sys=hostname,networkInterfaces, or give --bind one address.",
    });
  }
}
