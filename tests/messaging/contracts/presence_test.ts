/**
 * Heartbeats, how alive their senders are, and the table and JSON of `who`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  decodeHeartbeat,
  encodeHeartbeat,
  filterWho,
  type Heartbeat,
  liveness,
  printWho,
  printWhoJson,
  type WhoEntry,
  whoRows,
} from "../../../messaging/contracts/mod.ts";

const NOW_MS = Date.UTC(2031, 2, 4, 5, 6, 7);

const BEAT: Heartbeat = {
  ts: "2031-03-04T05:06:00Z",
  seq: 121,
  harness: "claude",
  model: "opus",
  hostname: "quay-01",
  os: "linux",
  arch: "amd64",
  pid: 4242,
  pls_version: "0.1.0",
  started_at: "2031-03-04T03:06:00Z",
  interval_sec: 60,
};

const NINA: WhoEntry = {
  handle: "nina",
  owner: "ravi",
  payload: encodeHeartbeat(BEAT),
  arrived_at: "2031-03-04T05:06:00.5Z",
};

const OTTO: WhoEntry = {
  handle: "otto",
  payload: encodeHeartbeat({
    ...BEAT,
    harness: "",
    model: "",
    hostname: "quay-02",
    os: "darwin",
    arch: "arm64",
    started_at: "2031-03-04T05:01:00Z",
  }),
  arrived_at: "2031-03-04T05:04:30Z",
};

const EMPTY: Heartbeat = {
  ts: "",
  seq: 0,
  harness: "",
  model: "",
  hostname: "",
  os: "",
  arch: "",
  pid: 0,
  pls_version: "",
  started_at: "",
  interval_sec: 0,
};

Deno.test("a heartbeat has its eleven members in order, the empty ones as well", () => {
  assertEquals(
    encodeHeartbeat({ ...BEAT, harness: "", model: "<m>" }),
    '{"ts":"2031-03-04T05:06:00Z","seq":121,"harness":"","model":"\\u003cm\\u003e",' +
      '"hostname":"quay-01","os":"linux","arch":"amd64","pid":4242,"pls_version":"0.1.0",' +
      '"started_at":"2031-03-04T03:06:00Z","interval_sec":60}',
  );
  const { ts, ...others } = BEAT;
  assertEquals(encodeHeartbeat({ ...others, ts }), encodeHeartbeat(BEAT));
  assertEquals(decodeHeartbeat(encodeHeartbeat(BEAT)), BEAT);
});

Deno.test("what a heartbeat does not say is empty", () => {
  for (const payload of ["", "{", "[]", "null", "7", "{}", '{"seq":"1","ts":2}']) {
    assertEquals(decodeHeartbeat(payload), EMPTY);
  }
  assertEquals(decodeHeartbeat('{"ppz_version":"1.4.0"}').pls_version, "1.4.0");
  assertEquals(decodeHeartbeat('{"ppz_version":"1.4.0","pls_version":"2"}').pls_version, "2");
});

Deno.test("a source is online for one and a half intervals, and stale for three", () => {
  const said: [number | undefined, number, string][] = [
    [undefined, 60, "offline"],
    [-1, 60, "online"],
    [0, 60, "online"],
    [89_000, 60, "online"],
    [89_999, 60, "online"],
    [90_000, 60, "stale"],
    [179_000, 60, "stale"],
    [179_999, 60, "stale"],
    [180_000, 60, "offline"],
    [14_999, 10, "online"],
    [15_000, 10, "stale"],
    [30_000, 10, "offline"],
    [89_999, 0, "online"],
    [90_000, -5, "stale"],
    [90_000, NaN, "stale"],
  ];
  for (const [ageMs, intervalSec, status] of said) {
    assertEquals(liveness(ageMs, intervalSec), status, `${ageMs} ms of ${intervalSec} s`);
  }
});

Deno.test("the table of who", () => {
  assertEquals(
    printWho(whoRows([NINA, OTTO], NOW_MS), { nowMs: NOW_MS }),
    `\
HANDLE  STATUS  HARNESS  MODEL  HOST     OS/ARCH       CREATED        OWNER
nina    online  claude   opus   quay-01  linux/amd64   2 hours ago    ravi
otto    stale   -        -      quay-02  darwin/arm64  5 minutes ago  -
`,
  );
});

Deno.test("colours are around the status and do not move anything", () => {
  const gone = { ...NINA, handle: "a-very-long-handle", arrived_at: "2031-03-04T04:00:00Z" };
  assertEquals(
    printWho(whoRows([NINA, OTTO, gone], NOW_MS), { nowMs: NOW_MS, color: true }),
    `\
HANDLE              STATUS   HARNESS  MODEL  HOST     OS/ARCH       CREATED        OWNER
nina                \x1b[32monline\x1b[0m   claude   opus   quay-01  linux/amd64   2 hours ago    ravi
otto                \x1b[33mstale\x1b[0m    -        -      quay-02  darwin/arm64  5 minutes ago  -
a-very-long-handle  \x1b[31moffline\x1b[0m  claude   opus   quay-01  linux/amd64   2 hours ago    ravi
`,
  );
});

Deno.test("without rows, the table is its header", () => {
  assertEquals(
    printWho([], { nowMs: NOW_MS }),
    "HANDLE  STATUS  HARNESS  MODEL  HOST  OS/ARCH  CREATED  OWNER\n",
  );
});

Deno.test("cells that are missing are dashes, and a system can be without architecture", () => {
  const odd = { handle: "x", payload: "no JSON", arrived_at: "2031-03-04T05:06:07Z" };
  const bare = { ...odd, handle: "y", payload: '{"os":"plan9","hostname":"glück"}' };
  assertEquals(
    printWho(whoRows([odd, bare], NOW_MS), { nowMs: NOW_MS }),
    `\
HANDLE  STATUS  HARNESS  MODEL  HOST   OS/ARCH  CREATED  OWNER
x       online  -        -      -      -        -        -
y       online  -        -      glück  plan9    -        -
`,
  );
});

Deno.test("the JSON of who", () => {
  assertEquals(
    printWhoJson(whoRows([NINA], NOW_MS)),
    `\
[
  {
    "handle": "nina",
    "status": "online",
    "owner": "ravi",
    "arrived_at": "2031-03-04T05:06:00.5Z",
    "heartbeat": {
      "ts": "2031-03-04T05:06:00Z",
      "seq": 121,
      "harness": "claude",
      "model": "opus",
      "hostname": "quay-01",
      "os": "linux",
      "arch": "amd64",
      "pid": 4242,
      "pls_version": "0.1.0",
      "started_at": "2031-03-04T03:06:00Z",
      "interval_sec": 60
    }
  }
]
`,
  );
  assertEquals(printWhoJson([]), "[]\n");
  assertEquals(JSON.parse(printWhoJson(whoRows([OTTO], NOW_MS)))[0].owner, "");
});

Deno.test("filters: statuses are ORed, harness and owner are ANDed, and the order stays", () => {
  const rows = whoRows([OTTO, NINA, { ...NINA, handle: "zoe", owner: "mae" }], NOW_MS);
  const handles = (filter: Parameters<typeof filterWho>[1]) =>
    filterWho(rows, filter).map(({ handle }) => handle);
  assertEquals(handles({}), ["otto", "nina", "zoe"]);
  assertEquals(handles({ statuses: ["online"] }), ["nina", "zoe"]);
  assertEquals(handles({ statuses: ["online", "stale"] }), ["otto", "nina", "zoe"]);
  assertEquals(handles({ statuses: ["offline"] }), []);
  assertEquals(handles({ harness: "claude" }), ["nina", "zoe"]);
  assertEquals(handles({ harness: "claud" }), []);
  assertEquals(handles({ owner: "ravi" }), ["nina"]);
  assertEquals(handles({ statuses: ["stale"], owner: "ravi" }), []);
  assertEquals(handles({ owner: "" }), ["otto"]);
});
