/**
 * What a configuration file says: JSON with comments, of which every key is known
 * and every value is of its type, or an error that names file and line.
 *
 * @module
 */

import { parse } from "@std/jsonc";
import { dirname } from "@std/path/dirname";
import { resolve } from "@std/path/resolve";
import { UsageError } from "../pool/mod.ts";
import { lineAt, lineOfKey } from "./config_line.ts";
import type { ColorChoice } from "./screen.ts";
import { parseColor, type Setting } from "./settings.ts";
import { parseSize } from "./size.ts";
import { nearestName } from "./suggest.ts";

/** A served pool directory, and what it takes to reach it. */
export interface Remote {
  /** Where `pls serve` or NATS answers, such as `https://build.example:9700`. */
  readonly url: string;
  /** File that holds the bearer token. */
  readonly token_file?: string;
  /** File with the certificates to trust instead of the system's. */
  readonly tls_ca?: string;
  /** Take any certificate. */
  readonly tls_skip_verify?: boolean;
  /** Credentials file for NATS. */
  readonly nats_creds?: string;
  /** File that holds the seed of an nkey for NATS. */
  readonly nats_nkey?: string;
}

/** What a file says; what it does not say is undefined. */
export interface FileSettings {
  readonly dir?: Setting<string>;
  readonly size?: Setting<number>;
  readonly color?: Setting<ColorChoice>;
  readonly mesh?: Setting<string>;
  readonly remotes: Readonly<Record<string, Setting<Remote>>>;
}

/**
 * Understands the configuration file at `path`. Paths in it are relative to its
 * directory, and may begin with `~/`.
 *
 * @param bytes The content. Blank content says nothing.
 * @param home What `~` stands for.
 *
 * @throws {UsageError} naming file and line, for what is no JSON with comments, for an
 * unknown key and for a value that its key can't have.
 */
export function parseConfigFile(bytes: Uint8Array, path: string, home?: string): FileSettings {
  const file = new ConfigFile(decode(bytes, path), path, home);
  const top = file.object([]);
  file.checkKeys([], top, ["dir", "size", "color", "mesh", "remotes"]);
  return {
    dir: file.setting(["dir"], top, (value) => file.filePath(value)),
    size: file.setting(["size"], top, readSize),
    color: file.setting(["color"], top, (value) => parseColor(readString(value))),
    mesh: file.setting(["mesh"], top, readMesh),
    remotes: "remotes" in top ? readRemotes(file) : {},
  };
}

const REMOTE_KEYS = [
  ...["url", "token_file", "tls_ca", "tls_skip_verify"],
  ...["nats_creds", "nats_nkey"],
];

function readRemotes(file: ConfigFile): Record<string, Setting<Remote>> {
  const remotes: Record<string, Setting<Remote>> = {};
  for (const name of Object.keys(file.object(["remotes"]))) {
    const at = ["remotes", name];
    if (!/^[a-z\d][\w.-]*$/i.test(name)) {
      throw file.failure(at, `not a name for a remote: ${JSON.stringify(name)}`, {
        hint: "Use letters, digits, dots, - and _, with a letter or digit first.",
      });
    }
    const entry = file.object(at);
    file.checkKeys(at, entry, REMOTE_KEYS);
    const read = <Value>(key: string, convert: (value: unknown) => Value) =>
      file.setting([...at, key], entry, convert)?.value;
    const url = read("url", readUrl);
    if (url === undefined) {
      throw file.failure(at, `the remote ${JSON.stringify(name)} has no url`, {
        hint: 'Write for example "url": "https://build.example:9700".',
      });
    }
    const value: Remote = {
      url,
      token_file: read("token_file", (value) => file.filePath(value)),
      tls_ca: read("tls_ca", (value) => file.filePath(value)),
      tls_skip_verify: read("tls_skip_verify", readBoolean),
      nats_creds: read("nats_creds", (value) => file.filePath(value)),
      nats_nkey: read("nats_nkey", (value) => file.filePath(value)),
    };
    remotes[name] = { value, source: "file", from: file.place(at) };
  }
  return remotes;
}

type Keys = readonly string[];

/** The text of a file, and where in it things are. */
class ConfigFile {
  readonly #text: string;
  readonly #path: string;
  readonly #home?: string;
  readonly #value: unknown;

  constructor(text: string, path: string, home: string | undefined) {
    this.#text = text;
    this.#path = path;
    this.#home = home;
    this.#value = text.trim() === "" ? {} : parseText(text, path);
  }

