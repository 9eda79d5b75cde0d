/**
 * Asking a process that uses a mesh.
 *
 * @module
 */

import type { Child } from "../process/child.ts";
import type { Task } from "./mesh_process.ts";

/** Asks a process, and waits for its answer. */
export async function ask<Answer>(child: Child, task: Task): Promise<Answer> {
  const before = child.stdout.lines.length;
  await child.send(JSON.stringify(task));
  await child.stdout.until(
    () => child.stdout.lines.length > before,
    `answer to ${task[0]}; ${child.stderr.text}`,
  );
  return JSON.parse(child.stdout.lines[before]);
}
