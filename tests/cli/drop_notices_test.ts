import { assertEquals } from "@std/assert";
import type { Gap } from "../../pool/mod.ts";
import { DropNotices } from "../../cli/drop_notices.ts";
import { Screen } from "../../cli/screen.ts";

const POOL = { name: "jobs", path: "/srv/jobs.plasmite" };

function gap(fromSeq: number, toSeq: number): Gap {
  return { fromSeq, toSeq, count: toSeq - fromSeq + 1, reason: "retention" };
}

/** Lines written so far by notices of `gaps` on a screen of this kind. */
function notices(isTerminal: boolean): { notices: DropNotices; lines: string[] } {
  const lines: string[] = [];
  const writeSync = (bytes: Uint8Array) => {
    lines.push(new TextDecoder().decode(bytes));
    return bytes.length;
  };
  const screen = new Screen({ writeSync }, { isTerminal, colorChoice: "never", noColor: true });
  return { notices: new DropNotices(screen, POOL), lines };
}

Deno.test("the first drop is told at once, in the keys scripts know", () => {
  const { notices: drops, lines } = notices(false);
  drops.add(gap(11, 15));
  const { notice } = JSON.parse(lines[0]);
  drops.close();
  assertEquals(lines.length, 1);
  assertEquals(notice.details, {
    last_seen_seq: 10,
    next_seen_seq: 16,
    dropped_count: 5,
    pool_path: "/srv/jobs.plasmite",
  });
  assertEquals([notice.kind, notice.cmd, notice.pool], ["drop", "follow", "jobs"]);
  assertEquals(new Date(notice.time).toISOString(), notice.time);
});

Deno.test("drops soon after are told together, each message counted once", () => {
  const { notices: drops, lines } = notices(false);
  drops.add(gap(1, 1));
  drops.add(gap(11, 15));
  drops.add(gap(21, 22));
  assertEquals(lines.length, 1);
  drops.close();
  assertEquals(JSON.parse(lines[1]).notice.details, {
    last_seen_seq: 10,
    next_seen_seq: 23,
    dropped_count: 7,
    pool_path: "/srv/jobs.plasmite",
  });
});

Deno.test("a person reads one sentence", () => {
  const { notices: drops, lines } = notices(true);
  drops.add(gap(11, 15));
  drops.close();
  assertEquals(lines, [
    "notice: 5 messages between 10 and 16 gone before they could be read (pool jobs)\n",
  ]);
});
