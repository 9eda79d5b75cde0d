/**
 * Filters: jq predicates on the envelope.
 *
 * @module
 */

import type { Filter } from "@michaelhomer/jqjs";
import { UsageError } from "./errors.ts";
import type { Envelope, Message } from "./message.ts";

/** True for the messages that pass. */
export type MessagePredicate = (message: Pick<Message, "toJSON">) => boolean;

/**
 * jq's `keys`, which gives an array; jqjs 1.6 gives each key as an output of its own.
 * Compiling a definition makes it known to everything compiled later.
 */
const KEYS = `def keys:
  if type == "array" then [range(length)] else (to_entries | map(.key) | sort) end; .`;

/** A compiled expression and its text. */
interface Program {
  expression: string;
  run: Filter;
}

/**
 * Compiles jq expressions to one predicate, true when all of them give `true`. A
 * runtime error in an expression means that the message does not match.
 *
 * @throws {UsageError} when an expression is not jq; and the predicate, when an
 * expression gives something other than a boolean.
 */
export async function compileWhere(expressions: readonly string[]): Promise<MessagePredicate> {
  const { compile } = await import("@michaelhomer/jqjs");
  compile(KEYS);
  const programs = expressions.map((expression) => {
    try {
      const run = compile(expression);
      checkTree(run.ast, compile);
      return { expression, run };
    } catch (cause) {
      throw notJq(expression, cause);
    }
  });
  return (message) => {
    const envelope = message.toJSON();
    return programs.every((program) => isTrue(program, envelope));
  };
}

function notJq(expression: string, cause: unknown): UsageError {
  return new UsageError(`not a jq expression: ${expression}`, {
    cause,
    hint: "Write a jq predicate on the envelope, such as '.data.status == \"green\"'.",
  });
}

/** How the compiler words its complaint; it throws plain strings. */
const NO_SUCH_FUNCTION = "no such function";

/**
 * Refuses what the compiler lets pass, although it can never match anything: an
 * operand that is missing (`.data.x ==`), and functions that do not exist, which it
 * would complain about message by message.
 */
function checkTree(node: object, compile: (program: string) => Filter, parentKey?: string): void {
  // The empty array literal `[]` is the one place where nothing may stand.
  const isEmpty = "length" in node && node.length === 0 && !Array.isArray(node);
  if (isEmpty && parentKey !== "body") throw new SyntaxError("an operand is missing");
  if ("args" in node && "name" in node) callOnce(String(node.name), compile);
  for (const [key, child] of Object.entries(node)) {
    if (typeof child === "object" && child !== null) checkTree(child, compile, key);
  }
}

/** Throws when there is no function of this name and number of arguments, as in `range/2`. */
function callOnce(signature: string, compile: (program: string) => Filter): void {
  const [name, arity] = signature.split("/");
  const parameters = Array(Number(arity)).fill("empty").join(";");
  try {
    compile(parameters === "" ? name : `${name}(${parameters})`)(null);
  } catch (error) {
    // Complaints about the input are beside the point.
    if (String(error).startsWith(NO_SUCH_FUNCTION)) throw error;
  }
}

function isTrue({ expression, run }: Program, envelope: Envelope): boolean {
  let matched = false;
  for (const output of outputs(expression, run, envelope)) {
    if (output instanceof Error) return false;
    if (typeof output !== "boolean") {
      throw new UsageError(
        `the filter gave ${typeName(output)}, not true or false: ${expression}`,
        {
          hint: "Compare with a value, for example '.data.ok == true'.",
        },
      );
    }
    matched ||= output;
  }
  return matched;
}

/** What a program gives for one envelope; an `Error` in its place when it fails. */
function* outputs(expression: string, run: Filter, envelope: Envelope): Generator<unknown> {
  try {
    yield* run(envelope);
  } catch (cause) {
    if (String(cause).startsWith(NO_SUCH_FUNCTION)) throw notJq(expression, cause);
    yield new Error("runtime error", { cause });
  }
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
