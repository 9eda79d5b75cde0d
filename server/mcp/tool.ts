/**
 * What a tool is: one description from which its listing, the checks of its arguments and its
 * permission are made.
 *
 * @module
 */

import { z } from "zod";
import type { RouteAccess } from "../route.ts";
import type { Serving } from "../serving.ts";

/** What a call of a tool is given beside its arguments. */
export interface ToolCall {
  /** Where the pools are, and who may do what at once. */
  readonly serving: Serving;
  /** Aborted when the client cancels the call or leaves, and when the server stops. */
  readonly signal: AbortSignal;
  /** Tells the client how a long call is doing; nothing happens when it did not ask. */
  readonly tell: (progress: Progress) => void;
}

/** How far a long call has come. */
export interface Progress {
  /** How much is done, growing. */
  progress: number;
  /** How much there is to do. */
  total: number;
  /** In words. */
  message: string;
}

/** What a tool gives: the fields of its structured result. */
export type Fields = Record<string, unknown>;

/** What a client may expect of a tool: hints for those who decide whether to allow a call. */
export interface Annotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** What is said of tools that change nothing. */
export const READS: Annotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** A tool, without the types of its arguments. */
export interface Tool {
  /** Its name, which never changes. */
  readonly name: string;
  /** What people call it. */
  readonly title: string;
  /** When and how to use it, for a model that has never heard of pools. */
  readonly description: string;
  /** Which requests may call it. */
  readonly access: Extract<RouteAccess, "read" | "write">;
  /** What it changes. */
  readonly annotations: Annotations;
  /** Its arguments. Unknown ones are refused. */
  readonly input: z.ZodObject;
  /** The shape of its structured result, when it succeeds. */
  readonly output: z.ZodObject;
  /** Does it. Failures are thrown. */
  run(args: Fields, call: ToolCall): Fields | Promise<Fields>;
}

/** Makes a tool whose `run` gets arguments of the types that its input says. */
export function defineTool<Input extends z.ZodObject>(
  tool: Omit<Tool, "input" | "run"> & {
    readonly input: Input;
    run(args: z.output<Input>, call: ToolCall): Fields | Promise<Fields>;
  },
): Tool {
  return tool as unknown as Tool;
}

/** A tool as `tools/list` tells of it. */
export function toolListing({ name, title, description, annotations, input, output }: Tool) {
  return {
    name,
    title,
    description,
    inputSchema: z.toJSONSchema(input, { io: "input" }) as ObjectSchema,
    outputSchema: {
      type: "object",
      oneOf: [z.toJSONSchema(output, { io: "output" }), z.toJSONSchema(FAILURE)],
    } as ObjectSchema,
    annotations,
  };
}

type ObjectSchema = { type: "object"; [key: string]: unknown };

/** The structured result of a tool that failed. */
const FAILURE = z.looseObject({
  tool: z.string(),
  error_kind: z.string().describe("Usage, NotFound, AlreadyExists, Busy, Permission, Corrupt..."),
  message: z.string().optional(),
  hint: z.string().optional().describe("What to do about it."),
  field: z.string().optional().describe("The argument that is wrong."),
  detail: z.string().optional().describe("What is wrong with it."),
  path: z.string().optional(),
  seq: z.int().optional(),
  offset: z.int().optional(),
});
