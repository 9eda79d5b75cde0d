/**
 * The tools there are, and calls of them.
 *
 * @module
 */

import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
} from "@modelcontextprotocol/server";
import type { z } from "zod";
import { type Access, allows } from "../config.ts";
import { PermissionError, PlasmiteError } from "../../pool/mod.ts";
import { Refusal } from "../refusal.ts";
import { feedTools } from "./feed_tools.ts";
import { poolTools } from "./pool_tools.ts";
import { readTools } from "./read_tools.ts";
import type { Fields, Tool, ToolCall } from "./tool.ts";
import { ArgumentError, failure, success } from "./tool_result.ts";
import { waitTool } from "./wait_tool.ts";

/** All tools, in the order in which they are listed. */
export const tools: readonly Tool[] = [...poolTools, ...feedTools, ...readTools, waitTool];

/** Runs `tool`, and has what goes wrong told to the model that called it. */
export async function callTool(
  tool: Tool,
  given: Readonly<Record<string, unknown>>,
  call: ToolCall,
): Promise<CallToolResult> {
  try {
    const { access } = call.serving.config;
    if (!allows(access, tool.access)) throw refused(access, tool);
    const args = checkedArguments(tool, given);
    // Waiting has a budget of its own.
    const leave = tool.name === waitTool.name ? () => {} : call.serving.operations.enter();
    try {
      return success(await tool.run(args, call));
    } finally {
      leave();
    }
  } catch (error) {
    if (call.signal.aborted) throw new ProtocolError(ProtocolErrorCode.InternalError, "given up");
    if (isDefect(error)) console.error(error);
    return failure(tool.name, error);
  }
}

/** Whether whoever runs this has to see `error`: the client is told no details of it. */
function isDefect(error: unknown): boolean {
  return ![ArgumentError, PlasmiteError, Refusal].some((known) => error instanceof known);
}

function refused(mode: Access, { name, access }: Tool): PermissionError {
  return new PermissionError(`${name} is not allowed: the server is ${mode}`, {
    hint: `Somebody has to start the server with --access read-write to let clients ${access}.`,
  });
}

function checkedArguments(tool: Tool, given: Readonly<Record<string, unknown>>): Fields {
  const { success, data, error } = tool.input.safeParse(given);
  if (success) return data;
  const [issue] = error.issues;
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const field = unknown ?? issue.path.join(".");
  throw new ArgumentError(field, reason(issue, tool, given));
}

function reason(issue: z.core.$ZodIssue, { input }: Tool, given: Fields): string {
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(issue.path.length === 0 ? input.shape : {}).join(", ");
    return known === "" ? "there is no such argument" : `no such argument; there are: ${known}`;
  }
  const [name] = issue.path;
  const isMissing = issue.path.length === 1 && given[name as string] === undefined;
  return isMissing ? "the argument is missing" : issue.message;
}
