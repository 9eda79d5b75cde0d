/**
 * Removing what may not be there.
 *
 * @module
 */

/** Removes the file or the whole folder at `path`, and says whether there was one. */
export function removeIfThere(path: string): boolean {
  try {
    Deno.removeSync(path, { recursive: true });
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}
