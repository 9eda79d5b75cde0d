/**
 * The terminal session at the top of README.md goes as it is shown there.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { denoArguments, Place } from "../cli/pls.ts";
import { noTerminal } from "../cli/on_terminal.ts";

/** Longest the whole session may take on a busy machine, in seconds. */
const PATIENCE_S = 120;

/** The first block of README.md that shows a console. */
function recording(): string {
  const readme = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));
  return /^```console\n([^]*?)^```$/m.exec(readme)![1];
}

/** `text` with every time the same. */
function timeless(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME").replaceAll("\r", "");
}

Deno.test({
  name: "the terminal session in the README goes as it is shown",
  ignore: noTerminal,
  fn: async () => {
    await using place = new Place();
    const shown = recording();
    const lines = shown.split("\n");
    const commands = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
    assert(commands.length > 2);
    const words = [Deno.execPath(), ...denoArguments([])].map((word) => `'${word}'`).join(" ");
    // Each command is printed as typed, and an empty line stands between two of them.
    const steps = commands.map((command) => `printf '%s\\n' "$ "${quoted(command)}\n${command}`);
    const session = `pls() { ${words} "$@"; }\n${steps.join("\necho\n")}\n`;
    Deno.writeTextFileSync(`${place.dir}/session.sh`, session);
    const { stdout } = await new Deno.Command("timeout", {
      args: [`${PATIENCE_S}`, "script", "--quiet", "--command", "sh session.sh", "/dev/null"],
      cwd: place.dir,
      env: { PLS_DIR: place.pools, PLS_CONFIG: `${place.dir}/none`, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    assertEquals(timeless(new TextDecoder().decode(stdout)), timeless(shown));
  },
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
