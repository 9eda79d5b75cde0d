/**
 * `pls mcp`: makes pools usable by programs that speak the Model Context Protocol, which start it
 * and talk to it on its standard input and output.
 *
 * @module
 */

import { Client } from "../client.ts";
import type { PoolClient } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import { ENGINE_FLAGS, engineClient } from "./engine_flags.ts";
import type { Session } from "./session.ts";

/** The `mcp` command. */
export const mcp = defineCommand({
  name: "mcp",
  summary: "Let agents use pools (MCP on stdin and stdout)",
  details: [
    "For programs that start it themselves: coding agents and others that speak the Model " +
    "Context Protocol. It ends when its standard input does. `pls serve` has the same at /mcp.",
  ],
  positionals: {},
  flags: {
    dir: {
      kind: "path",
      placeholder: "PATH",
      byDefault: "that of pls",
      conflicts: ["engine"],
      help: "Directory of the pools.",
    },
    access: {
      kind: "choice",
      choices: ["read-only", "write-only", "read-write"],
      byDefault: "read-write",
      help: "What agents may do: read messages, write messages and manage pools, or both.",
    },
    ...ENGINE_FLAGS,
  },
  examples: [
    { does: "What an agent's configuration calls", line: "pls mcp" },
    { does: "Let it read, and nothing else", line: "pls mcp --access read-only" },
    { does: "Let it use the pools of a NATS server", line: "pls mcp --engine nats://n1.example" },
  ],
  run: async ({ flags }, session) => {
    const { mcpOnStdio } = await import("../server/mod.ts");
    const client = await engineClient(session, "mcp", flags) ?? directoryClient(session, flags.dir);
    await mcpOnStdio(client, flags.access ?? "read-write");
    return 0;
  },
});

function directoryClient(session: Session, dir: string | undefined): PoolClient {
  if (dir === undefined) return session.client;
  const client = new Client({ dir });
  session.closeAtEnd(client);
  return client;
}
