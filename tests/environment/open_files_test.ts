/**
 * Too many open files: what needs one more fails with a hint at that, what is open goes on,
 * and everything works once files were closed.
 *
 * @module
 */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { IoError } from "@plasmite/pool";
import { Place } from "../cli/pls.ts";
import { ScratchClient } from "../pool/scratch.ts";
import { replaced, systemError } from "./replaced.ts";
import { quoted, reasonNotToRun, shell, testUnless } from "./shell.ts";

const FAILURES = ["openSync", "readDirSync"] as const;

for (const failing of FAILURES) {
  Deno.test(`too many open files: ${failing} fails, and nothing is half done`, () => {
    using client = new ScratchClient();
    using pool = client.pool("work");
    pool.append(1);
    const tooMany = (): never => {
      throw systemError("EMFILE", "Too many open files (os error 24)");
    };
    using other = client.openPool("work");
    {
      using _ = replaced(Deno, failing, tooMany);
      const actions = {
        openSync: [
          () => client.openPool("work"),
          () => client.createPool("new"),
          () => other.append(2),
          () => client.deletePool("work"),
        ],
        readDirSync: [() => client.listPools()],
      }[failing];
      for (const action of actions) {
        assertMatch(assertThrows(action, IoError).hint!, /open files|ulimit/);
      }
      assertEquals(pool.get(1).data, 1);
      assertEquals(pool.append(2).seq, 2);
    }
    assertEquals(other.append(3).seq, 3);
    const names = Array.from(Deno.readDirSync(client.dir), ({ name }) => name);
    // On Windows it has a lock file.
    assertEquals(names.filter((name) => !name.endsWith(".lock")), ["work.plasmite"]);
  });
}

testUnless(
  reasonNotToRun("sh -c 'ulimit -n 64'"),
  "a process that has used up its files reads and follows what it has open, and goes on later",
  async () => {
    await using place = new Place();
    const script = quoted(new URL("open_files.ts", import.meta.url).pathname);
    const line = `ulimit -n 64; exec "$deno" run --quiet --allow-all ${script} pools`;
    const { code, stdout, stderr } = await shell(place, line);
    assertEquals([code, stderr, stdout], [0, "", "done\n"]);
  },
);
