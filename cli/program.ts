/**
 * The options of the program itself, which come before the command word.
 *
 * @module
 */

import type { CommandSpec, Flags } from "./command.ts";

const flags = {
  dir: {
    kind: "path",
    placeholder: "PATH",
    byDefault: "~/.plasmite/pools, or as `pls config` says",
    help: "Directory of the pools that are given by name.",
  },
  color: {
    kind: "choice",
    choices: ["auto", "always", "never"],
    byDefault: "auto, or as `pls config` says",
    help: "Colour JSON and errors; auto does on a terminal unless NO_COLOR is set.",
  },
  version: { kind: "switch", short: "V", help: "Print the version." },
} as const satisfies Flags;

/** The program itself: options only. Commands are in commands.ts. */
export const program = {
  name: "",
  summary: "Send JSON messages between processes through pools on disk",
  details: [
    "A pool is one file that holds the newest messages in a bounded space. Any number of " +
    "processes append to it and follow it at the same time; nothing else has to run.",
  ],
  positionals: {},
  flags,
  examples: [
    { does: "Append a message, making the pool", line: `pls feed chat '{"msg":"hi"}' --create` },
    { does: "Print the newest, then what comes", line: "pls follow chat --tail 10" },
    { does: "See which pools there are", line: "pls pool list" },
  ],
} as const satisfies CommandSpec;
