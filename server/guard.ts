/**
 * Who may call: the host a request is for, the origin it comes from, its token, and what the
 * access mode allows.
 *
 * @module
 */

import { PermissionError } from "../pool/mod.ts";
import { allows, type ServerConfig } from "./config.ts";
import { Refusal } from "./refusal.ts";
import type { RouteAccess } from "./route.ts";
import { TokenCheck } from "./token_check.ts";

/** Checks requests to one server. */
export class Guard {
  readonly #config: ServerConfig;
  readonly #isLoopback: boolean;
  readonly #token: TokenCheck | undefined;

  /** Lets through what `config` allows. */
  constructor(config: ServerConfig) {
    this.#config = config;
    this.#isLoopback = isLoopbackName(config.hostname);
    this.#token = config.token === undefined ? undefined : new TokenCheck(config.token);
  }

  /**
   * On a loopback address, refuses what a web page from elsewhere sends: a page whose name
   * was made to lead here comes with that name as the host.
   *
   * @throws {Refusal} with status 403.
   */
  checkSource({ headers, url }: Request): void {
    if (!this.#isLoopback) return;
    const host = headers.get("host") ?? "";
    // A request line may name a host as well.
    for (const named of [host, new URL(url).host]) {
      if (isLoopbackName(hostName(named))) continue;
      throw forbidden(`the host ${JSON.stringify(named)} is not this machine`, {
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
    if (access !== "any" && !allows(mode, access)) {
      throw forbidden(`the server is ${mode}`, {
        hint: `Start it with --access read-write to let clients ${access}.`,
      });
    }
  }

  #checkToken(authorization: string | null): void {
    if (this.#token === undefined || this.#token.accepts(authorization)) return;
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

/** The name or address in a Host header, without port and brackets. */
function hostName(host: string): string {
  return host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

/** Whether a name or address leads to the machine it is used on, and nowhere else. */
function isLoopbackName(name: string): boolean {
  return /^(localhost|localhost\.|::1)$/i.test(name) || /^127(\.\d{1,3}){3}$/.test(name);
}
