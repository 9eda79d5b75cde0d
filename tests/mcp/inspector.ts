/**
 * The MCP inspector in its command-line mode: a client that is not ours. Deno fetches it from npm
 * when it is first started; inspector.lock holds the versions of all that it needs.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { within } from "../cli/pls.ts";
import type { Fields } from "./answer.ts";

const INSPECTOR = "npm:@modelcontextprotocol/inspector@2.12.0";

/** What a test wants to look at after one call. */
export interface Inspection {
  code: number;
  stdout: string;
  stderr: string;
}

/** Calls the inspector; its own files go to `dir`. */
export async function inspector(dir: string, args: readonly string[]): Promise<Inspection> {
  const lock = `${import.meta.dirname}/inspector.lock`;
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-config",
      `--lock=${lock}`,
      "--frozen",
      "-A",
      INSPECTOR,
      "--cli",
      ...args,
    ],
    cwd: dir,
    env: {
      NO_COLOR: "1",
      MCP_CATALOG_PATH: `${dir}/catalog.json`,
      MCP_CLIENT_CONFIG_PATH: `${dir}/client.json`,
    },
    stdin: "null",
  });
  const { code, stdout, stderr } = await within("the inspector to end", command.output());
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** What the inspector printed; it must have succeeded. */
export function printed({ code, stdout, stderr }: Inspection): Fields {
  assertEquals(code, 0, stderr + stdout);
  return JSON.parse(stdout);
}
