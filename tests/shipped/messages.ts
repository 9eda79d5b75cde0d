/**
 * What the commands for messages promise: feed, follow, fetch, duplex and tap.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Client } from "@plasmite/pool";
import { jsonLines } from "../cli/pls.ts";
import type { Promises } from "./act.ts";
import type { Pls } from "./pls.ts";

const ALL = ["--since", "1d", "--replay", "0", "--jsonl"];

/** The data of all messages in the pool `work`. */
async function dataIn(pls: Pls): Promise<unknown[]> {
  return jsonLines(await pls.done("follow", "work", ...ALL)).map(({ data }) => data);
}

/** A pool `work` with the messages 1 to `count`; every second is tagged `even`. */
function fill(pls: Pls, count: number): void {
  using client = new Client({ dir: pls.pools });
  const pool = client.pool("work");
  for (let n = 1; n <= count; n++) pool.append({ n }, n % 2 === 0 ? ["even"] : []);
}

/** Promises of commands for messages. */
export const MESSAGES: Promises = {
  feed: {
    "appends an argument, and tells its seq": async (pls) => {
      const receipt = JSON.parse(
        await pls.done("feed", "work", '{"big":12345678901234567890}', "--create", "--tag", "a"),
      );
      assertEquals([receipt.seq, receipt.meta], [1, { tags: ["a"] }]);
      const line = await pls.done("follow", "work", ...ALL);
      assertMatch(line, /"data":\{"big":12345678901234567890\}\}\n$/);
    },
    "reads every format": async (pls) => {
      await pls.done("pool", "create", "work");
      await pls.piped('{"n":1}\n{"n":2}\n', "feed", "work");
      await pls.piped('{\n "n": 3\n}', "feed", "work", "--in", "json");
      await pls.piped("\x1e4\n\x1e5\n", "feed", "work", "--in", "seq");
      await pls.piped('6 {"n":\n7}', "feed", "work", "--in", "jq");
      await pls.piped("data: 8\n\ndata: 9\n\n", "feed", "work");
      Deno.writeTextFileSync(`${pls.dir}/in.jsonl`, "10\n");
      await pls.done("feed", "work", "--file", "in.jsonl", "--durability", "flush");
      const expected = [{ n: 1 }, { n: 2 }, { n: 3 }, 4, 5, 6, { n: 7 }, 8, 9, 10];
      assertEquals(await dataIn(pls), expected);
    },
    "loses nothing when two processes feed at once": async (pls) => {
      await pls.done("pool", "create", "work");
      const lines = (name: string) => Array.from({ length: 500 }, (_, i) => `"${name}${i}"\n`);
      const inputs = [lines("a"), lines("b")];
      await Promise.all(inputs.map((input) => pls.piped(input.join(""), "feed", "work")));
      const data = await dataIn(pls);
      const expected = inputs.flat().map((line) => JSON.parse(line));
      assertEquals(data.toSorted(), expected.toSorted());
    },
    "tells in one line what is wrong": async (pls) => {
      const missing = await pls.failed(3, "feed", "none", "1");
      assertEquals(missing.kind, "NotFound");
      const { kind, hint } = await pls.failed(2, "feed", "work", "{a:1}");
      assertEquals(kind, "Usage");
      assert(hint !== "");
      assertEquals((await pls.failed(8, "feed", "none", "--create", "-f", "none")).kind, "Io");
    },
  },
  follow: {
    "selects by number, tag, age and jq": async (pls) => {
      fill(pls, 4);
      const selected = async (...flags: string[]) => {
        const stdout = await pls.done("follow", "work", "--jsonl", "--replay", "0", ...flags);
        return jsonLines(stdout).map(({ seq }) => seq);
      };
      assertEquals(await selected("--tail", "2"), [3, 4]);
      assertEquals(await selected("--since", "1h", "--tag", "even"), [2, 4]);
      assertEquals(await selected("--since", "1h", "--where", ".data.n % 2 == 1"), [1, 3]);
      assertEquals((await pls.failed(2, "follow", "work", "--where", ".a ==")).kind, "Usage");
    },
    "prints the envelope to people, and data alone": async (pls) => {
      fill(pls, 1);
      const shown = await pls.done("follow", "work", "--tail", "1", "--one");
      assertMatch(shown, /^\{\n {2}"seq": 1,\n/);
      const flags = ["--tail", "1", "--one", "--data-only", "--format", "jsonl"];
      assertEquals(await pls.done("follow", "work", ...flags), '{"n":1}\n');
    },
    "prints what another process appends, as it is appended": async (pls) => {
      fill(pls, 1);
      const follower = pls.start("follow", "work", "--tail", "1", "--jsonl");
      for (const n of [1, 2, 3]) {
        assertEquals(JSON.parse(await follower.stdout.next() ?? "").data, { n });
        await pls.done("feed", "work", `{"n":${n + 1}}`);
      }
    },
    "ends in silence when nobody reads on": async (pls) => {
      fill(pls, 1);
      const follower = pls.start("follow", "work", "--tail", "1", "--jsonl");
      assert(await follower.stdout.next() !== undefined);
      await follower.stdout.close();
      await pls.done("feed", "work", "2");
      assertEquals((await follower.status()).code, 0);
      assertEquals(await follower.stderr.next(), undefined);
    },
    "makes the pool, and ends with 124 when nothing comes": async (pls) => {
      const { code, stderr } = await pls.pls("follow", "new", "--create", "--timeout", "50ms");
      assertEquals([code, stderr], [124, ""]);
      await pls.done("pool", "info", "new");
    },
  },
  fetch: {
    "prints one message, or that it is not there": async (pls) => {
      fill(pls, 2);
      assertEquals(JSON.parse(await pls.done("fetch", "work", "2")).data, { n: 2 });
      assertEquals((await pls.failed(3, "fetch", "work", "3")).kind, "NotFound");
    },
  },
  duplex: {
    "sends and receives, and does not show what it sent": async (pls) => {
      fill(pls, 1);
      const ana = pls.start("duplex", "work", "--me", "ana", "--jsonl", "--tail", "1");
      assertEquals(JSON.parse(await ana.stdout.next() ?? "").data, { n: 1 });
      await ana.type('{"from":"ana","msg":"hi"}\n');
      const flags = ["--since", "1d", "--one", "--jsonl", "--where", '.data.from == "ana"'];
      assertEquals(JSON.parse(await pls.done("follow", "work", ...flags)).data.msg, "hi");
      await pls.piped('{"from":"bob","msg":"hello"}\n', "duplex", "work", "--me", "bob");
      assertEquals(JSON.parse(await ana.stdout.next() ?? "").data.from, "bob");
    },
  },
  tap: {
    "records a command, passes its output on, and exits as it does": async (pls) => {
      const line = "echo out; echo err >&2; exit 3";
      const outcome = await pls.pls("tap", "work", "--create", "--", "sh", "-c", line);
      assertEquals(outcome, { code: 3, stdout: "out\n", stderr: "err\n" });
      const [start, ...rest] = await dataIn(pls) as Record<string, unknown>[];
      assertEquals(start, { kind: "start", cmd: ["sh", "-c", line] });
      assertEquals(rest.map(({ line }) => line).filter(Boolean).sort(), ["err", "out"]);
      assertEquals([rest.at(-1)?.kind, rest.at(-1)?.code], ["exit", 3]);
    },
    "shows the command the whole environment, and the home": async (pls) => {
      const args = ["tap", "work", "--create", "--", "sh", "-c", 'echo "$SECRET $HOME"'];
      const { stdout } = await pls.call(args, { env: { SECRET: "seen" } });
      assertEquals(stdout, `seen ${pls.dir}\n`);
    },
    "hands signals on": async (pls) => {
      // `sleep` is waited for in the background: a shell runs no trap meanwhile.
      const script = 'trap "exit 5" TERM; sleep 60 >/dev/null 2>&1 & echo ready; wait';
      const tap = pls.start("tap", "work", "--create", "--", "sh", "-c", script);
      assertEquals(await tap.stdout.next(), "ready");
      tap.signal("SIGTERM");
      assertEquals((await tap.status()).code, 5);
    },
    "says when there is no such command": async (pls) => {
      const error = await pls.failed(2, "tap", "work", "--create", "--", "no-such-command");
      assertEquals(error.kind, "Usage");
    },
  },
};
