/**
 * What the operating system calls a failure.
 *
 * @module
 */

/**
 * The code of a failure of the system, such as `ENOSPC`; undefined for every other. Deno gives these
 * alone a code in capital letters and digits.
 */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error && "code" in thrown)) return undefined;
  const code = String(thrown.code);
  return /^E[A-Z\d]+$/.test(code) ? code : undefined;
}
