/**
 * Who may call: the host a request is for, the origin it comes from, its token, and what the
 * access mode allows.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { PermissionError } from "../pool/mod.ts";
import type { ServerConfig } from "./config.ts";
import { Refusal } from "./refusal.ts";
import type { RouteAccess } from "./route.ts";

/** Checks requests to one server. */
export class Guard {
  readonly #config: ServerConfig;
  readonly #isLoopback: boolean;
  readonly #tokenDigest: Uint8Array | undefined;

  /** Lets through what `config` allows. */
  constructor(config: ServerConfig) {
    this.#config = config;
    this.#isLoopback = isLoopbackName(config.hostname);
    this.#tokenDigest = config.token === undefined ? undefined : digest(config.token);
  }

  /**
   * On a loopback address, refuses what a web page from elsewhere sends: a page whose name
   * was made to lead here comes with that name as the host.
   *
   * @throws {Refusal} with status 403.
   */
  checkSource({ headers }: Request): void {
    if (!this.#isLoopback) return;
    const host = headers.get("host") ?? "";
    if (!isLoopbackName(hostName(host))) {
      throw forbidden(`the host ${JSON.stringify(host)} is not this machine`, {
        hint: "Use http://127.0.0.1 or http://localhost with the server's port.",
      });
    }
    const origin = headers.get("origin");
    if (origin === null || this.#config.corsOrigins.includes(origin)) return;
    const scheme = this.#config.tls === undefined ? "http" : "https";
    if (origin === `${scheme}://${host}`) return;
    throw forbidden(`pages of ${JSON.stringify(origin)} may not call this server`, {
      hint: "Start the server with --cors-origin to let them.",
    });
  }

  /**
   * @throws {Refusal} with status 401 when the token is missing or another one, and with
   * status 403 when the access mode does not allow this.
   */
  checkAccess({ headers }: Request, access: RouteAccess): void {
    if (access === "open") return;
    this.#checkToken(headers.get("authorization"));
    const { access: mode } = this.#config;
    if (access === "read" && mode === "write-only" || access === "write" && mode === "read-only") {
      throw forbidden(`the server is ${mode}`, {
        hint: `Start it with --access read-write to let clients ${access}.`,
      });
    }
  }

  #checkToken(authorization: string | null): void {
    if (this.#tokenDigest === undefined) return;
    const given = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
    // Digests have one length, and where they differ says nothing of where tokens do.
    if (given !== undefined && timingSafeEqual(digest(given), this.#tokenDigest)) return;
    const what = authorization === null ? "a token is wanted" : "the token is not the right one";
    throw new Refusal(
      401,
      new PermissionError(what, {
        hint: "Send `Authorization: Bearer TOKEN`; with pls, --token or --token-file.",
      }),
    );
  }
}

function forbidden(why: string, { hint }: { hint: string }): Refusal {
  return new Refusal(403, new PermissionError(`forbidden: ${why}`, { hint }));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** The name or address in a Host header, without port and brackets. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

/** Whether a name or address leads to the machine it is used on, and nowhere else. */
export function isLoopbackName(name: string): boolean {
  return /^(localhost|localhost\.|::1)$/i.test(name) || /^127(\.\d{1,3}){3}$/.test(name);
}
