/**
 * Filters: jq predicates on the envelope.
 *
 * @module
 */

import { UsageError } from "./errors.ts";
import type { Envelope, Message } from "./message.ts";

/** True for the messages that pass. */
export type MessagePredicate = (message: Message) => boolean;

/**
 * Compiles jq expressions to one predicate, true when all of them give `true`. A
 * runtime error in an expression means that the message does not match.
 *
 * @throws {UsageError} when an expression is not jq; and the predicate, when an
 * expression gives something other than a boolean.
 */
export async function compileWhere(expressions: readonly string[]): Promise<MessagePredicate> {
  const { compile } = await import("@michaelhomer/jqjs");
  const programs = expressions.map((expression) => {
    try {
      const run = compile(expression);
      if (lacksOperand(run.ast)) throw new SyntaxError("an operand is missing");
      return { expression, run };
    } catch (cause) {
      throw new UsageError(`not a jq expression: ${expression}`, {
        cause,
        hint: "Write a jq predicate on the envelope, such as '.data.status == \"green\"'.",
      });
    }
  });
  return (message) => {
    const envelope = message.toJSON();
    return programs.every(({ expression, run }) => isTrue(expression, run, envelope));
  };
}

/**
 * Whether part of a jq tree is empty. The compiler takes `.data.x ==` for complete,
 * with an operand that gives nothing: a filter that would silently match nothing.
 */
function lacksOperand(node: object, parentKey?: string): boolean {
  // The empty array literal `[]` is the one place where nothing may stand.
  const isEmpty = "length" in node && node.length === 0 && !Array.isArray(node);
  if (isEmpty && parentKey !== "body") return true;
  return Object.entries(node).some(([key, child]) =>
    typeof child === "object" && child !== null && lacksOperand(child, key)
  );
}

function isTrue(expression: string, run: (input: unknown) => Iterable<unknown>, envelope: Envelope): boolean {
  let matched = false;
  const outputs = run(envelope)[Symbol.iterator]();
  for (;;) {
    let output: IteratorResult<unknown>;
    try {
      output = outputs.next();
    } catch {
      return false;
    }
    if (output.done) return matched;
    if (typeof output.value !== "boolean") {
      throw new UsageError(`the filter gave ${typeName(output.value)}, not true or false: ${expression}`, {
        hint: "Compare with a value, for example '.data.ok == true'.",
      });
    }
    matched ||= output.value;
  }
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a value of type ${typeof value}`;
}
