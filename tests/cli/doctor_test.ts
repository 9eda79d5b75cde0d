import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { reportForPeople, reportLine } from "../../cli/doctor.ts";
import { percentOf, ProgressLine } from "../../cli/progress_line.ts";
import { Screen } from "../../cli/screen.ts";
import type { PoolDiagnosis } from "../../pool/mod.ts";
import { errorOf, Place } from "./pls.ts";

/** Changes the bytes of a message that holds `text`. */
function spoilMessage(place: Place, name: string, text: string): void {
  const path = `${place.pools}/${name}.plasmite`;
  const bytes = Deno.readFileSync(path);
  const offset = new TextDecoder("latin1").decode(bytes).indexOf(text);
  bytes[offset] ^= 1;
  Deno.writeFileSync(path, bytes);
}

async function poolOfThree(place: Place, name: string): Promise<void> {
  const stdin = '"first"\n"second"\n"third"\n';
  assertEquals((await place.call(["feed", name, "--create"], { stdin })).code, 0);
}

Deno.test("doctor --json on a healthy pool has every key", async () => {
  await using place = new Place();
  await poolOfThree(place, "jobs");
  assertEquals(JSON.parse(await place.done("doctor", "jobs", "--json")), {
    reports: [{
      issue_count: 0,
      issues: [],
      last_good_seq: 3,
      path: `${place.pools}/jobs.plasmite`,
      pool_ref: "jobs",
      remediation_hints: [],
      snapshot_path: null,
      status: "ok",
      repair: null,
    }],
  });
});

Deno.test("doctor exits with 7 for a damaged message, and names it", async () => {
  await using place = new Place();
  await poolOfThree(place, "jobs");
  spoilMessage(place, "jobs", "second");
  const { code, stdout, stderr } = await place.pls("doctor", "jobs", "--json");
  assertEquals([code, stderr], [7, ""]);
  const { reports: [{ issues: [issue], ...report }] } = JSON.parse(stdout);
  assertEquals([issue.code, issue.seq, issue.offset], ["corrupt", 2, 40]);
  assertEquals([report.status, report.issue_count, report.last_good_seq], ["corrupt", 1, 1]);
  assertStringIncludes(report.remediation_hints[0], "pls doctor jobs --repair");
  const text = await place.pls("doctor", "jobs");
  assertMatch(text.stdout, /^CORRUPT: jobs last_good_seq=1 issue=message 2 is damaged.*\n$/);
});

