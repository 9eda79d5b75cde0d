/**
 * What tools answer, with the rules that hold for every answer checked.
 *
 * @module
 */

import type { CallToolResult } from "@modelcontextprotocol/client";
import { assert, assertEquals } from "@std/assert";

/** The fields of a structured result; each test says what it expects in them. */
// deno-lint-ignore no-explicit-any
export type Fields = Record<string, any>;

/** The arguments of a call. */
export type Arguments = Record<string, unknown>;

/** The fields of an answer that must be a success. */
export function fieldsOf(result: CallToolResult): Fields {
  const text = textOf(result);
  assertEquals("isError" in result, false, text);
  assertEquals(JSON.parse(text), result.structuredContent, "the text says the same");
  return result.structuredContent as Fields;
}

/** The fields of an answer that must be a failure of `tool`. */
export function failureOf(tool: string, result: CallToolResult): Fields {
  const text = textOf(result);
  assertEquals(result.isError, true, text);
  const fields = result.structuredContent as Fields;
  assertEquals(fields.tool, tool);
  for (const key of ["error_kind", "message", "hint", "field", "detail"]) {
    const told = fields[key];
    if (told !== undefined) assert(text.includes(told), `${key} is not in the text: ${text}`);
  }
  return fields;
}

/** The one text of an answer. */
export function textOf({ content }: CallToolResult): string {
  assertEquals(content.length, 1);
  assert(content[0].type === "text");
  return content[0].text;
}
