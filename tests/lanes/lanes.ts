/**
 * Which tests run side by side: every test file is in exactly one lane, and a lane is one process
 * of `deno test`. Much of the time goes into waiting for servers and limits, so lanes that wait
 * leave the processor to the others.
 *
 * @module
 */

/** Tests that run in one process, one after the other. */
export interface Lane {
  readonly name: string;
  /** How the paths of its test files begin, from the root of the project, with `/`. */
  readonly beginnings: readonly string[];
}

/** Lanes that name their files; of two that name a file it is the first one's. */
export const LANES: readonly Lane[] = [
  { name: "pls", beginnings: ["tests/cli/", "tests/shipped/", "tests/torture/"] },
  { name: "cluster", beginnings: ["tests/nats/cluster_", "tests/nats/bridge_"] },
  { name: "nats", beginnings: ["tests/nats/"] },
  { name: "messaging", beginnings: ["tests/messaging/"] },
];

/** The lane of all other files, and of the examples in the documentation. */
export const REST = "rest";

/** What `deno test` takes for a file of tests. */
const TEST_FILE = /(^|[/_.])test\.(ts|tsx|mts|js|mjs|jsx)$/;

/** How a lane is run. */
export interface LaneRun {
  readonly name: string;
  /** What follows `deno test --allow-all`. */
  readonly args: readonly string[];
}

/** Whether `deno test` takes the file at `path` for tests. */
export function isTestFile(path: string): boolean {
  return TEST_FILE.test(path);
}

/** The name of the lane that the test file at `path`, from the root of the project, runs in. */
export function laneOf(path: string, lanes: readonly Lane[]): string {
  const begins = ({ beginnings }: Lane) => beginnings.some((text) => path.startsWith(text));
  return lanes.find(begins)?.name ?? REST;
}

/**
 * How to run all `files`, paths of test files. The rest is left to `deno test` to find: it runs
 * what no lane was given, so nothing that is missing in `files` is left out.
 */
export function planRuns(files: readonly string[], lanes: readonly Lane[]): LaneRun[] {
  const runs = lanes.map(({ name }) => ({
    name,
    args: files.filter((path) => laneOf(path, lanes) === name),
  })).filter(({ args }) => args.length > 0);
  const given = runs.flatMap(({ args }) => args);
  const ignoring = given.length === 0 ? [] : [`--ignore=${given.join(",")}`];
  return [
    { name: REST, args: ["--doc", ...ignoring] },
    ...runs.map(({ name, args }) => ({ name, args: ["--doc", ...args] })),
  ];
}
