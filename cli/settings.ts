/**
 * What holds for a call beside the arguments of its command, and where each value
 * comes from: a flag wins over the environment, the environment over the
 * configuration file, and the file over what is built in.
 *
 * The file is looked for in every call, and the code that understands it is loaded
 * only when it is there.
 *
 * @module
 */

import { homeDirectory } from "../client.ts";
import { DEFAULT_POOL_BYTES, IoError, PermissionError, UsageError } from "../pool/mod.ts";
import { helpLine } from "./arguments.ts";
import type { FileSettings, Remote } from "./config_file.ts";
import { program } from "./program.ts";
import type { ColorChoice } from "./screen.ts";
import { parseSize } from "./size.ts";
import { nearestName } from "./suggest.ts";

/** Where a value comes from. */
export type SettingSource = "flag" | "environment" | "file" | "default";

/** A value in force. */
export interface Setting<Value> {
  /** The value. */
  readonly value: Value;
  /** What kind of place it comes from. */
  readonly source: SettingSource;
  /** The very place, such as `--dir`, `PLS_DIR` or `/home/ada/.plasmite/config.jsonc:3`. */
  readonly from?: string;
}

/** Everything in force for a call. */
export interface Settings {
  /** Where the configuration file is looked for; undefined when there is no home for it. */
  readonly path?: string;
  /** The file is there. */
  readonly found: boolean;
  /** Directory of the pools; undefined for the library's default. */
  readonly dir: Setting<string | undefined>;
  /** Size of a new pool file in bytes. */
  readonly size: Setting<number>;
  /** When to colour. */
  readonly color: Setting<ColorChoice>;
  /** Where messaging is: a URL of NATS, or a remote; undefined for the directory of the pools. */
  readonly mesh: Setting<string | undefined>;
  /** Pools on other machines, by name. */
  readonly remotes: Readonly<Record<string, Setting<Remote>>>;
}

/** The flags of the program that are settings. */
export interface SettingFlags {
  readonly dir?: string;
  readonly color?: ColorChoice;
}

/** Reads an environment variable. */
export type Environment = (name: string) => string | undefined;

/**
 * Finds out what is in force.
 *
 * @throws {UsageError} when a value, wherever it comes from, is not what it has to be.
 * @throws {PermissionError} when the file is there and may not be read, and
 * {@linkcode IoError} when it can't be.
 */
export async function readSettings(flags: SettingFlags): Promise<Settings> {
  const environment: Environment = (name) => Deno.env.get(name);
  const path = configPath(environment);
  const bytes = path === undefined ? undefined : readIfThere(path);
  const file = path === undefined || bytes === undefined
    ? undefined
    : (await import("./config_file.ts")).parseConfigFile(bytes, path, homeDirectory(environment));
  return mergeSettings({ flags, environment, path, file });
}

/**
 * Picks, for each setting, the value that wins.
 *
 * @throws {UsageError} when a flag or a variable has a value that it can't have.
 */
export function mergeSettings(
  { flags, environment, path, file }: {
    flags: SettingFlags;
    environment: Environment;
    path?: string;
    file?: FileSettings;
  },
): Settings {
  if (flags.dir === "") {
    throw new UsageError("--dir: the path is empty", { hint: `See ${helpLine(program)}.` });
  }
  return {
    path,
    found: file !== undefined,
    dir: fromFlag("--dir", flags.dir) ?? fromVariable(environment, "PLS_DIR", (text) => text) ??
      file?.dir ?? { value: undefined, source: "default" },
    size: fromVariable(environment, "PLS_SIZE", parseSize) ??
      file?.size ?? { value: DEFAULT_POOL_BYTES, source: "default" },
    color: fromFlag("--color", flags.color) ??
      fromVariable(environment, "PLS_COLOR", parseColor) ??
      file?.color ?? { value: "auto", source: "default" },
    mesh: fromVariable(environment, "PLS_MESH", (text) => text) ??
      file?.mesh ?? { value: undefined, source: "default" },
    remotes: file?.remotes ?? {},
  };
}

/**
 * Reads `auto`, `always` or `never`.
 *
 * @throws {UsageError} when `text` is anything else.
 */
export function parseColor(text: string): ColorChoice {
  const { choices } = program.flags.color;
  const color = choices.find((choice) => choice === text);
  if (color !== undefined) return color;
  const near = nearestName(text, choices);
  throw new UsageError(`not one of ${choices.join(", ")}: ${JSON.stringify(text)}`, {
    hint: near === undefined ? `Use ${choices.join(" or ")}.` : `Did you mean ${near}?`,
  });
}

function fromFlag<Value>(name: string, value: Value | undefined): Setting<Value> | undefined {
  return value === undefined ? undefined : { value, source: "flag", from: name };
}

/** A variable that is empty counts as one that is not set. */
function fromVariable<Value>(
  environment: Environment,
  name: string,
  parse: (text: string) => Value,
): Setting<Value> | undefined {
  const text = environment(name);
  if (text === undefined || text === "") return undefined;
  try {
    return { value: parse(text), source: "environment", from: name };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name}: ${error.message}`, { hint: error.hint });
  }
}

function configPath(environment: Environment): string | undefined {
  const home = homeDirectory(environment);
  const byDefault = home === undefined ? undefined : `${home}/.plasmite/config.jsonc`;
  return environment("PLS_CONFIG") || byDefault;
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (cause) {
    const { NotFound, NotADirectory, NotCapable, PermissionDenied } = Deno.errors;
    if (cause instanceof NotFound || cause instanceof NotADirectory) return undefined;
    if (cause instanceof NotCapable) throw cause;
    const refused = cause instanceof PermissionDenied;
    throw new (refused ? PermissionError : IoError)("can't read the configuration file", {
      path,
      cause,
      hint: refused
        ? "Let its owner read it, or name another file in PLS_CONFIG."
        : "It has to be a file. PLS_CONFIG can name another one.",
    });
  }
}
