/**
 * The bundle starts fast: a command loads what it needs and nothing else.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { bundle, bundleMain } from "../../release/bundle.ts";

/** The modules that are loaded with the one at `path`, whatever is asked for. */
async function loadedWith(path: string): Promise<string[]> {
  const args = ["info", "--json", "--no-config", path];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: {
      specifier: string;
      dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
    }[];
  };
  const loaded = new Set([new URL(`file://${Deno.realPathSync(path)}`).href]);
  for (const specifier of loaded) {
    const found = modules.find((module) => module.specifier === specifier);
    for (const { code, isDynamic } of found?.dependencies ?? []) {
      if (code !== undefined && !isDynamic) loaded.add(code.specifier);
    }
  }
  return [...loaded];
}

Deno.test("no module of Node's is loaded before a command of the bundle asks for it", async () => {
  const parent = Deno.makeTempDirSync({ prefix: "pls-bundle-" });
  try {
    bundle(`${parent}/bundle`);
    const loaded = await loadedWith(bundleMain(`${parent}/bundle`));
    assert(loaded.length > 3, loaded.join());
    assertEquals(loaded.filter((specifier) => specifier.startsWith("node:")), []);
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
});
