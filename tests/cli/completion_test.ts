/**
 * The completion scripts, loaded by the shells they are for. A shell that is missing
 * is installed where that is allowed, and else its test is left out, saying why.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { powershellScript } from "../../cli/completion/powershell.ts";
import { completionTable } from "../../cli/completion/table.ts";
import { Client } from "@plasmite/pool";
import { MessagingService } from "../../messaging/internal_mod.ts";
import { engineOf } from "../messaging/world.ts";
import { Stage } from "../process/stage.ts";
import { errorOf, Place } from "./pls.ts";

/** What is offered after a line, whatever the shell. */
const OFFERED: Readonly<Record<string, readonly string[]>> = {
  "pls fo": ["follow"],
  "pls pool d": ["delete"],
  "pls --color ": ["always", "auto", "never"],
  "pls --color never fe": ["feed", "fetch"],
  "pls feed wo": ["words", "work"],
  "pls follow work --ta": ["--tag", "--tail"],
  "pls feed work --dura": ["--durability"],
  "pls feed --durability f": ["fast", "flush"],
  "pls feed work --durability fl": ["flush"],
  "pls feed --tag fast wo": ["words", "work"],
  "pls feed -f x.json wo": ["words", "work"],
  "pls pool delete words wo": ["words", "work"],
  "pls --dir elsewhere follow ": ["other"],
  "pls completion p": ["powershell"],
  "pls serve ch": ["check"],
  "pls serve --access write-only in": ["init"],
  "pls serve check --access write": ["write-only"],
  "pls help ver": ["version"],
  "pls switch n": ["nina"],
  "pls heartbeat --handle ": ["nina", "otto"],
  "pls send n": ["nina", "nina.inbox", "nina.log"],
  "pls ls --watch l": ["lobby"],
  "pls pipe destroy nina.": ["nina.inbox", "nina.log"],
  "pls source d": ["destroy"],
  "pls --dir elsewhere switch ": ["mae"],
};

/** A shell with the script loaded: what it offers after `line`. */
type Shell = (stage: Stage, line: string) => Promise<string[]>;

const bash: Shell = async (stage, line) => {
  // Readline hands over words, with every = as one of its own.
  const words = line.split(/ |(?==)|(?<==)/).map(shellQuoted);
  return await offers(
    stage,
    "bash",
    `eval "$(pls completion bash)"
    COMP_WORDS=(${words.join(" ")}) COMP_CWORD=${words.length - 1}
    _pls
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  );
};

const fish: Shell = async (stage, line) => {
  const quoted = `'${line.replaceAll(/[\\']/g, "\\$&")}'`;
  const lines = await offers(stage, "fish", `pls completion fish | source; complete -C ${quoted}`);
  return lines.map((offer) => offer.replace(/\t.*/, ""));
};

/** What zsh offers it does not print: a shell in a terminal of its own notes it down. */
const zsh: Shell = async (stage, line) => {
  Deno.writeTextFileSync(
    `${stage.directory}/.zshrc`,
    `PROMPT='ready>'
    autoload -Uz compinit && compinit -u -d ./dump
    source <(pls completion zsh)
    bindkey '^I' complete-word
    compadd() {
      local -a offered
      [[ "\${@[1,(i)(-|--)]}" == *-(O|A|D)\\ * ]] || builtin compadd -A offered "$@"
      (( $#offered )) && print -rl -- $offered >> offered
      builtin compadd "$@"
    }
    leave() { exit }
    zle -N leave
    bindkey '^X' leave
    `,
  );
  return await offers(
    stage,
    "zsh",
    `export ZDOTDIR=$PWD
    zmodload zsh/zpty
    : > offered
    zpty terminal zsh -d -i
    zpty -r terminal seen '*ready>*'
    zpty -w -n terminal ${shellQuoted(line)}$'\\t\\x18'
    while zpty -r terminal seen; do :; done
    sort -u offered`,
  );
};

