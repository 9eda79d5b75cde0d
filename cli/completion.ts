/**
 * `pls completion`: a script that has a shell complete commands, flags, their values
 * and the names of pools, sources and pipes.
 *
 * The scripts are made from the descriptions of the commands, and ask `pls` itself
 * for the names of pools: `pls completion SHELL --pool-names`, which opens no pool; and with
 * `--handles` and `--targets` for those of sources and pipes.
 *
 * @module
 */

import { POOL_SUFFIX } from "../pool/mod.ts";
import { defineCommand } from "./command.ts";
import type { CompletionTable } from "./completion/table.ts";
import type { Session } from "./session.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

const GENERATORS: Record<typeof SHELLS[number], () => Promise<Generator>> = {
  bash: async () => (await import("./completion/bash.ts")).bashScript,
  zsh: async () => (await import("./completion/zsh.ts")).zshScript,
  fish: async () => (await import("./completion/fish.ts")).fishScript,
  powershell: async () => (await import("./completion/powershell.ts")).powershellScript,
};

type Generator = (table: CompletionTable) => string;

/** The `completion` command. */
export const completion = defineCommand({
  name: "completion",
  summary: "Print a script that completes pls in a shell",
  details: [
    "It has to be loaded when the shell starts.",
    'In ~/.bashrc: eval "$(pls completion bash)"',
    "In ~/.zshrc, after compinit: source <(pls completion zsh)",
    "In ~/.config/fish/config.fish: pls completion fish | source",
    "In the $PROFILE of PowerShell:",
    "pls completion powershell | Out-String | Invoke-Expression",
  ],
  positionals: {
    shell: {
      kind: "choice",
      choices: SHELLS,
      required: true,
      help: "bash, zsh, fish, powershell.",
    },
  },
  flags: {
    "pool-names": {
      kind: "switch",
      conflicts: ["handles", "targets"],
      help: "Print the names of the pools instead, which is what the script asks for.",
    },
    handles: {
      kind: "switch",
      conflicts: ["targets"],
      help: "Print the handles of the sources instead.",
    },
    targets: {
      kind: "switch",
      help: "Print the handles and the pipes instead.",
    },
  },
  examples: [
    { does: "See the script for bash", line: "pls completion bash" },
    { does: "Have the fish that runs complete", line: "pls completion fish | source" },
  ],
  run: async ({ flags, positionals: { shell } }, session) => {
    const names = await namesAskedFor(flags, session);
    if (names !== undefined) {
      session.stdout.write(names.map((name) => name + "\n").join(""));
      return 0;
    }
    const generate = await GENERATORS[shell]();
    const { completionTable } = await import("./completion/table.ts");
    session.stdout.write(generate(await completionTable()));
    return 0;
  },
});

/** The names that the script asks for; undefined when it is asked for itself. */
async function namesAskedFor(
  flags: { "pool-names": boolean; handles: boolean; targets: boolean },
  session: Session,
): Promise<string[] | undefined> {
  if (flags["pool-names"]) return poolNames(session);
  if (!flags.handles && !flags.targets) return undefined;
  const { messagingNames } = await import("./messaging/completion_names.ts");
  return await messagingNames(session, flags.handles ? "handles" : "targets");
}

/** Names that can be typed, sorted; what is no name of a pool is left out unseen. */
function poolNames({ client }: Session): string[] {
  try {
    return Array.from(Deno.readDirSync(client.dir), (entry) => entry.name)
      .filter((name) => name.endsWith(POOL_SUFFIX))
      .map((name) => name.slice(0, -POOL_SUFFIX.length))
      // deno-lint-ignore no-control-regex
      .filter((name) => name !== "" && !/[\u0000-\u001f\u007f]/.test(name))
      .sort();
  } catch {
    // In the middle of typing is no time for an error: there is nothing to offer then.
    return [];
  }
}
