/**
 * The test files there are.
 *
 * @module
 */

import { isTestFile } from "./lanes.ts";

/** The test files in `folder` of the project at `root` and below, in order, as paths from there. */
export function testFiles(root: string, folder: string): string[] {
  return Array.from(Deno.readDirSync(`${root}/${folder}`), ({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? testFiles(root, path) : isTestFile(path) ? [path] : [];
  }).flat().toSorted();
}
