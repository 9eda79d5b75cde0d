/**
 * Uses up the open files of its process, whose limit must be low, and uses pools then:
 * `open_files.ts DIRECTORY`. Prints `done` when everything was as it should be.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Client, IoError } from "@plasmite/pool";
import { diagnosePool } from "../../pool/maintenance.ts";

/** Opens files until there are no more, and returns them. */
function useUp(path: string): Deno.FsFile[] {
  const files: Deno.FsFile[] = [];
  try {
    while (files.length < 10_000) files.push(Deno.openSync(path));
  } catch {
    return files;
  }
  throw new Error("the limit on open files is too high");
}

if (import.meta.main) {
  using client = new Client({ dir: Deno.args[0] });
  using pool = client.pool("work");
  using reader = client.openPool("work");
  pool.append(1);
  // Compiling a module opens files, too.
  assertEquals(diagnosePool(pool.path).issues, []);
  const tail = reader.tail();
  assertEquals((await tail.next()).value.data, 1);
  const files = useUp(pool.path);
  const next = tail.next();
  const actions = [
    () => client.openPool("work"),
    () => client.createPool("new"),
    () => client.deletePool("work"),
    () => client.listPools(),
    () => reader.append("no writer yet"),
  ];
  for (const action of actions) assert(assertThrows(action, IoError).hint !== undefined);
  assertEquals(pool.append(2).seq, 2);
  assertEquals((await next).value.data, 2);
  assertEquals(reader.get(1).data, 1);
  for (const file of files) file.close();
  assertEquals(reader.append(3).seq, 3);
  assertEquals((await tail.next()).value.data, 3);
  await tail.return!();
  assertEquals(Array.from(Deno.readDirSync(client.dir), ({ name }) => name), ["work.plasmite"]);
  assertEquals(diagnosePool(pool.path).issues, []);
  console.log("done");
}
