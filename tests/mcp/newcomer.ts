/**
 * A client that has never heard of pools: it does what instructions, schemas, descriptions,
 * prompts and hints say, to the letter, and nothing that they don't.
 *
 * @module
 */

import type { Client as McpClient, Prompt, Tool } from "@modelcontextprotocol/client";
import { assert, assertEquals } from "@std/assert";
import type { Arguments, Fields } from "./answer.ts";
import { clientOf, stdioTransport } from "./ways.ts";

/** As much of JSON Schema as tools use. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
}

/** What came of a call. */
export interface Outcome {
  readonly isError: boolean;
  readonly fields: Fields;
}

/** A step of a prompt. */
export interface Step {
  /** What it says. */
  readonly text: string;
  /** The tool that it names, if any. */
  readonly tool?: string;
  /** The arguments that it spells out. */
  readonly given: Arguments;
  /** The arguments that it takes from an earlier answer, with the field to take. */
  readonly taken: Readonly<Record<string, string>>;
}

/** The client. */
export class Newcomer implements AsyncDisposable {
  /** The tools it was told of. */
  readonly tools: readonly Tool[];
  /** The prompts it was told of. */
  readonly prompts: readonly Prompt[];
  readonly #mcp: McpClient;

  private constructor(mcp: McpClient, tools: readonly Tool[], prompts: readonly Prompt[]) {
    this.#mcp = mcp;
    this.tools = tools;
    this.prompts = prompts;
  }

  /** Starts `pls mcp` on the pools in `dir`, as an agent's configuration does. */
  static async start(dir: string): Promise<Newcomer> {
    const mcp = clientOf("2025-11-25");
    await mcp.connect(stdioTransport(dir));
    const { tools } = await mcp.listTools();
    const { prompts } = await mcp.listPrompts();
    return new Newcomer(mcp, tools, prompts);
  }

  /** What it was told when it connected. */
  get instructions(): string {
    return this.#mcp.getInstructions()!;
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mcp.close();
  }

  /** The tool called `name`, of which it must have been told. */
  tool(name: string): Tool {
    const tool = this.tools.find((tool) => tool.name === name);
    assert(tool !== undefined, `there is no tool ${name}`);
    return tool;
  }

  /**
   * Calls a tool. What is required and not among `wishes` is made from the schema; a wish that
   * the schema has no argument for can't be had.
   */
  async call(name: string, wishes: Arguments = {}): Promise<Outcome> {
    const { properties = {}, required = [] } = this.tool(name).inputSchema as Schema;
    for (const wish of Object.keys(wishes)) {
      assert(wish in properties, `${name} has no argument ${wish}, which a text mentions`);
    }
    const made = required.filter((argument) => !(argument in wishes))
      .map((argument) => [argument, valueFor(properties[argument])]);
    const args = { ...Object.fromEntries(made), ...wishes };
    const { isError, structuredContent } = await this.#mcp.callTool({ name, arguments: args });
    return { isError: isError === true, fields: structuredContent as Fields };
  }

  /** Calls a tool that must succeed. */
  async done(name: string, wishes: Arguments = {}): Promise<Fields> {
    const { isError, fields } = await this.call(name, wishes);
    assertEquals(isError, false, `${name} ${JSON.stringify(wishes)}: ${JSON.stringify(fields)}`);
    return fields;
  }

  /** Calls a tool; when it fails, does once what the hint says, and tries again. */
  async persist(name: string, wishes: Arguments): Promise<Outcome> {
    const outcome = await this.call(name, wishes);
    if (!outcome.isError) return outcome;
    const { hint = "" } = outcome.fields;
    const [, argument, value] = /\b(\w+): (true|\d+)/.exec(hint) ?? [];
    if (argument !== undefined) {
      return await this.call(name, { ...wishes, [argument]: JSON.parse(value) });
    }
    const [tool] = /plasmite_\w+/.exec(hint) ?? [];
    assert(tool !== undefined, `${name} failed, and nothing says what to do: ${hint}`);
    const { properties = {} } = this.tool(tool).inputSchema as Schema;
    const shared = Object.entries(wishes).filter(([wish]) => wish in properties);
    return await this.call(tool, Object.fromEntries(shared));
  }

  /** The steps of a prompt, which are numbered. */
  async steps(name: string, given: Record<string, string>): Promise<Step[]> {
    const known = new Set(
      this.tools.flatMap(({ inputSchema }) => Object.keys(inputSchema.properties ?? {})),
    );
    const [, ...steps] = (await this.promptText(name, given)).split(/^(?=\d+\. )/m);
    return steps.map((text) => stepOf(text, known));
  }

