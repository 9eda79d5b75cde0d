import { assertEquals, assertThrows } from "@std/assert";
import { IoError } from "../../pool/mod.ts";
import { ReaderGone, Screen, type ScreenFacts } from "../../cli/screen.ts";

/** What is written to a screen of which `facts` hold. */
function written(facts: Partial<ScreenFacts>, write: (screen: Screen) => void): string {
  let text = "";
  const sink = {
    writeSync(bytes: Uint8Array): number {
      // Streams may take only a part.
      const part = bytes.subarray(0, 3);
      text += new TextDecoder().decode(part);
      return part.length;
    },
  };
  write(new Screen(sink, { isTerminal: false, colorChoice: "auto", noColor: false, ...facts }));
  return text;
}

const writeJson = (screen: Screen) => screen.writeJson('{"a":[1]}');

const INDENTED = '{\n  "a": [\n    1\n  ]\n}\n';
const COMPACT = '{"a":[1]}\n';

Deno.test("a program gets JSON as one compact line", () => {
  assertEquals(written({}, writeJson), COMPACT);
});

Deno.test("a person gets JSON indented and coloured", () => {
  const text = written({ isTerminal: true }, writeJson);
  // deno-lint-ignore no-control-regex
  assertEquals(text.replace(/\x1b\[\d+m/g, ""), INDENTED);
  assertEquals(text.includes("\x1b[36m"), true);
});

Deno.test("--color never leaves a person indented JSON", () => {
  assertEquals(written({ isTerminal: true, colorChoice: "never" }, writeJson), INDENTED);
});

Deno.test("NO_COLOR leaves a person indented JSON", () => {
  assertEquals(written({ isTerminal: true, noColor: true }, writeJson), INDENTED);
});

Deno.test("--color always colours for a program too, whatever NO_COLOR says", () => {
  const text = written({ colorChoice: "always", noColor: true }, writeJson);
  assertEquals(text.includes("\x1b[36m"), true);
});

Deno.test("all bytes arrive when the stream takes them in parts", () => {
  assertEquals(written({}, (screen) => screen.write("0123456789")), "0123456789");
});

Deno.test("a stream that takes nothing is named; that nobody reads output is no failure", () => {
  const writing = (stream: "output" | "error", error: Error) => () => {
    const sink = {
      writeSync: () => {
        throw error;
      },
    };
    const facts = { isTerminal: false, colorChoice: "never", noColor: true } as const;
    new Screen(sink, { stream, ...facts }).write("text");
  };
  const full = Object.assign(new Error("No space left on device (os error 28)"), {
    code: "ENOSPC",
  });
  const error = assertThrows(writing("error", full), IoError, "can't write standard error");
  assertEquals(error.cause, full);
  const broken = new Deno.errors.BrokenPipe();
  assertThrows(writing("output", broken), ReaderGone);
  assertThrows(writing("error", broken), IoError, "can't write standard error");
});
