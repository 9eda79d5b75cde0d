/**
 * What people see: `script` of util-linux gives a call of `pls` a terminal.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { denoArguments, Place, within } from "./pls.ts";

/** What a call prints on a terminal, standard error included, and its exit code. */
async function onTerminal(
  place: Place,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; text: string }> {
  const words = [Deno.execPath(), ...denoArguments(args)];
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const command = new Deno.Command("script", {
    args: ["--quiet", "--return", "--command", line, "/dev/null"],
    cwd: place.dir,
    env: { PLS_DIR: place.pools, NO_COLOR: "", SHELL: "/bin/sh", ...env },
    stdin: "null",
  });
  const { code, stdout } = await within("the call to end", command.output());
  return { code, text: new TextDecoder().decode(stdout).replaceAll("\r\n", "\n") };
}

const ignore = !hasScript();

function hasScript(): boolean {
  try {
    const { stdout } = new Deno.Command("script", { args: ["--version"] }).outputSync();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}

// deno-lint-ignore no-control-regex
const withoutColor = (text: string) => text.replace(/\x1b\[\d+m/g, "");

Deno.test({
  name: "a person gets JSON indented and coloured",
  ignore,
  fn: async () => {
    await using place = new Place();
    await place.done("feed", "jobs", "1", "--create");
    const { text } = await onTerminal(place, ["fetch", "jobs", "1"]);
    assertStringIncludes(text, '\x1b[36m"seq"\x1b[0m');
    assertEquals(JSON.parse(withoutColor(text)).seq, 1);
    assert(text.split("\n").length > 5);
  },
});

Deno.test({
  name: "NO_COLOR and --color never leave a person uncoloured JSON",
  ignore,
  fn: async () => {
    await using place = new Place();
    await place.done("feed", "jobs", "1", "--create");
    const fetch = ["fetch", "jobs", "1"];
    const plain = await onTerminal(place, ["--color", "never", ...fetch]);
    assertEquals(plain.text, withoutColor(plain.text));
    assertEquals((await onTerminal(place, fetch, { NO_COLOR: "1" })).text, plain.text);
  },
});

Deno.test({
  name: "a person reads labelled lines about a failure",
  ignore,
  fn: async () => {
    await using place = new Place();
    const { code, text } = await onTerminal(place, ["pool", "info", "missing"]);
    assertEquals(code, 3);
    assertStringIncludes(text, "\x1b[31merror:\x1b[0m not found\n\x1b[33mhint:\x1b[0m ");
  },
});

Deno.test({
  name: "a person reads a receipt as a sentence",
  ignore,
  fn: async () => {
    await using place = new Place();
    const { text } = await onTerminal(place, ["feed", "jobs", "1", "--create", "--tag", "a"]);
    assertMatch(text, /^fed seq=1 at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}tags: a\n$/);
  },
});

Deno.test({
  name: "feed does not wait for a person to type JSON",
  ignore,
  fn: async () => {
    await using place = new Place();
    const { code, text } = await onTerminal(place, ["feed", "jobs", "--create"]);
    assertEquals(code, 2);
    assertStringIncludes(text, "no data to append");
  },
});

Deno.test({
  name: "feed with a terminal for input hints at the exact command when the pool is missing",
  ignore,
  fn: async () => {
    await using place = new Place();
    const { code, text } = await onTerminal(place, ["feed", "jobs"]);
    assertEquals(code, 3);
    assertStringIncludes(text, "exact command: pls feed jobs --create");
  },
});

Deno.test({
  name: "a person reads how long follow waited in vain, as it was typed",
  ignore,
  fn: async () => {
    await using place = new Place();
    const args = ["follow", "jobs", "--create", "--timeout", "20ms"];
    assertEquals(await onTerminal(place, args), { code: 124, text: "no message for 20ms\n" });
  },
});

Deno.test({
  name: "a person reads prose and rounded figures about pools",
  ignore,
  fn: async () => {
    await using place = new Place();
    const path = `${place.pools}/jobs.plasmite`;
    const created = await onTerminal(place, ["pool", "create", "jobs"]);
    assertEquals(created.text, `Created jobs (1 MiB) at ${path}\n`);
    const list = (await onTerminal(place, ["pool", "list"])).text.split("\n");
    assertMatch(list[0], /^NAME +SIZE +MSGS +MODIFIED +PATH$/);
    assertMatch(list[1], /^jobs +1 MiB +0 +/);
    assertStringIncludes((await onTerminal(place, ["pool", "info", "jobs"])).text, "1 MiB");
    assertEquals((await onTerminal(place, ["pool", "delete", "jobs"])).text, "Deleted jobs\n");
  },
});

Deno.test({
  name: "a person reads the version as text",
  ignore,
  fn: async () => {
    await using place = new Place();
    assertMatch((await onTerminal(place, ["version"])).text, /^pls \d+\.\d+\.\d+\n$/);
  },
});
