/**
 * Bearer tokens: what may be one, and files that hold one for their owner alone.
 *
 * @module
 */

import { platform, UsageError } from "../pool/mod.ts";

/** What an `Authorization` header can carry. */
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;
const OPEN_TO_OTHERS = 0o066;
/** Longer than any header that a server takes. */
const TOKEN_FILE_BYTES_MAX = 65_536;

/**
 * Reads the token in the file at `path`, without blanks and line ends around it.
 *
 * @throws {UsageError} when it can't be read, holds no token, or others may read or write it.
 */
export function readTokenFile(path: string): string {
  let text: string;
  let mode: number | null;
  try {
    using file = Deno.openSync(path);
    // The mode of what is read, whatever has the name by now.
    mode = file.statSync().mode;
    text = readStart(file);
  } catch (cause) {
    throw new UsageError("--token-file: can't read the file", {
      path,
      cause,
      hint: "Check the path. `pls serve init` makes a token file.",
    });
  }
  if (platform().hasModes && mode !== null && (mode & OPEN_TO_OTHERS) !== 0) {
    throw new UsageError("--token-file: others than its owner may read or write the file", {
      path,
      hint: `Run \`chmod 600 ${path}\`, and make a new token if others may have seen this one.`,
    });
  }
  return checkToken(text, "--token-file", path);
}

function readStart(file: Deno.FsFile): string {
  const bytes = new Uint8Array(TOKEN_FILE_BYTES_MAX);
  let length = 0;
  while (length < bytes.length) {
    // A pipe gives its content in parts.
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/**
 * Returns `text` without the blanks and line ends around it.
 *
 * @throws {UsageError} when nothing is left, or no HTTP header can carry it.
 */
export function checkToken(text: string, flag: string, path?: string): string {
  const token = text.trim();
  if (token === "") {
    throw new UsageError(`${flag}: there is no token in it`, {
      path,
      hint: "Use a long random text. `pls serve init` makes one.",
    });
  }
  if (!PRINTABLE_ASCII.test(token)) {
    throw new UsageError(
      `${flag}: the token has blanks, or characters that no HTTP header can carry`,
      {
        path,
        hint:
          "Use printable ASCII without blanks, on a single line. `pls serve init` makes such a token.",
      },
    );
  }
  return token;
}
