/**
 * What the commands for pools promise.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Client } from "@plasmite/pool";
import { jsonLines } from "../cli/pls.ts";
import type { Promises } from "./act.ts";
import type { Pls } from "./pls.ts";

/** A pool `work` with the messages 1, 2 and 3. */
function fill(pls: Pls): void {
  using client = new Client({ dir: pls.pools });
  client.pool("work").appendMany([1, 2, 3].map((n) => ({ data: { n } })));
}

/** Changes a byte of the second message. */
function damage(pls: Pls): void {
  const path = `${pls.pools}/work.plasmite`;
  const bytes = Deno.readFileSync(path);
  const at = new TextDecoder("latin1").decode(bytes).indexOf('{"n":2}');
  bytes[at + 5] ^= 1;
  Deno.writeFileSync(path, bytes);
}

/** Promises of commands for pools. */
export const POOLS: Promises = {
  "pool create": {
    "makes pools of a size, and no second one of a name": async (pls) => {
      const stdout = await pls.done("pool", "create", "a", "b", "--size", "64K", "--json");
      const { created } = JSON.parse(stdout);
      assertEquals(created.map(({ file_size }: { file_size: number }) => file_size), [
        65536,
        65536,
      ]);
      assertEquals(created[0].path, `${pls.pools}/a.plasmite`);
      assertEquals((await pls.pls("pool", "create", "a")).code, 4);
    },
  },
  "pool list": {
    "lists pools with those that are none": async (pls) => {
      fill(pls);
      Deno.writeTextFileSync(`${pls.pools}/bad.plasmite`, "x".repeat(9999));
      const { pools } = JSON.parse(await pls.done("pool", "list", "--json"));
      assertEquals(pools.map(({ name }: { name: string }) => name), ["bad", "work"]);
      assertEquals(pools[0].error.error.kind, "Corrupt");
      assertStringIncludes(await pls.done("pool", "list"), "work");
    },
  },
  "pool info": {
    "tells which messages there are": async (pls) => {
      fill(pls);
      const info = JSON.parse(await pls.done("pool", "info", "work", "--json"));
      assertEquals([info.name, info.bounds], ["work", { oldest: 1, newest: 3 }]);
      assertStringIncludes(await pls.done("pool", "info", "work"), "Pool: work\n");
    },
  },
  "pool export": {
    "prints every envelope": async (pls) => {
      fill(pls);
      const lines = await pls.done("pool", "export", "work");
      assertEquals(lines, await pls.done("follow", "work", "-n", "9", "--replay", "0", "--jsonl"));
    },
  },
  "pool import": {
    "makes the same pool of what was exported": async (pls) => {
      fill(pls);
      const exported = await pls.done("pool", "export", "work");
      await pls.piped(exported, "pool", "import", "copy", "--create", "--size", "2M");
      assertEquals(await pls.done("pool", "export", "copy"), exported);
    },
  },
  "pool delete": {
    "deletes pools": async (pls) => {
      fill(pls);
      const { deleted } = JSON.parse(await pls.done("pool", "delete", "work", "--json"));
      assertEquals(deleted.length, 1);
      assertEquals([...Deno.readDirSync(pls.pools)], []);
      assertEquals((await pls.pls("pool", "delete", "work")).code, 3);
    },
  },
  bridge: {
    "copies to another pool, and goes on where it left off": async (pls) => {
      fill(pls);
      const copy = async () => JSON.parse(await pls.done("bridge", "work", "copy", "--once"));
      await pls.done("pool", "create", "copy");
      assertEquals((await copy()).bridged.copied, 3);
      await pls.done("feed", "work", '{"n":4}');
      const { copied, first_seq: firstSeq } = (await copy()).bridged;
      assertEquals([copied, firstSeq], [1, 4]);
      const lines = jsonLines(await pls.done("pool", "export", "copy"));
      assertEquals(lines.map(({ data }) => data.n), [1, 2, 3, 4]);
    },
    "copies from and to a server": async (pls) => {
      fill(pls);
      const { url, process } = await pls.serve();
      for (const ends of [[`${url}/work`, "copy"], ["copy", `${url}/back`]]) {
        await pls.done("pool", "create", ends[1]);
        assertEquals(JSON.parse(await pls.done("bridge", ...ends, "--once")).bridged.copied, 3);
      }
      await process.end();
    },
  },
  doctor: {
    "finds damage, and repairs it": async (pls) => {
      fill(pls);
      assertEquals(await pls.done("doctor", "work"), "OK: work\n");
      damage(pls);
      assertEquals((await pls.pls("doctor", "--all", "--json")).code, 7);
      await pls.pls("doctor", "work", "--repair");
      assertEquals(await pls.done("doctor", "work"), "OK: work\n");
      const { stdout, stderr } = await pls.pls("pool", "export", "work");
      assertEquals(jsonLines(stdout).map(({ data }) => data), [{ n: 1 }, { n: 3 }]);
      assertEquals(JSON.parse(stderr).notice.details.first_missing_seq, 2);
    },
  },
};
