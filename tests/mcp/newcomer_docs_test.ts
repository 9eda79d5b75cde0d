/**
 * docs/mcp.md says what there is: its tables are those of the server, its configurations can be
 * read by the programs they are for, and what they start is `pls mcp`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Tool } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
// deno-lint-ignore no-import-prefix
import { parse as parseToml } from "npm:deno-std@1.4.0/toml/parse.js";
import { denoArguments, Place } from "../cli/pls.ts";
import { readPage } from "../docs/pages.ts";
import { clientOf, environmentOf, stdioTransport } from "./ways.ts";

const PAGE = readPage("docs/mcp.md");

/** The rows of the table whose first column is called `first`, as their cells. */
function tableOf(first: string): string[][] {
  const start = PAGE.search(new RegExp(`^\\| ${first} +\\|`, "m"));
  const [, , ...rows] = PAGE.slice(start).split("\n\n")[0].trim().split("\n");
  return rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

/** The blocks of code in `language`. */
function blocksOf(language: string): string[] {
  return [...PAGE.matchAll(/^```(\w+)\n([^]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text);
}

/** The tools that are listed to clients that may do what `access` says. */
async function listed(dir: string, access: string): Promise<Tool[]> {
  const mcp = clientOf("2025-11-25");
  await mcp.connect(stdioTransport(dir, "--access", access));
  const { tools } = await mcp.listTools();
  await mcp.close();
  return tools;
}

Deno.test("the table of tools is that of the server", async () => {
  await using place = new Place();
  const reading = (await listed(place.pools, "read-only")).map(({ name }) => name);
  const tools = await listed(place.pools, "read-write");
  const rows = tools.map(({ name, inputSchema }) => {
    const { properties = {}, required = [] } = inputSchema;
    const args = Object.entries(properties).map(([argument, schema]) => {
      if (required.includes(argument)) return `**\`${argument}\`**`;
      const { default: value } = schema as { default?: unknown };
      return `\`${argument}\`` + (value === undefined ? "" : ` (${value})`);
    });
    return [`\`${name}\``, reading.includes(name) ? "read" : "write", args.sort().join(", ")];
  });
  const told = tableOf("tool").map(([name, access, args]) => {
    return [name, access, args.split(", ").sort().join(", ")];
  });
  assertEquals(told, rows);
});

Deno.test("the table of prompts is that of the server", async () => {
  await using place = new Place();
  const mcp = clientOf("2025-11-25");
  await mcp.connect(stdioTransport(place.pools));
  const { prompts } = await mcp.listPrompts();
  await mcp.close();
  const rows = prompts.map(({ name, arguments: args = [] }) => {
    const names = args.map(({ name, required }) => required ? `**\`${name}\`**` : `\`${name}\``);
    return [`\`${name}\``, names.join(", ")];
  });
  assertEquals(tableOf("prompt").map(([name, args]) => [name, args]), rows);
});

/** A server of a configuration, in the words of any program. */
interface Configured {
  readonly command?: string | readonly string[];
  readonly args?: readonly string[];
  readonly url?: string;
  readonly httpUrl?: string;
}

/** The servers in a configuration, wherever they stand in it. */
function serversIn(configuration: unknown): Configured[] {
  const holders = ["mcpServers", "servers", "context_servers", "mcp_servers", "mcp"];
  const found = Object.entries(configuration as object).find(([key]) => holders.includes(key));
  assert(found !== undefined, JSON.stringify(configuration));
  assertEquals(Object.keys(found[1]), ["plasmite"]);
  return Object.values(found[1]);
}

const CONFIGURED = [
  ...blocksOf("json").map((text) => JSON.parse(text)),
  ...blocksOf("toml").map((text) => parseToml(text)),
].flatMap(serversIn);

/** What is started, from source, instead of a `pls` or a Deno that is not installed here. */
function fromSource(line: readonly string[]): string[] {
  const [program, ...args] = line;
  if (/(^|\/)pls$/.test(program)) return [Deno.execPath(), ...denoArguments(args)];
  assertEquals(line.slice(0, 3), ["npx", "-y", `deno@${Deno.version.deno}`]);
  const root = new URL("../../", import.meta.url).pathname;
  return [Deno.execPath(), ...line.slice(3).map((arg) => arg === "/home/me/pls" ? root : arg)];
}

const LINES = new Set(
  CONFIGURED.flatMap(({ command, args = [] }) => {
    return command === undefined ? [] : [JSON.stringify([command, args].flat())];
  }),
);

for (const line of LINES) {
  Deno.test(`a program can start ${JSON.parse(line).join(" ")}`, async () => {
    await using place = new Place();
    const [command, ...args] = fromSource(JSON.parse(line));
    const env = environmentOf(place.pools);
    const mcp = clientOf("2025-11-25");
    await mcp.connect(new StdioClientTransport({ command, args, env, stderr: "pipe" }));
    assertEquals((await mcp.callTool({ name: "plasmite_pool_list" })).structuredContent, {
      pools: [],
    });
    await mcp.close();
  });
}

Deno.test("every server in a configuration is started or has the path of /mcp", () => {
  assert(CONFIGURED.length >= 14);
  for (const { command, url, httpUrl } of CONFIGURED) {
    if (command !== undefined) continue;
    assertEquals(new URL(url ?? httpUrl!).pathname, "/mcp");
  }
});

Deno.test("what the page shows for a shell works as it stands", async () => {
  await using place = new Place();
  const [, lines] = /pls mcp <<'END'\n([^]*?)END\n/.exec(PAGE)!;
  const { code, stdout, stderr } = await place.call(["mcp"], { stdin: lines });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const answers = stdout.trim().split("\n").map((line) => JSON.parse(line));
  const [, , read] = answers.sort((a, b) => a.id - b.id);
  assertEquals(read.result.structuredContent.messages[0].data, { hello: "agents" });
});