  /** The object at `keys`, which has to be one. */
  object(keys: Keys): Record<string, unknown> {
    let value = this.#value;
    for (const key of keys) value = (value as Record<string, unknown>)[key];
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    const name = keys.length === 0 ? "the file" : keys.join(".");
    throw this.failure(keys, `${name} has to be an object in { }, not ${typeName(value)}`);
  }

  /** Refuses keys that are not `known`. */
  checkKeys(at: Keys, object: Record<string, unknown>, known: readonly string[]): void {
    const unknown = Object.keys(object).find((key) => !known.includes(key));
    if (unknown === undefined) return;
    const near = nearestName(unknown, known);
    const keys = `${known.slice(0, -1).join(", ")} and ${known.at(-1)}`;
    throw this.failure([...at, unknown], `unknown key ${JSON.stringify(unknown)}`, {
      hint: `${near === undefined ? "" : `Did you mean ${near}? `}The keys here are ${keys}.`,
    });
  }

  /** The value of the last of `keys`, converted; undefined when `object` has none. */
  setting<Value>(
    keys: Keys,
    object: Record<string, unknown>,
    convert: (value: unknown) => Value,
  ): Setting<Value> | undefined {
    const key = keys.at(-1)!;
    if (!Object.hasOwn(object, key)) return undefined;
    try {
      return { value: convert(object[key]), source: "file", from: this.place(keys) };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      throw this.failure(keys, `${keys.join(".")}: ${error.message}`, { hint: error.hint });
    }
  }

  /** A path written in this file, as an absolute one. */
  filePath(value: unknown): string {
    const text = readString(value);
    if (text === "") throw new UsageError("the path is empty");
    const expanded = this.#home === undefined ? text : expandHome(text, this.#home);
    return resolve(dirname(this.#path), expanded);
  }

  /** File and line of a key. */
  place(keys: Keys): string {
    return `${this.#path}:${lineOfKey(this.#text, keys)}`;
  }

  failure(keys: Keys, message: string, { hint }: { hint?: string } = {}): UsageError {
    return new UsageError(`${this.place(keys)}: ${message}`, {
      path: this.#path,
      hint: hint ?? "See `pls config --help`.",
    });
  }
}

/** In quotes of JSON, `~\\` is `~` and a backslash: a separator on Windows alone. */
export function expandHome(
  path: string,
  home: string,
  os: typeof Deno.build.os = Deno.build.os,
): string {
  // No text to replace with: a home may have a dollar sign in it.
  return path.replace(os === "windows" ? /^~(?=[/\\]|$)/ : /^~(?=\/|$)/, () => home);
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path}: not UTF-8 text`, { path, hint: "Save it as UTF-8." });
  }
}

function parseText(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = / at position (\d+)$/.exec(error.message);
    const line = lineAt(text, position === null ? text.trimEnd().length : Number(position[1]));
    const message = error.message.replace("Cannot parse JSONC: ", "")
      .replace(/ in JSONC at position \d+$/, "").replace("JSONC input", "the text");
    throw new UsageError(`${path}:${line}: not JSON with comments: ${message}`, {
      path,
      hint: "Keys and texts go in double quotes, and members have a comma between them.",
    });
  }
}

function readString(value: unknown): string {
  if (typeof value === "string") return value;
  throw new UsageError(`has to be a text in double quotes, not ${typeName(value)}`);
}

function readBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new UsageError(`has to be true or false, not ${typeName(value)}`);
}

function readSize(value: unknown): number {
  if (typeof value === "string" || typeof value === "number") return parseSize(String(value));
  throw new UsageError(`has to be a size such as "8M", not ${typeName(value)}`);
}

function readMesh(value: unknown): string {
  const text = readString(value);
  if (text !== "") return text;
  throw new UsageError("has to be a URL of NATS, or the name of a remote", {
    hint: "Leave the key out for a mesh on this machine.",
  });
}

function readUrl(value: unknown): string {
  const text = readString(value);
  if (/^(nats|tls):\/\/[^/@?#\s]+$/i.test(text)) return text;
  const url = URL.parse(text);
  const isServer = url !== null && /^https?:$/.test(url.protocol) && url.search === "" &&
    url.hash === "" && url.username === "" && url.password === "";
  if (isServer) return text;
  throw new UsageError(`not the URL of a server: ${JSON.stringify(text)}`, {
    hint: "Use http, https, nats or tls, a host and a port, without user, password and query: a " +
      "token goes in token_file, and credentials for NATS in nats_creds or nats_nkey.",
  });
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return { string: "a text", object: "an object" }[typeof value as string] ?? `a ${typeof value}`;
}
