/**
 * Removing what may not be there.
 *
 * @module
 */

/** Removes the file or the whole folder at `path`, if there is one. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
