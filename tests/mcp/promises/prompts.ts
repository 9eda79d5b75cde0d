/**
 * Promises about prompts.
 *
 * @module
 */

import { ProtocolError } from "@modelcontextprotocol/client";
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Promises, World } from "../world.ts";

/** The text of a prompt with its arguments. */
async function textOf({ mcp }: World, name: string, args: Record<string, string>) {
  const { description, messages } = await mcp.getPrompt({ name, arguments: args });
  assert(description);
  assertEquals(messages.map(({ role }) => role), ["user"]);
  const [{ content }] = messages;
  assert(content.type === "text");
  return content.text;
}

/** Promises about prompts. */
export const prompts: Promises = {
  async "there is a prompt for each of the three commonest jobs"({ mcp }) {
    const { prompts } = await mcp.listPrompts();
    const told = prompts.map(({ name, title, description, arguments: args = [] }) => {
      assert(title && description, name);
      for (const { description } of args) assert(description, name);
      return [name, args.map(({ name, required }) => required ? `${name}!` : name)];
    });
    assertEquals(told, [
      ["watch_pool", ["pool!", "looking_for"]],
      ["hand_off_work", ["pool!", "task!", "to"]],
      ["post_mortem", ["pool!", "minutes"]],
    ]);
  },

  async "a prompt has its arguments filled in, and defaults for those left out"(world) {
    const cases: [name: string, args: Record<string, string>, parts: string[]][] = [
      ["watch_pool", { pool: "builds" }, ["builds", "failures"]],
      ["watch_pool", { pool: "builds", looking_for: "red lights" }, ["builds", "red lights"]],
      ["hand_off_work", { pool: "jobs", task: "paint it" }, ["jobs", "paint it", '"task"']],
      ["hand_off_work", { pool: "jobs", task: "paint it", to: "painter" }, ['"painter"']],
      ["post_mortem", { pool: "builds" }, ["builds", "30 minutes", '"30m"']],
      ["post_mortem", { pool: "builds", minutes: "7" }, ["7 minutes", '"7m"']],
    ];
    for (const [name, args, parts] of cases) {
      const text = await textOf(world, name, args);
      assertEquals(parts.filter((part) => !text.includes(part)), [], text);
    }
  },

  async "prompts name only tools and arguments that there are"(world) {
    const { tools } = await world.mcp.listTools();
    const names = tools.map(({ name }) => name);
    const args = { pool: "p", task: "t" };
    for (const prompt of ["watch_pool", "hand_off_work", "post_mortem"]) {
      const text = await textOf(world, prompt, args);
      const named = text.match(/plasmite_\w+/g)!;
      assert(named.length > 0);
      assertEquals(named.filter((name) => !names.includes(name)), []);
    }
  },

  async "a prompt that is unknown, or lacks an argument, is refused"({ mcp }) {
    const cases: { name: string; arguments?: Record<string, string> }[] = [
      { name: "dance" },
      { name: "watch_pool" },
      { name: "watch_pool", arguments: {} },
      { name: "watch_pool", arguments: { pool: "" } },
      { name: "hand_off_work", arguments: { pool: "p" } },
    ];
    for (const params of cases) {
      const error = await assertRejects(() => mcp.getPrompt(params), ProtocolError);
      assertEquals(error.code, -32602, JSON.stringify(params));
    }
  },
};
