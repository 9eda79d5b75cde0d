/**
 * What people and programs are told of each kind of failure, word for word: see
 * errors.golden. After a wanted change of words, write it anew and read the difference:
 *
 *     UPDATE_GOLDEN=1 deno test --allow-all tests/cli/errors_golden_test.ts
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { noTerminal } from "./on_terminal.ts";
import { denoArguments, errorOf, Place, within } from "./pls.ts";

const GOLDEN = new URL("errors.golden", import.meta.url);

/** A call that fails. */
interface Failing {
  /** Kind, and in which situation. */
  readonly title: string;
  readonly args: readonly string[];
  /** A permission of Deno that the call does not get. */
  readonly without?: string;
  /** Makes the world for it to fail in, and tidies up in the end. */
  readonly prepare?: (place: Place) => Disposable | undefined;
}

const FAILING: readonly Failing[] = [
  { title: "Usage: an unknown flag", args: ["follow", "work", "--tial", "3"] },
  { title: "Usage: a value that is none", args: ["follow", "work", "--timeout", "5"] },
  { title: "Usage: data that is no JSON", args: ["feed", "work", "{a:1}"] },
  { title: "Usage: a filter that is none", args: ["follow", "work", "--where", ".a =="] },
  {
    title: "Usage: a configuration file that is wrong",
    args: ["pool", "list"],
    prepare: ({ dir }) => {
      Deno.writeTextFileSync(`${dir}/config.jsonc`, '{\n  "colour": "never"\n}\n');
      return undefined;
    },
  },
  { title: "NotFound: a pool, to a reader", args: ["fetch", "none", "1"] },
  { title: "NotFound: a pool, to a writer", args: ["feed", "none", "1", "--tag", "a b"] },
  { title: "NotFound: a path", args: ["follow", "./none"] },
  { title: "NotFound: a message", args: ["fetch", "work", "9"] },
  { title: "AlreadyExists: a pool", args: ["pool", "create", "work"] },
  {
    title: "Busy: a pool that another process holds",
    args: ["feed", "work", "1"],
    prepare: ({ pools }) => {
      const holder = Deno.openSync(`${pools}/work.plasmite`);
      holder.lockSync(true);
      return holder;
    },
  },
  {
    title: "Permission: a pool that may not be written",
    args: ["feed", "work", "1"],
    without: "--allow-write",
  },
  {
    title: "Corrupt: a file that is no pool",
    args: ["fetch", "bad", "1"],
    prepare: ({ pools }) => {
      Deno.writeTextFileSync(`${pools}/bad.plasmite`, "x".repeat(10_000));
      return undefined;
    },
  },
  { title: "Io: a file that can't be read", args: ["feed", "work", "--file", "none.json"] },
];

/** What a call of `args` tells, as a section of the golden file. */
async function sectionOf({ title, args, without, prepare }: Failing): Promise<string> {
  await using place = new Place();
  await place.done("pool", "create", "work");
  using _prepared = prepare?.(place);
  const deno = denoArguments(args).filter((word) => word !== without).toSpliced(
    1,
    0,
    "--no-prompt",
  );
  // Side by side: one that is busy waits for five seconds.
  const [text, envelope] = await Promise.all([onTerminal(place, deno), onPipe(place, deno)]);
  const { kind } = errorOf(envelope);
  assertEquals(kind, title.replace(/:.*/, ""));
  const call = args.map((word) => /^[\w./-]+$/.test(word) ? word : `'${word}'`).join(" ");
  return `## ${title}\n$ pls ${call}\n${text}${envelope}`.replaceAll(place.dir, "DIR");
}

/** Standard error on a terminal, with its colours spelled out. */
async function onTerminal(place: Place, args: readonly string[]): Promise<string> {
  const words = [Deno.execPath(), ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const script = ["--quiet", "--return", "--command", words.join(" "), "/dev/null"];
  const { stdout } = await output(place, "script", script);
  return stdout.replaceAll("\r\n", "\n").replaceAll("\x1b[", "ESC[");
}

/** Standard error in a pipe. */
async function onPipe(place: Place, args: readonly string[]): Promise<string> {
  return (await output(place, Deno.execPath(), args)).stderr;
}

async function output(
  place: Place,
  command: string,
  args: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  const env = {
    PLS_DIR: place.pools,
    PLS_CONFIG: `${place.dir}/config.jsonc`,
    NO_COLOR: "",
    SHELL: "/bin/sh",
  };
  const child = new Deno.Command(command, { args: [...args], cwd: place.dir, env, stdin: "null" });
  const { stdout, stderr } = await within("the call to end", child.output());
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test({
  name: "each kind of failure is told in the words of errors.golden",
  ignore: noTerminal,
  fn: async () => {
    const sections = await Promise.all(FAILING.map(sectionOf));
    const told = sections.join("\n");
    if (Deno.env.get("UPDATE_GOLDEN")) Deno.writeTextFileSync(GOLDEN, told);
    assertEquals(told.split("\n"), Deno.readTextFileSync(GOLDEN).split("\n"));
  },
});

Deno.test("the golden file has every kind that a local command can give", () => {
  const kinds = new Set(FAILING.map(({ title }) => title.replace(/:.*/, "")));
  // `Internal` is a defect, and `RetentionGap` is for those who ask a tail to insist.
  assertEquals(
    [...kinds].sort(),
    ["AlreadyExists", "Busy", "Corrupt", "Io", "NotFound", "Permission", "Usage"],
  );
});
