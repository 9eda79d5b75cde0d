/**
 * What tools answer.
 *
 * @module
 */

import type { CallToolResult } from "@modelcontextprotocol/server";
import { PlasmiteError } from "../../pool/mod.ts";
import { asFailure } from "../refusal.ts";
import type { Fields } from "./tool.ts";

/** An argument that is not what the tool takes. */
export class ArgumentError extends Error {
  /** Its name. */
  readonly field: string;

  /** `message` says what is wrong with the argument `field`. */
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** The answer of a tool that did what it was asked. */
export function success(fields: Fields): CallToolResult {
  return {
    content: [{ type: "text", text: JSON.stringify(fields) }],
    structuredContent: fields,
  };
}

/** The answer of the tool `tool` that failed with `error`. */
export function failure(tool: string, error: unknown): CallToolResult {
  const fields = Object.fromEntries(Object.entries(failureFields(tool, error)).map(shortened));
  const { error_kind, message, detail, field, hint } = fields;
  const what = field === undefined ? message ?? error_kind : `${field}: ${detail}`;
  const text = [`${error_kind}: ${what}`, hint].filter((part) => part !== undefined).join("\n");
  return { content: [{ type: "text", text }], isError: true, structuredContent: fields };
}

function failureFields(tool: string, error: unknown): Fields {
  if (error instanceof ArgumentError) {
    const { field, message } = error;
    return { tool, error_kind: "Usage", field, detail: message };
  }
  const { kind, message, hint, path, seq, offset } = asFailure(error);
  return present({
    tool,
    error_kind: kind,
    message,
    hint: hintFor(tool, error, hint),
    path,
    seq,
    offset,
  });
}

/** `fields` without those that have no value. */
export function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** What to do next, in the words of the tools. */
function hintFor(tool: string, error: unknown, hint: string | undefined): string | undefined {
  if (!(error instanceof PlasmiteError)) return hint;
  const { kind, seq } = error;
  if (kind === "Corrupt") return "Tell the people who run this; other pools can be used.";
  if (kind === "AlreadyExists") return "Use the pool as it is; it was not touched.";
  if (kind !== "NotFound") return hint;
  if (seq !== undefined) return "plasmite_pool_info tells which messages are retained.";
  if (tool.startsWith("plasmite_feed")) {
    return "Give create: true to make the pool, or choose one of plasmite_pool_list.";
  }
  return "plasmite_pool_list tells which pools there are.";
}

/** The most of what was given that is said again, in characters. */
const SAID_AGAIN_MAX = 500;

function shortened([key, value]: [string, unknown]): [string, unknown] {
  if (typeof value !== "string" || value.length <= SAID_AGAIN_MAX) return [key, value];
  return [key, `${value.slice(0, SAID_AGAIN_MAX)}…`];
}
