/**
 * SHA-256 sums, and the list of them that `sha256sum --check` reads.
 *
 * @module
 */

/** The sum of one file. */
export interface Sum {
  /** The file's name, without a folder. */
  readonly name: string;
  /** Its SHA-256, as 64 hexadecimal digits. */
  readonly sha256: string;
}

/** The SHA-256 of `bytes`, as 64 hexadecimal digits. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The list as `sha256sum` prints it, by name. */
export function formatSums(sums: readonly Sum[]): string {
  const byName = sums.toSorted((a, b) => a.name < b.name ? -1 : 1);
  return byName.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
}

/**
 * Reads such a list.
 *
 * @throws {SyntaxError} when a line is not a sum and a name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const list = `${"ab".repeat(32)}  pls.tar.gz\n`;
 * assertEquals(parseSums(list), [{ name: "pls.tar.gz", sha256: "ab".repeat(32) }]);
 * assertEquals(formatSums(parseSums(list)), list);
 * ```
 */
export function parseSums(text: string): Sum[] {
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const [, sha256, name] = line.match(/^([0-9a-f]{64}) [ *]([^/]+)$/) ?? [];
    if (name === undefined) throw new SyntaxError(`not a sum and a name: ${line}`);
    return { name, sha256 };
  });
}
