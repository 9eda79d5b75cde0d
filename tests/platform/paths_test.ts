/**
 * Paths and names by the rules of Windows: what is a path, what can be a name, and where a
 * file is.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { checkPoolName, isPoolPath, UsageError } from "@plasmite/pool";
import { expandHome } from "../../cli/config_file.ts";
import { homeDirectory } from "../../client.ts";
import { directoryOf, nameOf } from "../../pool/path.ts";
import { ScratchClient } from "../pool/scratch.ts";
import { pretending } from "./pretending.ts";

const SYSTEMS = ["linux", "darwin", "windows"] as const;

Deno.test("a path is taken apart by the separators of the system, and nothing is lost", () => {
  const cases: Record<string, [unix: string, windows: string]> = {
    "work.plasmite": ["", ""],
    "/srv/pools/work.plasmite": ["/srv/pools/", "/srv/pools/"],
    "C:\\pools\\work.plasmite": ["", "C:\\pools\\"],
    "C:\\pools/work.plasmite": ["C:\\pools/", "C:\\pools/"],
    "C:\\work.plasmite": ["", "C:\\"],
    "C:work.plasmite": ["", "C:"],
    "\\\\host\\share\\work.plasmite": ["", "\\\\host\\share\\"],
  };
  for (const [path, [unix, windows]] of Object.entries(cases)) {
    for (const os of SYSTEMS) {
      using _ = pretending(os);
      assertEquals(directoryOf(path), os === "windows" ? windows : unix, `${path} on ${os}`);
      assertEquals(directoryOf(path) + nameOf(path), path);
    }
  }
});

Deno.test("a backslash makes a reference a path on Windows, and part of a name elsewhere", () => {
  for (const os of SYSTEMS) {
    using _ = pretending(os);
    assertEquals(isPoolPath("a\\b"), os === "windows");
    assert(isPoolPath("./b"));
    assert(!isPoolPath("b"));
    using client = new ScratchClient();
    const inDirectory = `${client.dir}/a\\b.plasmite`;
    assertEquals(client.path("a\\b"), os === "windows" ? "a\\b" : inDirectory);
  }
});

Deno.test("names that are devices or have reserved characters are refused on Windows alone", () => {
  const bad = ["a:b", "a*", "what?", "<", "a|b", '"', "a\tb", "NUL", "con", "Com1", "lpt9.old"];
  bad.push("aux.plasmite", "prn .x", "CONOUT$", "com²", "x".repeat(242));
  const good = [
    "work",
    "nullify",
    "com",
    "com10",
    "console",
    "a.nul",
    "größe",
    "日本",
    "x".repeat(241),
  ];
  for (const os of SYSTEMS) {
    using _ = pretending(os);
    using client = new ScratchClient();
    for (const name of good) assertStringIncludes(client.path(name), name);
    for (const name of bad) {
      if (os !== "windows") assertStringIncludes(client.path(name), name);
      else assertThrows(() => client.path(name), UsageError, "not a name for a pool on Windows");
    }
  }
});

Deno.test("whatever the name, one that Windows would read otherwise is refused there", () => {
  using _ = pretending("windows");
  const reserved = fc.constantFrom(...'<>:"|?*\u0000\u001f');
  const text = fc.string({ unit: "grapheme" });
  fc.assert(fc.property(text, reserved, text, (before, character, after) => {
    assertThrows(() => checkPoolName(before + character + after), UsageError);
  }));
});

Deno.test("the home directory is HOME, and USERPROFILE where Windows has no HOME", () => {
  const variables = (values: Record<string, string>) => (name: string) => values[name];
  const profile = variables({ USERPROFILE: "C:\\Users\\ada" });
  assertEquals(homeDirectory(profile, "windows"), "C:\\Users\\ada");
  assertEquals(homeDirectory(profile, "linux"), undefined);
  const both = variables({ HOME: "/c/ada", USERPROFILE: "C:\\Users\\ada" });
  for (const os of SYSTEMS) assertEquals(homeDirectory(both, os), "/c/ada");
});

Deno.test("a path in the configuration file begins with the home directory, however it is spelt", () => {
  assertEquals(expandHome("~/pools", "/home/a$&", "linux"), "/home/a$&/pools");
  assertEquals(expandHome("~\\pools", "C:\\ada", "windows"), "C:\\ada\\pools");
  assertEquals(expandHome("~\\pools", "/home/ada", "linux"), "~\\pools");
  for (const os of SYSTEMS) {
    assertEquals(expandHome("~", "H", os), "H");
    assertEquals(expandHome("~x/pools", "H", os), "~x/pools");
  }
});
