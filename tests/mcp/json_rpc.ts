/**
 * Messages of JSON-RPC by hand, for what a client of the SDK would never send.
 *
 * @module
 */

import type { Fields } from "./answer.ts";
import { MODERN } from "./ways.ts";

/** What a client of the newest revision sends with every request. */
export const MODERN_META = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientInfo": { name: "by-hand", version: "1.0.0" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

/** A request as text. */
export function request(id: unknown, method: string, params?: Fields): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

/** A request that begins a connection or session of an older revision. */
export function initialize(id: unknown, protocolVersion = "2025-11-25"): string {
  const clientInfo = { name: "by-hand", version: "1.0.0" };
  return request(id, "initialize", { protocolVersion, capabilities: {}, clientInfo });
}

/** A request that calls a tool. */
export function toolCall(id: unknown, name: string, args: Fields): string {
  return request(id, "tools/call", { name: `plasmite_${name}`, arguments: args });
}
