/**
 * What came of lanes: numbers out of what `deno test` printed, and what to tell of all of them.
 *
 * @module
 */

/** How many tests ended how. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly ignored: number;
}

/** A lane that has ended. */
export interface Outcome {
  readonly name: string;
  readonly exitCode: number;
  /** All that it printed. */
  readonly lines: readonly string[];
  /** How long it ran, in milliseconds. */
  readonly ms: number;
}

/** How many lines are shown of a lane that failed without saying where. */
const LAST_LINES = 50;

/** Colors, as `deno test` prints them even where nobody sees them. */
// deno-lint-ignore no-control-regex
const COLOR = /\x1b\[[\d;]*m/g;

function withoutColors(lines: readonly string[]): string[] {
  return lines.map((line) => line.replaceAll(COLOR, ""));
}

/** The numbers of the last summary in `lines`; undefined when there is none. */
export function countsOf(lines: readonly string[]): Counts | undefined {
  const summary = withoutColors(lines).findLast((line) =>
    /^(ok|FAILED) \| \d+ passed\b/.test(line)
  );
  if (summary === undefined) return undefined;
  const count = (what: string) => Number(summary.match(`(\\d+) ${what}\\b`)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), ignored: count("ignored") };
}

/** The numbers of a lane; one that ended badly has a failure more than it told of, or one. */
export function countsOfOutcome({ lines, exitCode }: Outcome): Counts {
  const counts = countsOf(lines);
  if (counts === undefined) return { passed: 0, failed: 1, ignored: 0 };
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** What is to be read of a lane that failed: its errors, or the last it said. */
function complaintsOf({ lines }: Outcome): readonly string[] {
  const errors = withoutColors(lines).findIndex((line) => line.trim() === "ERRORS");
  return errors === -1 ? lines.slice(-LAST_LINES) : lines.slice(errors);
}

function describe({ passed, failed, ignored }: Counts): string {
  return `${passed} passed, ${failed} failed (${ignored} ignored)`;
}

/**
 * What to print when all lanes have ended: the errors of those that failed, how each ended, and
 * last the sum of all.
 */
export function report(outcomes: readonly Outcome[]): { lines: string[]; isGood: boolean } {
  const failed = outcomes.filter((outcome) => countsOfOutcome(outcome).failed > 0);
  const complaints = failed.flatMap((outcome) => [
    "",
    `== what failed in the lane ${outcome.name}`,
    ...complaintsOf(outcome),
  ]);
  const ends = outcomes.map((outcome) => {
    const seconds = (outcome.ms / 1000).toFixed(0);
    const counts = countsOf(outcome.lines);
    const end = counts === undefined
      ? `no summary, exit code ${outcome.exitCode}`
      : describe(countsOfOutcome(outcome));
    return `lane ${outcome.name}: ${end} in ${seconds} s`;
  });
  const all = outcomes.map(countsOfOutcome);
  const sum = (what: keyof Counts) => all.reduce((total, counts) => total + counts[what], 0);
  const total = { passed: sum("passed"), failed: sum("failed"), ignored: sum("ignored") };
  return {
    lines: [...complaints, "", ...ends, describe(total)],
    isGood: failed.length === 0 && total.passed > 0,
  };
}
