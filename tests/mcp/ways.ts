/**
 * The ways in which clients reach the pools: the SDK's own client over each transport, in each
 * revision of the protocol.
 *
 * @module
 */

import { Client as McpClient, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { denoArguments } from "../cli/pls.ts";

/** The revision in which requests stand alone. */
export const MODERN = "2026-07-28";

/** The revisions that are tried: the newest, and those that begin with `initialize`. */
export const REVISIONS = [MODERN, "2025-11-25", "2025-03-26"] as const;

/** A revision of the protocol. */
export type Revision = typeof REVISIONS[number];

/** One way to reach the pools. */
export interface Way {
  readonly transport: "stdio" | "http";
  readonly revision: Revision;
}

/** The ways that are tried. Old and older differ over HTTP alone. */
export const WAYS: readonly Way[] = [
  { transport: "stdio", revision: MODERN },
  { transport: "stdio", revision: "2025-11-25" },
  { transport: "http", revision: MODERN },
  { transport: "http", revision: "2025-11-25" },
  { transport: "http", revision: "2025-03-26" },
];

/** A client that speaks `revision` and no other. */
export function clientOf(revision: Revision): McpClient {
  const who = { name: "pls-test", version: "1.0.0" };
  return revision === MODERN
    ? new McpClient(who, { versionNegotiation: { mode: { pin: revision } } })
    : new McpClient(who, { supportedProtocolVersions: [revision] });
}

/** What a process of `pls` is started with so that its pools are those in `dir`. */
export function environmentOf(dir: string): Record<string, string> {
  // The configuration of whoever runs the tests stays out of them.
  return { ...Deno.env.toObject(), PLS_DIR: dir, PLS_CONFIG: `${dir}/none.jsonc`, NO_COLOR: "1" };
}

/** Starts `pls mcp` on the pools in `dir`, once it is connected to. */
export function stdioTransport(dir: string, ...flags: string[]): StdioClientTransport {
  return new StdioClientTransport({
    command: Deno.execPath(),
    args: denoArguments(["mcp", ...flags]),
    env: environmentOf(dir),
    stderr: "pipe",
  });
}

/** Talks to the server at `url`. */
export function httpTransport(url: string, token?: string): StreamableHTTPClientTransport {
  const authProvider = token === undefined ? undefined : { token: () => Promise.resolve(token) };
  return new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { authProvider });
}
