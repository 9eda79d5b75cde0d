/**
 * Promises about what a server says of itself and of its tools.
 *
 * @module
 */

import { ProtocolError } from "@modelcontextprotocol/client";
import { assert, assertEquals, assertRejects } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { MODERN } from "../ways.ts";
import type { Promises } from "../world.ts";

/** What is expected of a tool: its hints in the order of ANNOTATIONS, and its arguments. */
interface Expected {
  hints: string;
  required: string[];
  optional: string[];
  /** What its result has. */
  result: string[];
}

const ANNOTATIONS = ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] as const;

const BATCH = [
  "messages",
  "next_after_seq",
  "last_returned_seq",
  "oldest_available_seq",
  "newest_available_seq",
  "fell_behind",
  "truncated",
];

const READING = ["count", "after_seq", "tags", "where"];

/** All tools, in the order in which they are listed. */
const TOOLS: Record<string, Expected> = {
  plasmite_pool_list: { hints: "tftf", required: [], optional: [], result: ["pools"] },
  plasmite_pool_create: { hints: "fftf", required: ["name"], optional: ["size"], result: ["pool"] },
  plasmite_pool_info: { hints: "tftf", required: ["pool"], optional: [], result: ["pool"] },
  plasmite_pool_delete: { hints: "fttf", required: ["pool"], optional: [], result: ["deleted"] },
  plasmite_feed: {
    hints: "ffff",
    required: ["pool", "data"],
    optional: ["tags", "create"],
    result: ["message"],
  },
  plasmite_feed_many: {
    hints: "ffff",
    required: ["pool", "messages"],
    optional: ["create"],
    result: ["fed", "first_seq", "last_seq"],
  },
  plasmite_fetch: { hints: "tftf", required: ["pool", "seq"], optional: [], result: ["message"] },
  plasmite_read: {
    hints: "tftf",
    required: ["pool"],
    optional: [...READING, "since"],
    result: BATCH,
  },
  plasmite_wait: {
    hints: "tftf",
    required: ["pool"],
    optional: [...READING, "timeout_ms"],
    result: [...BATCH, "timed_out"],
  },
};

/** A JSON Schema, as far as it is looked at here. */
interface Schema {
  type?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  additionalProperties?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  oneOf?: Schema[];
  description?: string;
}

/** Promises about what a server says of itself and of its tools. */
export const listing: Promises = {
  async "the server tells its name, version and what it offers"({ mcp, way }) {
    assertEquals(mcp.getNegotiatedProtocolVersion(), way.revision);
    const { name, version } = mcp.getServerVersion()!;
    assertEquals({ name, version }, { name: "plasmite", version: config.version });
    const { tools, resources, prompts, ...others } = mcp.getServerCapabilities()!;
    assertEquals(tools, { listChanged: false });
    assertEquals(resources, { listChanged: false, subscribe: true });
    assertEquals(prompts, { listChanged: false });
    assertEquals(others, {});
    if (way.revision !== MODERN) assertEquals(await mcp.ping(), {});
  },

  async "the instructions name only tools that there are"({ mcp }) {
    const named = mcp.getInstructions()!.match(/plasmite_\w+/g)!;
    assert(named.length > 0);
    const known = Object.keys(TOOLS);
    assertEquals(named.filter((name) => !known.includes(name)), []);
    await Promise.resolve();
  },

  async "tools are listed in the order of the contract"({ mcp }) {
    const { tools } = await mcp.listTools();
    assertEquals(tools.map(({ name }) => name), Object.keys(TOOLS));
  },

  async "every tool has a description, and so has every argument that is not plain"({ mcp }) {
    const { tools } = await mcp.listTools();
    for (const { name, title, description, inputSchema } of tools) {
      assert(title && description, name);
      const { properties = {} } = inputSchema as Schema;
      for (const [key, { description }] of Object.entries(properties)) {
        if (key !== "messages") assert(description, `${name}: ${key}`);
      }
    }
  },

  async "input schemas name all arguments and allow no others"({ mcp }) {
    const { tools } = await mcp.listTools();
    for (const { name, inputSchema } of tools) {
      const { additionalProperties, properties = {}, required = [] } = inputSchema as Schema;
      const expected = TOOLS[name];
      assertEquals(additionalProperties, false, name);
      assertEquals(required.toSorted(), expected.required.toSorted(), name);
      const all = [...expected.required, ...expected.optional];
      assertEquals(Object.keys(properties).sort(), all.sort(), name);
    }
  },

  async "input schemas tell defaults and limits"({ mcp }) {
    const { tools } = await mcp.listTools();
    const told = (tool: string, argument: string) => {
      const { inputSchema } = tools.find(({ name }) => name === tool)!;
      const { properties } = inputSchema as Schema;
      const { type, minimum, maximum, default: byDefault } = properties![argument];
      return { type, minimum, maximum, byDefault };
    };
    const count = { type: "integer", minimum: 1, maximum: 200, byDefault: 20 };
    assertEquals(told("plasmite_read", "count"), count);
    assertEquals(told("plasmite_wait", "count"), count);
    const timeout = { type: "integer", minimum: 0, maximum: 60_000, byDefault: 10_000 };
    assertEquals(told("plasmite_wait", "timeout_ms"), timeout);
    const { type, byDefault } = told("plasmite_pool_create", "size");
    assertEquals({ type, byDefault }, { type: "integer", byDefault: 1_048_576 });
    for (
      const [tool, argument] of [["fetch", "seq"], ["read", "after_seq"], ["wait", "after_seq"]]
    ) {
      const { type, minimum } = told(`plasmite_${tool}`, argument);
      assertEquals({ type, minimum }, { type: "integer", minimum: 0 }, tool);
    }
  },

  async "output schemas have a shape for success and one for failure"({ mcp }) {
    const { tools } = await mcp.listTools();
    for (const { name, outputSchema } of tools) {
      const { type, oneOf = [] } = outputSchema as Schema;
      assertEquals([type, oneOf.length], ["object", 2], name);
      const [success, failure] = oneOf;
      assertEquals(success.required!.toSorted(), TOOLS[name].result.toSorted(), name);
      assertEquals(failure.required!.toSorted(), ["error_kind", "tool"], name);
    }
  },

  async "annotations tell what a tool changes"({ mcp }) {
    const { tools } = await mcp.listTools();
    for (const { name, annotations } of tools) {
      const hints = ANNOTATIONS.map((hint) =>
        ({ true: "t", false: "f" })[`${annotations![hint]!}`]
      );
      assertEquals(hints.join(""), TOOLS[name].hints, name);
    }
  },

  async "a call of a tool that there is not is an error of the protocol"(world) {
    const error = await assertRejects(() => world.call("plasmite_dance"), ProtocolError);
    assertEquals(error.code, -32602);
  },
};