Deno.test("doctor --repair keeps the rest and a copy, and says so", async () => {
  await using place = new Place();
  await poolOfThree(place, "jobs");
  spoilMessage(place, "jobs", "second");
  const { reports: [report] } = JSON.parse(
    await place.done("doctor", "jobs", "--repair", "--json"),
  );
  const { kept_count, lost_count, lost, issue_count } = report.repair;
  assertEquals([report.status, kept_count, lost_count, issue_count], ["ok", 2, 1, 1]);
  assertEquals(lost, [{ from_seq: 2, to_seq: 2 }]);
  assertEquals(Deno.statSync(report.snapshot_path).isFile, true);
  assertEquals(JSON.parse(await place.done("fetch", "jobs", "3")).data, "third");
  assertMatch(await place.done("feed", "jobs", "4"), /^\{"seq":4,/);
  assertEquals(await place.done("doctor", "jobs", "--repair"), "OK: jobs\n");
});

Deno.test("doctor --all reports every pool by its path, and no other file", async () => {
  await using place = new Place();
  await poolOfThree(place, "b");
  Deno.writeTextFileSync(`${place.pools}/a.plasmite`, "");
  const upstream = new Uint8Array(8192);
  upstream.set([0x50, 0x4c, 0x53, 0x4d, 3]);
  Deno.writeFileSync(`${place.pools}/c.plasmite`, upstream);
  Deno.writeTextFileSync(`${place.pools}/notes.txt`, "");
  const { code, stdout } = await place.pls("doctor", "--all", "--json");
  assertEquals(code, 7);
  const { reports } = JSON.parse(stdout);
  assertEquals(
    reports.map((report: { pool_ref: string; issues: { code: string }[] }) => [
      report.pool_ref,
      report.issues.map((issue) => issue.code),
    ]),
    [
      [`${place.pools}/a.plasmite`, ["corrupt"]],
      [`${place.pools}/b.plasmite`, []],
      [`${place.pools}/c.plasmite`, ["format"]],
    ],
  );
});

Deno.test("doctor --all with no pools, and without a directory", async () => {
  await using place = new Place();
  const missing = await place.pls("doctor", "--all");
  assertEquals([missing.code, errorOf(missing.stderr).kind], [3, "NotFound"]);
  Deno.mkdirSync(place.pools);
  assertEquals(await place.done("doctor", "--all"), "No pools found.\n");
  assertEquals(await place.done("doctor", "--all", "--json"), '{"reports":[]}\n');
});

Deno.test("doctor needs either a pool or --all, and the pool must be there", async () => {
  await using place = new Place();
  for (const args of [["jobs", "--all"], ["--json"]]) {
    const { code, stderr } = await place.pls("doctor", ...args);
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"], args.join(" "));
  }
  const missing = await place.pls("doctor", "jobs");
  assertEquals([missing.code, errorOf(missing.stderr).kind], [3, "NotFound"]);
  const bare = await place.pls("doctor");
  assertEquals([bare.code, bare.stdout], [2, ""]);
  assertMatch(bare.stderr, /^Usage: pls doctor /m);
});

Deno.test("a file that can't be repaired stays as it is and is reported", async () => {
  await using place = new Place();
  Deno.mkdirSync(place.pools);
  const path = `${place.pools}/junk.plasmite`;
  Deno.writeTextFileSync(path, "junk".repeat(3000));
  const { code, stdout } = await place.pls("doctor", "junk", "--repair", "--json");
  const { reports: [report] } = JSON.parse(stdout);
  assertEquals([code, report.snapshot_path], [7, null]);
  assertStringIncludes(report.remediation_hints[0], "can't be repaired");
  assertEquals(Deno.readTextFileSync(path), "junk".repeat(3000));
});

const DAMAGED: PoolDiagnosis = {
  path: "/p/jobs.plasmite",
  status: "corrupt",
  issues: [{ code: "corrupt", message: "bad\nnews", seq: 3 }],
  issueCount: 2,
  warnings: ["odd"],
};

Deno.test("people read all that is wrong, and what to do", () => {
  assertEquals(
    reportForPeople({ ref: "jobs", diagnosis: DAMAGED }),
    "jobs is damaged: 2 issues\n  - bad\\u000anews\n  - and 1 more\n" +
      "  Run `pls doctor jobs --repair` to keep every intact message.\n" +
      "  Only the first 1 issues are listed.\n  warning: odd\n",
  );
});

Deno.test("a line about a pool never breaks", () => {
  const line = reportLine({ ref: "a\nb", diagnosis: DAMAGED });
  assertEquals(line, "CORRUPT: a\\u000ab issue=bad\\u000anews\n");
});

Deno.test("progress is shown to people only, when it takes a while, and removed", () => {
  for (const isTerminal of [true, false]) {
    let text = "";
    const sink = {
      writeSync: (bytes: Uint8Array) => {
        text += new TextDecoder().decode(bytes);
        return bytes.length;
      },
    };
    const screen = new Screen(sink, { isTerminal, colorChoice: "never", noColor: true });
    let nowMs = 0;
    {
      using line = new ProgressLine(screen, percentOf("checking jobs"), () => nowMs);
      line.update(1, 8);
      nowMs = 1000;
      line.update(4, 8);
      line.update(5, 8);
    }
    assertEquals(text, isTerminal ? "checking jobs: 50%\r\x1b[K" : "");
  }
});