  /** The text of a prompt. */
  async promptText(name: string, given: Record<string, string>): Promise<string> {
    const { messages } = await this.#mcp.getPrompt({ name, arguments: given });
    const [{ content }] = messages;
    assert(content.type === "text");
    return content.text;
  }

  /** Does a step about `pool`, with what `before` answered. */
  async do({ tool, given, taken }: Step, pool: string, before: Fields = {}): Promise<Fields> {
    const from = Object.entries(taken).map(([argument, field]) => {
      assert(field in before, `there is no ${field} to take`);
      return [argument, before[field]];
    });
    return await this.done(tool!, { pool, ...given, ...Object.fromEntries(from) });
  }

  /** Every text that a model gets to see before it does anything, by where it stands. */
  async texts(): Promise<Map<string, string>> {
    const texts = new Map([["instructions", this.instructions]]);
    for (const { name, description, inputSchema, outputSchema } of this.tools) {
      texts.set(name, description!);
      for (const schema of [inputSchema, outputSchema]) {
        for (const [path, text] of descriptionsIn(schema as Schema)) {
          texts.set(`${name} ${path}`, text);
        }
      }
    }
    for (const { name, description, arguments: args = [] } of this.prompts) {
      texts.set(name, description!);
      for (const { name: argument, description } of args) {
        texts.set(`${name} ${argument}`, description!);
      }
      const given = args.map(({ name }) => [name, name === "minutes" ? "5" : "something"]);
      texts.set(`${name} text`, await this.promptText(name, Object.fromEntries(given)));
    }
    return texts;
  }
}

/** A value that a schema describes: an example of its description, or the least there is. */
function valueFor({ type, description = "", minimum = 0, items }: Schema): unknown {
  const first = Array.isArray(type) ? type[0] : type;
  if (first === "string") return examplesIn(description)[0] ?? "something";
  if (first === "integer" || first === "number") return minimum;
  if (first === "boolean") return true;
  if (first !== "array") return {};
  const { properties = {}, required = [] } = items ?? {};
  if (items?.type !== "object") return [valueFor(items ?? {})];
  return [Object.fromEntries(required.map((name) => [name, valueFor(properties[name])]))];
}

/** What stands between single quotes in a text that says "such as". */
export function examplesIn(description: string): string[] {
  const [, after] = /such as (.*)$/.exec(description) ?? [];
  return [...(after ?? "").matchAll(/'((?:[^'])+)'/g)].map(([, example]) => example);
}

/** All names of properties in a schema. */
export function propertiesIn(schema: unknown): string[] {
  const { properties = {}, items, anyOf = [], oneOf = [] } = schema as Schema;
  const below = [...Object.values(properties), ...(items ? [items] : []), ...anyOf, ...oneOf];
  return [...Object.keys(properties), ...below.flatMap(propertiesIn)];
}

function descriptionsIn(schema: Schema, path = ""): [string, string][] {
  const { description, properties = {}, items, anyOf = [], oneOf = [] } = schema;
  const own: [string, string][] = description === undefined ? [] : [[path, description]];
  const named = Object.entries(properties).flatMap(([name, one]) => {
    return descriptionsIn(one, `${path}.${name}`);
  });
  const others = [...(items ? [items] : []), ...anyOf, ...oneOf];
  return [...own, ...named, ...others.flatMap((one, i) => descriptionsIn(one, `${path}[${i}]`))];
}

/** What a step says is to be called with what, when the tools have the arguments `known`. */
function stepOf(text: string, known: ReadonlySet<string>): Step {
  const [tool] = /plasmite_\w+/.exec(text) ?? [];
  const given: Arguments = {};
  const spelled = /(\bwith )?\b([a-z_]+) (\d+|true|\["[^\]]*"\]|"[^"]*")/g;
  for (const [, called, name, value] of text.matchAll(spelled)) {
    // Other words come before a value as well: "younger than 5", "such as "reply-"".
    if (known.has(name) || called !== undefined) given[name] = JSON.parse(value);
  }
  const taken: Record<string, string> = {};
  for (const [, name, field] of text.matchAll(/\b([a-z_]+) set to (?:the )?([a-z_]+)/g)) {
    taken[name] = field;
  }
  return { text, tool, given, taken };
}
