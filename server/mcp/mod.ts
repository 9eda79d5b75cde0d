/**
 * The Model Context Protocol on standard input and output; over HTTP it is a route.
 *
 * @module
 */

import type { PoolClient } from "../../pool/mod.ts";
import type { Access } from "../config.ts";

/**
 * Speaks the Model Context Protocol about the pools of `client`, on the standard input and output
 * of this process, until the input ends. Requests may do what `access` allows.
 */
export async function mcpOnStdio(client: PoolClient, access: Access): Promise<void> {
  const { serveOnStdio } = await import("./stdio.ts");
  await serveOnStdio(client, access);
}
