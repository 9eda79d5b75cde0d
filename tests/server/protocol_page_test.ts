/**
 * The commands in docs/protocol.md work and print what the page says; its table has every route.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { routes } from "../../server/routes.ts";
import { hasProgram } from "./folder.ts";
import { startTestServer } from "./start_server.ts";

const PAGE = Deno.readTextFileSync(new URL("../../docs/protocol.md", import.meta.url));
const TOKEN = "a token for the page";

/** A block of commands, and the output that is shown below it, if any. */
interface Example {
  commands: string;
  output: string | undefined;
}

/** The examples of a page, in order. */
function examplesOf(page: string): Example[] {
  const blocks = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return blocks.flatMap(([, language, commands], i) => {
    if (language !== "sh") return [];
    const [, next, output] = blocks[i + 1] ?? [];
    return [{ commands, output: next === "sh" ? undefined : output }];
  });
}

/** Text with every time made the same, as these differ from run to run. */
function timeless(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME");
}

Deno.test({
  name: "every example of docs/protocol.md works as shown",
  ignore: !await hasProgram("curl"),
  async fn() {
    const [variables, ...examples] = examplesOf(PAGE);
    assert(variables.commands.includes("export URL="));
    assert(examples.length >= 8);
    await using server = await startTestServer({ token: TOKEN });
    for (const { commands, output } of examples) {
      const shell = new Deno.Command("bash", {
        args: ["-euo", "pipefail", "-c", commands],
        env: { URL: server.url, TOKEN },
        stdin: "null",
      });
      const { code, stdout, stderr } = await shell.output();
      const [text, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assertEquals([code, complaint], [0, ""], commands);
      // The answers have no line end, what is shown has one.
      if (output !== undefined) {
        assertEquals(timeless(text).trim(), timeless(output).trim(), commands);
      }
    }
  },
});

Deno.test("the page lists every route with its access, and no other", () => {
  const rows = [...PAGE.matchAll(/^\| `([A-Z]+) (\S+)` +\| (\w+) +\|/gm)];
  const listed = rows.map(([, method, path, access]) => `${method} ${path} ${access}`);
  const known = routes
    .filter(({ path }) =>
      !path.includes("lite3") && !/^\/v0\/ui\/pools(\/:pool\/info)?$/.test(path)
    )
    .map(({ method, path, access }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")} ${access}`);
  assertEquals(listed.sort(), known.sort());
});
