/**
 * What `pls` prints is the same however it is started, word for word.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import type { Outcome } from "../cli/pls.ts";
import { COMMANDS } from "./command_of.ts";
import { Pls } from "./pls.ts";
import { SOURCE, USABLE_WAYS, type Way } from "./ways.ts";

/** Calls in a home with the pool `work`, made one after another: some see what others made. */
const CALLS: readonly (readonly string[])[] = [
  [],
  ["--help"],
  ["-h"],
  ["pool"],
  ...COMMANDS.map((name) => ["help", ...name.split(" ")]),
  ...["bash", "zsh", "fish", "powershell"].map((shell) => ["completion", shell]),
  ["completion", "bash", "--pool-names"],
  ["config"],
  ["config", "--json"],
  ["fetch", "work", "1"],
  ["--color", "always", "fetch", "work", "1"],
  ["follow", "work", "--tail", "9", "--replay", "0"],
  ["follow", "work", "--tail", "9", "--replay", "0", "--where", '.data | has("n")'],
  ["follow", "work", "--tail", "9", "--replay", "0", "--where", ".data | nonsense"],
  ["follow", "work", "--tail", "9", "--replay", "0", "--where", ".data.n"],
  ["follow", "work", "--tail", "9", "--replay", "0", "--where", '.data | error("mine")'],
  ["follow", "work", "--tial", "9"],
  ["follow", "none"],
  ["fetch", "work", "99"],
  ["fetch", "work", "x"],
  ["fetch", "bad", "1"],
  ["feed", "work", "{"],
  ["feed", "work", "--file", "missing.jsonl"],
  ["pool", "create", "work"],
  ["pool", "create", "elsewhere/a"],
  ["pool", "list"],
  ["pool", "info", "work", "--json"],
  ["pool", "export", "work"],
  ["doctor", "work", "--json"],
  ["doctor", "bad"],
  ["serve", "check"],
  ["serve", "check", "--json"],
  ["serve", "check", "--tls-cert", "cert.pem", "--tls-key", "cert.pem"],
  ["serve", "--bind", "nowhere"],
  ["feed", "http://127.0.0.1:9/x/y/z", "1"],
  ["source", "create", "nina"],
  ["source", "create", "nina"],
  ["pipe", "create", "lobby", "--ttl", "1h"],
  ["send", "mae", "hi"],
  ["read", "inbox", "--tty", "--raw"],
  ["ls"],
  ["ls", "--json"],
  ["subs"],
  ["who"],
  ["status"],
  ["completion", "bash", "--targets"],
  ["unknown"],
];

/**
 * Without what is not the same in two homes, or at two times. How long the path of a home is
 * stays to be seen in the blanks of tables.
 */
function normal(pls: Pls, text: string): string {
  return text.replaceAll(pls.dir, "HOME")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b/g, "ID")
    .replaceAll(/(?<=(old|new)est_age_ms":)\d+/g, "AGE");
}

async function transcript(way: Way, home: string): Promise<Record<string, Outcome>> {
  await using pls = new Pls(way, home);
  await pls.done("feed", "work", '{"n":1}', "--create", "--tag", "a");
  Deno.writeTextFileSync(`${pls.pools}/bad.plasmite`, "x".repeat(9999));
  Deno.writeTextFileSync(`${pls.dir}/cert.pem`, "-----BEGIN CERTIFICATE-----\n");
  const said: Record<string, Outcome> = {};
  for (const args of CALLS) {
    const { code, stdout, stderr } = await pls.pls(...args);
    said[args.join(" ")] = { code, stdout: normal(pls, stdout), stderr: normal(pls, stderr) };
  }
  return said;
}

/**
 * What `pls` says when it is started in each of `ways`, in homes whose paths are equally long:
 * those of temporary directories are not.
 */
async function transcripts(ways: readonly Way[]): Promise<Record<string, Outcome>[]> {
  const parent = Deno.makeTempDirSync({ prefix: "pls-same-" });
  try {
    return await Promise.all(ways.map((way, i) => transcript(way, `${parent}/${i}`)));
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
}

Deno.test("help, completions, results and errors are the same however pls is started", async () => {
  const others = USABLE_WAYS.filter((way) => way !== SOURCE);
  const [expected, ...actual] = await transcripts([SOURCE, ...others]);
  // What is compared is what it should be, not one failure everywhere.
  assertMatch(expected["pool list"].stdout, /work/);
  assertMatch(expected["fetch bad 1"].stderr, /"kind":"Corrupt"/);
  const codes = Object.values(expected).map(({ code }) => code);
  assertEquals([...new Set(codes)].toSorted(), [0, 11, 13, 14, 2, 3, 4, 7, 8]);
  others.forEach(({ name }, i) => assertEquals(actual[i], expected, name));
});
