/**
 * Pool files whose bytes were changed, by accident or by malice.
 *
 * The work is done by processes, so that a hang and a hunger for memory can be told and
 * ended from outside.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Child } from "../process/child.ts";
import type { Counts, Torture } from "./torture.ts";

/** Objects of such a process take no more: buffers are outside and watched by themselves. */
const HEAP_MIB_MAX = 256;

/** Changed bytes cost what they hold and nothing else. */
export const corruption: Torture = {
  name: "corruption",
  promise: "a corrupted pool file yields no message that was not appended, no hang and no crash, " +
    "and a repair keeps what is intact",
  unit: "mutations",
  rounds: { short: 300, long: 10_000 },
  async run(rounds, random) {
    const corrupted = await watch("corruption_process.ts", [`${random.seed()}`, `${rounds}`]);
    const dir = Deno.makeTempDirSync({ prefix: "pls-huge-" });
    try {
      return { ...corrupted, ...await watch("corruption_huge.ts", [dir]) };
    } finally {
      Deno.removeSync(dir, { recursive: true });
    }
  },
};

/** Runs a process that prints a line before each thing it does, and its counts at last. */
async function watch(script: string, args: readonly string[]): Promise<Counts> {
  const flags = ["--allow-all", `--v8-flags=--max-old-space-size=${HEAP_MIB_MAX}`];
  await using child = Child.deno(import.meta.resolve(`./${script}`), flags, args);
  const { stdout, stderr } = child;
  let isOver = false;
  const ended = stdout.ended.then(() => isOver = true);
  for (let seen = 0; !isOver; seen = stdout.text.length) {
    const news = stdout.until((text) => text.length > seen, "sign of life");
    // It is told as a failure too when it ends; a hang is one that goes on.
    const stalled = await Promise.race([ended, news.then(() => false, () => true)]);
    if (stalled && child.running) await hasEnded(child, `${script} ${args.join(" ")}`);
  }
  assertEquals(await child.exit(), 0, stderr.text);
  return JSON.parse(stdout.lines.at(-1)!);
}

/** Fails unless it ends by itself, in time. */
async function hasEnded(child: Child, what: string): Promise<void> {
  const last = child.stdout.lines.at(-1);
  try {
    await child.exit();
  } catch (cause) {
    throw new Error(`${what} hangs in: ${last}`, { cause: `${cause}`.slice(0, 100) });
  }
}
