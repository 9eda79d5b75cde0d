import { assertEquals } from "@std/assert";
import { type ProgressState, progressText } from "../../cli/input/progress.ts";
import { ProgressLine } from "../../cli/progress_line.ts";
import { Screen } from "../../cli/screen.ts";

/** A progress line on a terminal whose clock stands still until it is moved. */
function progressOf(totalBytes: number) {
  const written: string[] = [];
  const writeSync = (bytes: Uint8Array) => {
    written.push(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  const facts = { isTerminal: true, colorChoice: "never", noColor: true } as const;
  const clock = { ms: 5000 };
  const textOf = (state: ProgressState) => progressText(state, totalBytes);
  const line = new ProgressLine(new Screen({ writeSync }, facts), textOf, () => clock.ms);
  return { line, clock, written };
}

const CLEAR = "\r\x1b[K";

Deno.test("a run of less than a second shows no progress", () => {
  const { line, clock, written } = progressOf(100);
  clock.ms += 999;
  line.update({ messages: 1, readBytes: 10 });
  line[Symbol.dispose]();
  assertEquals(written, []);
});

Deno.test("a longer run shows one line, brought up to date and cleared at the end", () => {
  const { line, clock, written } = progressOf(200);
  clock.ms += 1000;
  line.update({ messages: 1000, readBytes: 50 });
  clock.ms += 99;
  line.update({ messages: 1001, readBytes: 51 });
  clock.ms += 1;
  line.update({ messages: 2000, readBytes: 100 });
  line[Symbol.dispose]();
  line[Symbol.dispose]();
  assertEquals(written, [
    "25 % read, 1,000 messages fed",
    CLEAR,
    "50 % read, 2,000 messages fed",
    CLEAR,
  ]);
});

Deno.test("a line that made room for another text comes back with the next batch", () => {
  const { line, clock, written } = progressOf(100);
  clock.ms += 1000;
  line.update({ messages: 1, readBytes: 10 });
  line.hide();
  line.update({ messages: 2, readBytes: 20 });
  assertEquals(written, ["10 % read, 1 messages fed", CLEAR, "10 % read, 1 messages fed"]);
});

Deno.test("a file that grows is never read by more than all", () => {
  assertEquals(progressText({ messages: 3, readBytes: 20 }, 10), "100 % read, 3 messages fed");
  assertEquals(progressText({ messages: 0, readBytes: 0 }, 0), "0 % read, 0 messages fed");
});
