/**
 * What the commands around pools promise: config, completion, version and help.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { ROOT } from "../../release/targets.ts";
import { within } from "../cli/pls.ts";
import type { Act, Promises } from "./act.ts";
import type { Pls } from "./pls.ts";
import { SOURCE, type Way } from "./ways.ts";

/** Has a shell say what it offers after `pls feed wo`, with the pools `words` and `work`. */
const OFFERS: Readonly<Record<string, string>> = {
  bash: `eval "$(pls completion bash)"
    COMP_WORDS=(pls feed wo) COMP_CWORD=2
    _pls
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  fish: "pls completion fish | source; complete -C 'pls feed wo' | sed 's/\\t.*//'",
};

/** Shells whose completions are only read: they complete nothing without a terminal. */
const CHECKS: Readonly<Record<string, string>> = { zsh: "pls completion zsh | zsh -n" };

/** The script for `shell` is printed, and it works where the shell is there. */
function completes(shell: string): Act {
  return async (pls, way) => {
    const script = await pls.done("completion", shell);
    for (const word of ["follow", "pool", "--durability"]) assertStringIncludes(script, word);
    await pls.done("pool", "create", "words", "work");
    const bin = pls.addProgram(way);
    if (shell in OFFERS) {
      const offered = await said(pls, way, { shell, bin, line: OFFERS[shell] });
      assertEquals(offered?.trim().split("\n").toSorted() ?? ["words", "work"], ["words", "work"]);
    } else if (shell in CHECKS) {
      assertEquals(await said(pls, way, { shell, bin, line: CHECKS[shell] }) ?? "", "");
    }
  };
}

/** What `line` prints in a shell that finds `pls` in `bin`; undefined without that shell. */
async function said(
  pls: Pls,
  way: Way,
  { shell, bin, line }: { shell: string; bin: string; line: string },
): Promise<string | undefined> {
  const { PATH, ...env } = way.environment(pls.dir);
  const command = new Deno.Command(shell, {
    args: ["-c", line],
    cwd: pls.dir,
    clearEnv: true,
    env: { ...env, PATH: `${bin}:${PATH}` },
    stdin: "null",
  });
  try {
    const { code, stdout, stderr } = await within(`the end of ${shell}`, command.output());
    const text = new TextDecoder();
    assertEquals([code, text.decode(stderr)], [0, ""]);
    return text.decode(stdout);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log(`not tried: there is no ${shell} here`);
  }
}

/** The commit that is checked out, as far as git knows. */
function commitHere(): string | undefined {
  try {
    const args = ["rev-parse", "HEAD"];
    const { success, stdout } = new Deno.Command("git", { args, cwd: ROOT }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Promises of commands around pools. */
export const SETUP: Promises = {
  config: {
    "shows what is in force, and where it comes from": async (pls) => {
      const before = JSON.parse(await pls.done("config", "--json"));
      assertEquals(before.settings.dir.source, "default");
      Deno.mkdirSync(`${pls.dir}/.plasmite`);
      const path = `${pls.dir}/.plasmite/config.jsonc`;
      Deno.writeTextFileSync(path, '{\n  // mine\n  "dir": "elsewhere",\n}\n');
      const { settings } = JSON.parse(await pls.done("config", "--json"));
      assertEquals(settings.dir.value, `${pls.dir}/.plasmite/elsewhere`);
      assertEquals(settings.dir.source, "file");
      const { stdout } = await pls.call(["config"], { env: { PLS_DIR: "/other" } });
      assertMatch(stdout, /\/other .*PLS_DIR/);
    },
    "tells what is wrong with the file": async (pls) => {
      Deno.mkdirSync(`${pls.dir}/.plasmite`);
      Deno.writeTextFileSync(`${pls.dir}/.plasmite/config.jsonc`, '{"colour": "never"}');
      assertEquals((await pls.failed(2, "config")).kind, "Usage");
    },
  },
  completion: {
    "completes in bash": completes("bash"),
    "completes in zsh": completes("zsh"),
    "completes in fish": completes("fish"),
    "completes in PowerShell": completes("powershell"),
  },
  mcp: {
    "answers an agent, and ends with its input": async (pls) => {
      const call = (id: number, name: string, args: object) => {
        const params = { name, arguments: args };
        return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
      };
      const lines = [
        call(1, "plasmite_feed", { pool: "work", data: { n: 1 }, create: true }),
        call(2, "plasmite_read", { pool: "work", where: ".data.n == 1" }),
      ];
      const answers = (await pls.piped(`${lines.join("\n")}\n`, "mcp")).trim().split("\n");
      const [fed, read] = answers.map((line) => JSON.parse(line).result.structuredContent);
      assertEquals([fed.message.seq, read.messages[0].data], [1, { n: 1 }]);
    },
  },
  version: {
    "is that of the project, with the commit it was built from": async (pls, way) => {
      const { name, version, commit } = JSON.parse(await pls.done("version"));
      assertEquals([name, version], ["plasmite", config.version]);
      const line = await pls.done("--version");
      assertEquals(line, `pls ${version}${commit === undefined ? "" : ` (${commit})`}\n`);
      const here = commitHere();
      if (way === SOURCE || here === undefined) assertEquals(commit, undefined);
      else assertMatch(commit, /^[0-9a-f]{12}(-dirty)?$/);
      const isFresh = way.name.includes("bundle");
      if (isFresh && here !== undefined) assert(here.startsWith(commit.slice(0, 12)), commit);
    },
  },
  help: {
    "is that of the command it is asked for": async (pls) => {
      const text = await pls.done("help", "pool", "create");
      assertStringIncludes(text, "Usage: pls pool create NAME");
      assertEquals(await pls.done("pool", "create", "--help"), text);
    },
    "tells what is near to an unknown command": async (pls) => {
      const { kind, hint } = await pls.failed(2, "help", "folow");
      assertEquals(kind, "Usage");
      assertStringIncludes(hint, "follow");
    },
  },
};
