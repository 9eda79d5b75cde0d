import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { UsageError } from "../../pool/mod.ts";
import { parseInvocation, parseLeadingFlags } from "../../cli/arguments.ts";
import type { CommandSpec } from "../../cli/command.ts";
import { program } from "../../cli/program.ts";

const spec = {
  name: "send",
  summary: "Send things",
  positionals: {
    pool: { kind: "pool", required: true, help: "Where to." },
    data: { kind: "text", help: "What." },
  },
  flags: {
    tag: { kind: "text", repeat: true, help: "Label." },
    file: { kind: "path", short: "f", conflicts: ["data"], help: "From a file." },
    count: { kind: "integer", short: "n", help: "How many." },
    size: { kind: "size", requires: "create", help: "How big." },
    timeout: { kind: "duration", help: "How long." },
    mode: { kind: "choice", choices: ["fast", "flush"], help: "How." },
    create: { kind: "switch", short: "c", help: "Make it." },
    quiet: { kind: "switch", short: "q", help: "Say less." },
  },
  examples: [],
} as const satisfies CommandSpec;

const parse = (...args: string[]) => parseInvocation(spec, args);

function refused(...args: string[]): UsageError {
  return assertThrows(() => parse(...args), UsageError);
}

Deno.test("flags and positionals mix in any order", () => {
  const { flags, positionals } = parse("--tag", "a", "p", "-c", "{}", "--tag=b");
  assertEquals(positionals, { pool: "p", data: "{}" });
  assertEquals(flags.tag, ["a", "b"]);
  assertEquals([flags.create, flags.quiet], [true, false]);
});

Deno.test("values are converted to the kind of their flag", () => {
  const { flags } = parse("p", "-n", "3", "--timeout", "2s", "--create", "--size", "4k");
  assertEquals(flags.count, 3);
  assertEquals(flags.timeout, { text: "2s", ms: 2000 });
  assertEquals(flags.size, 4096);
});

Deno.test("flags that were not given have no value", () => {
  const { flags } = parse("p");
  assertEquals([flags.file, flags.count, flags.mode], [undefined, undefined, undefined]);
  assertEquals(flags.tag, []);
});

Deno.test("a positional after a switch is not taken for its value", () => {
  assertEquals(parse("p", "--create", "true").positionals.data, "true");
});

Deno.test("an empty value is a value", () => {
  assertEquals(parse("p", "--tag", "", "--tag=").flags.tag, ["", ""]);
});

Deno.test("a value may hold an equals sign and line ends", () => {
  assertEquals(parse("p", "--tag=a=b\nc").flags.tag, ["a=b\nc"]);
});

Deno.test("a number with a sign is a value and not a flag", () => {
  assertEquals(parse("p", "-5", "--tag", "-1").positionals.data, "-5");
});

Deno.test("a lone dash is a value", () => {
  assertEquals(parse("p", "-f", "-").flags.file, "-");
});

Deno.test("one-letter flags can be written together, the last with its value", () => {
  const { flags } = parse("p", "-cqn3");
  assertEquals([flags.create, flags.quiet, flags.count], [true, true, 3]);
});

Deno.test("two dashes end the flags", () => {
  assertEquals(parse("--", "--tag", "-x").positionals, { pool: "--tag", data: "-x" });
});

Deno.test("names of object members are not flags", () => {
  assertEquals(refused("p", "--constructor").message, "unknown flag --constructor");
});

Deno.test("every refusal is one line and names the help to read", () => {
  for (const args of [["p", "--nope"], ["p", "--tag"], ["p", "-n", "x\ny"], ["p", "a", "b\nc"]]) {
    const { message, hint } = refused(...args);
    assertEquals(message.split("\n").length, 1);
    assertStringIncludes(hint!, "`pls send --help`");
  }
});

Deno.test("an unknown flag is refused with the nearest known one", () => {
  assertStringIncludes(refused("p", "--taf", "x").hint!, "Did you mean --tag?");
});

Deno.test("an option of the program behind the command is told where it goes", () => {
  assertStringIncludes(refused("p", "--dir", "x").hint!, "pls --dir VALUE send");
});

Deno.test("a flag is not taken for the value of another", () => {
  assertEquals(refused("p", "--tag", "--create").message, "missing value for --tag");
});

Deno.test("a switch takes no value", () => {
  assertEquals(refused("p", "--create=yes").message, "--create takes no value");
});

Deno.test("a flag that takes one value is refused the second time", () => {
  assertEquals(refused("p", "-n", "1", "-n", "2").message, "--count was given more than once");
});

Deno.test("flags that exclude each other are refused together", () => {
  assertEquals(
    refused("p", "{}", "--file", "x").message,
    "--file and DATA can't be given together",
  );
});

Deno.test("a flag that needs another is refused alone", () => {
  assertEquals(refused("p", "--size", "1M").message, "--size needs --create");
});

Deno.test("a missing positional is named", () => {
  assertEquals(refused("--create").message, "missing POOL");
});

Deno.test("a positional too many is quoted", () => {
  assertEquals(refused("p", "a", "b").message, 'unexpected argument "b"');
});

Deno.test("a value that is not of its kind is quoted", () => {
  assertEquals(refused("p", "-n", "1.5").message, '--count: not a whole number: "1.5"');
  assertEquals(refused("p", "--mode", "slow").message, '--mode: not one of fast, flush: "slow"');
});

Deno.test("whole numbers end at 2^64 - 1", () => {
  assertEquals(parse("p", "-n", "18446744073709551615").flags.count, 2 ** 64);
  assertEquals(refused("p", "-n", "18446744073709551616").name, "UsageError");
});

Deno.test("help is asked for in three ways, and nothing else is required then", () => {
  assertEquals(parse("--help").help, "long");
  assertEquals(parse("---help").help, "long");
  assertEquals(parse("-h").help, "short");
});

Deno.test("the options of the program end at the command word", () => {
  const { invocation, rest } = parseLeadingFlags(program, ["--dir", "a", "feed", "--nope"]);
  assertEquals(invocation.flags.dir, "a");
  assertEquals(rest, ["feed", "--nope"]);
});
