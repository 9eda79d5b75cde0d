/**
 * Writes the pages of docs/ that are made from the code: `deno task docs`.
 *
 * @module
 */

import { commandsPage } from "./commands_page.ts";
import { libraryPage } from "./library_page.ts";
import { ROOT } from "./targets.ts";

/** The pages, by their path from the project's folder, as they should be. */
export async function referencePages(): Promise<Map<string, string>> {
  return new Map([
    ["docs/commands.md", await formatted(await commandsPage())],
    ["docs/library.md", await formatted(libraryPage())],
  ]);
}

/** Markdown in the form that `deno fmt` gives it. */
async function formatted(text: string): Promise<string> {
  const options = { cwd: ROOT, stdin: "piped", stdout: "piped" } as const;
  const args = ["fmt", "--ext", "md", "-"];
  const child = new Deno.Command(Deno.execPath(), { args, ...options }).spawn();
  const [{ success, stdout }] = await Promise.all([
    child.output(),
    new Response(text).body!.pipeTo(child.stdin),
  ]);
  if (!success) throw new Error("deno fmt failed");
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  for (const [path, text] of await referencePages()) {
    Deno.writeTextFileSync(new URL(path, ROOT), text);
    console.log(`wrote ${path}`);
  }
}
