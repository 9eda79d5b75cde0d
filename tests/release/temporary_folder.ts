/**
 * A folder for one test.
 *
 * @module
 */

/** A folder that is removed with all that is in it when its `using` block ends. */
export class TemporaryFolder implements Disposable {
  /** Where it is. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "pls-release-" });

  /** Removes it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