async function offers(stage: Stage, shell: string, script: string): Promise<string[]> {
  const child = stage.start(shell, ["-c", script]);
  assertEquals([await child.exit(), child.stderr.text], [0, ""], script);
  return child.stdout.lines.filter((line) => line !== "").sort();
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const EVIL = "$(touch pwned)";

function withPools(stage: Stage): void {
  using client = stage.client();
  for (const name of ["work", "words", "my pool", EVIL]) client.createPool(name);
  client.createPool(`${stage.directory}/elsewhere/other.plasmite`);
  Deno.writeTextFileSync(`${client.dir}/notes.txt`, "");
}

async function withMesh(dir: string, { sources, pipes }: Record<string, string[]>): Promise<void> {
  await using messaging = await MessagingService.open({
    client: new Client({ dir: `${dir}/mesh` }),
    prefix: "",
    home: `${dir}/home`,
    createdBy: "",
    engine: engineOf(dir),
  });
  for (const handle of sources) await messaging.call("Create", { handle });
  for (const path of pipes) {
    const [name, handle = ""] = path.split(".").reverse();
    await messaging.call("PipeCreate", { handle, name });
  }
}

/** Whether the shell is there in the end, or why it is not. */
function provide(shell: string): true | string {
  if (isThere(shell)) return true;
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "it is missing, and this is not root";
  try {
    const install = ["install", "--yes", "--no-install-recommends", shell];
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const { success } = new Deno.Command("apt-get", { args: install, env, stdout: "null" })
      .outputSync();
    return success && isThere(shell) ? true : "apt-get can't install it";
  } catch {
    return "it is missing, and so is apt-get";
  }
}

function isThere(shell: string): boolean {
  try {
    return new Deno.Command(shell, { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}

for (const [name, shell] of Object.entries({ bash, zsh, fish })) {
  const there = provide(name);
  if (there !== true) console.log(`completion for ${name} is not tested: ${there}`);
  Deno.test({
    name: `${name} completes commands, flags, values, pools, sources and pipes`,
    ignore: there !== true,
    fn: async () => {
      await using stage = await Stage.open();
      withPools(stage);
      const { dir } = stage.client();
      await withMesh(dir, { sources: ["nina", "otto"], pipes: ["nina.log", "lobby"] });
      await withMesh(`${stage.directory}/elsewhere`, { sources: ["mae"], pipes: [] });
      for (const [line, expected] of Object.entries(OFFERED)) {
        assertEquals(await shell(stage, line), expected, `${name}: ${line}`);
      }
      const [attached] = await shell(stage, "pls feed work --durability=fl");
      assertMatch(attached, /^(--durability=)?flush$/);
    },
  });

  Deno.test({
    name: `${name} completes names of pools without running what is in them`,
    ignore: there !== true,
    fn: async () => {
      await using stage = await Stage.open();
      withPools(stage);
      const offered = await shell(stage, "pls follow ");
      // Where a name goes into the line as it is offered, it is offered in quotes.
      const names = offered.map((offer) => name === "fish" ? offer : offer.replaceAll("\\", ""));
      assertEquals(names, [EVIL, "my pool", "words", "work"]);
      assertEquals(isFile(`${stage.directory}/pwned`), false);
    },
  });
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

Deno.test("the tables of the PowerShell script have no key twice, in whatever case", async () => {
  const script = powershellScript(await completionTable());
  for (const table of script.match(/@\{\n[^}]*\}/g)!) {
    const keys = Array.from(table.matchAll(/^ +'([^']*)' =/gm), ([, key]) => key.toLowerCase());
    assertEquals(keys.length, new Set(keys).size, table);
  }
  assertStringIncludes(script, "'feed --durability' = @('fast', 'flush')");
});

const pwsh = isThere("pwsh");
if (!pwsh) console.log("completion for PowerShell is not run: pwsh is not there");
Deno.test({
  name: "PowerShell completes commands and values",
  ignore: !pwsh,
  fn: async () => {
    await using stage = await Stage.open();
    withPools(stage);
    for (const line of ["pls fo", "pls --color ", "pls feed --durability f", "pls feed wo"]) {
      const script = `pls completion powershell | Out-String | Invoke-Expression
        (TabExpansion2 '${line}' ${line.length}).CompletionMatches.CompletionText`;
      const child = stage.start("pwsh", ["-NoProfile", "-Command", script]);
      assertEquals(await child.exit(), 0, child.stderr.text);
      assertEquals(child.stdout.lines.sort(), [...OFFERED[line]], line);
    }
  },
});

Deno.test("a shell that there is no script for is Usage and says which there are", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("completion", "elvish");
  const { kind, message } = errorOf(stderr);
  assertEquals([code, kind], [2, "Usage"]);
  for (const shell of ["bash", "zsh", "fish", "powershell"]) assertStringIncludes(message, shell);
});

Deno.test("names of pools are listed without opening them, and none is no error", async () => {
  await using place = new Place();
  assertEquals(await place.done("completion", "bash", "--pool-names"), "");
  Deno.mkdirSync(place.pools);
  for (const name of ["b.plasmite", "a.plasmite", "c.txt", ".plasmite", "x\ny.plasmite"]) {
    Deno.writeTextFileSync(`${place.pools}/${name}`, "not a pool");
  }
  assertEquals(await place.done("completion", "bash", "--pool-names"), "a\nb\n");
});

Deno.test("names of sources and pipes are listed, and asking makes no mesh", async () => {
  await using place = new Place();
  for (const flag of ["--handles", "--targets"]) {
    assertEquals(await place.done("completion", "bash", flag), "");
  }
  assertEquals(isDirectory(`${place.pools}/mesh`), false);
  await withMesh(place.pools, { sources: ["nina", "otto"], pipes: ["lobby"] });
  assertEquals(await place.done("completion", "fish", "--handles"), "nina\notto\n");
  assertEquals(
    await place.done("completion", "fish", "--targets"),
    "lobby\nnina\nnina.inbox\notto\notto.inbox\n",
  );
  // In the middle of typing is no time for an error.
  const { code, stdout, stderr } = await place.call(["completion", "zsh", "--handles"], {
    env: { PLS_MESH: "nowhere" },
  });
  assertEquals([code, stdout, stderr], [0, "", ""]);
});

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
