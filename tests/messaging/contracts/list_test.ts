/**
 * The table and the JSON of a listing.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type PipeInfo,
  printList,
  printListJson,
  printListJsonWithUncollared,
  printListWithUncollared,
  type Source,
  type UncollaredPipe,
} from "../../../messaging/contracts/mod.ts";

const NOW_MS = Date.UTC(2031, 2, 4, 5, 9, 8);

const INBOX: PipeInfo = {
  pipe: "inbox",
  total: 7,
  unread: 2,
  last_at: "2031-03-04T05:06:07.891Z",
  preview: "build is green",
  payload: "build is green",
};
const NINA: Source = {
  handle: "nina",
  created_by: "ravi",
  pipe_infos: [INBOX, { pipe: "stdout", total: 0, unread: 0, preview: "" }],
};
const LOBBY: UncollaredPipe = {
  manifold: "ops",
  name: "lobby",
  info: {
    pipe: "ops.lobby",
    total: 1,
    unread: 1,
    last_at: "2031-03-04T05:09:08Z",
    preview: "hello",
    payload: "hello",
    created_by: "mae",
  },
};

function table(width: number, { sources = [NINA], uncollared = [LOBBY], iso = false } = {}) {
  return printListWithUncollared(sources, uncollared, { width, nowMs: NOW_MS, iso });
}

Deno.test("a wide table", () => {
  assertEquals(
    table(200),
    `\
PIPE         UNREAD  BUFFERED  LAST            PAYLOAD         CREATOR
nina.inbox   2       7         3 minutes ago   build is green  ravi
nina.stdout  0       0         -               -               ravi
ops.lobby    1       1         just now        hello           mae
`,
  );
});

Deno.test("60 columns: LAST is not widened, PAYLOAD is cut, and its header is not", () => {
  assertEquals(
    table(60),
    `\
PIPE         UNREAD  BUFFERED  LAST           PAYLOAD  CREATOR
nina.inbox   2       7         3 minutes ago  buil…  ravi
nina.stdout  0       0         -              -      ravi
ops.lobby    1       1         just now       hello  mae
`,
  );
});

Deno.test("20 columns: no room is left for PAYLOAD, and nothing is cut", () => {
  assertEquals(
    table(20),
    `\
PIPE         UNREAD  BUFFERED  LAST           PAYLOAD         CREATOR
nina.inbox   2       7         3 minutes ago  build is green  ravi
nina.stdout  0       0         -              -               ravi
ops.lobby    1       1         just now       hello           mae
`,
  );
});

// Without PAYLOAD, the rows above take 11 + 6 + 8 + 13 + 7 and 10 between them: 55 columns.
Deno.test("a budget of 0 cuts nothing, one of 1 leaves an ellipsis", () => {
  assertEquals(table(55), table(20));
  assertEquals(
    table(56),
    `\
PIPE         UNREAD  BUFFERED  LAST           PAYLOAD  CREATOR
nina.inbox   2       7         3 minutes ago  …  ravi
nina.stdout  0       0         -              -  ravi
ops.lobby    1       1         just now       …  mae
`,
  );
});

Deno.test("PAYLOAD is cut as soon as it does not fit, and not before", () => {
  assertEquals(table(69), table(20));
  assertEquals(
    table(68),
    `\
PIPE         UNREAD  BUFFERED  LAST           PAYLOAD        CREATOR
nina.inbox   2       7         3 minutes ago  build is gre…  ravi
nina.stdout  0       0         -              -              ravi
ops.lobby    1       1         just now       hello          mae
`,
  );
});

Deno.test("LAST is widened to 14 where all fits with it, and the terminal's last column counts", () => {
  assertEquals(table(70), table(200));
  assertEquals(table(69).includes("3 minutes ago  build"), true);
});

Deno.test("LAST is never made narrower", () => {
  const sources = [{ ...NINA, pipe_infos: [{ ...INBOX, last_at: "2031-03-04T04:49:07Z" }] }];
  assertEquals(
    table(200, { sources, uncollared: [] }),
    `\
PIPE        UNREAD  BUFFERED  LAST            PAYLOAD         CREATOR
nina.inbox  2       7         20 minutes ago  build is green  ravi
`,
  );
  assertEquals(
    table(200, { sources, uncollared: [], iso: true }),
    `\
PIPE        UNREAD  BUFFERED  LAST                  PAYLOAD         CREATOR
nina.inbox  2       7         2031-03-04T04:49:07Z  build is green  ravi
`,
  );
});

Deno.test("iso shows whole seconds in UTC", () => {
  assertEquals(
    table(200, { iso: true }),
    `\
PIPE         UNREAD  BUFFERED  LAST                  PAYLOAD         CREATOR
nina.inbox   2       7         2031-03-04T05:06:07Z  build is green  ravi
nina.stdout  0       0         -                     -               ravi
ops.lobby    1       1         2031-03-04T05:09:08Z  hello           mae
`,
  );
});

Deno.test("headers alone make their columns; PAYLOAD keeps the width of its header", () => {
  const info = { pipe: "a", total: 0, unread: 0, preview: "p" };
  assertEquals(
    table(200, { sources: [], uncollared: [{ name: "a", info }] }),
    `\
PIPE  UNREAD  BUFFERED  LAST            PAYLOAD  CREATOR
a     0       0         -               p        
`,
  );
});

Deno.test("a row without a creator ends with two blanks", () => {
  const info = { pipe: "lobby", total: 0, unread: 0 };
  const [, row] = table(200, { sources: [], uncollared: [{ name: "lobby", info }] }).split("\n");
  assertEquals(row, "lobby  0       0         -               -        ");
});

Deno.test("the creator is the pipe's own, else that of the source", () => {
  const pipe_infos = [{ ...INBOX, created_by: "mae" }, INBOX];
  const lines = table(200, { sources: [{ ...NINA, pipe_infos }], uncollared: [] }).split("\n");
  assertEquals(lines.map((line) => line.split(" ").at(-1)), ["CREATOR", "mae", "ravi", ""]);
});

Deno.test("no rows are no output, no header either", () => {
  assertEquals(table(200, { sources: [], uncollared: [] }), "");
  assertEquals(table(200, { sources: [{ handle: "nina" }], uncollared: [] }), "");
  assertEquals(printList([], { width: 80, nowMs: NOW_MS }), "");
  assertEquals([printListJson([]), printListJsonWithUncollared([{ handle: "nina" }], [])], [
    "",
    "",
  ]);
});

Deno.test("rows keep the order they are given in", () => {
  const otto: Source = {
    handle: "otto",
    manifold: "z",
    pipe_infos: [{ ...INBOX, pipe: "b" }, INBOX],
  };
  const lines = table(200, { sources: [otto, NINA], uncollared: [LOBBY, LOBBY] }).split("\n");
  assertEquals(lines.map((line) => line.split(" ")[0]), [
    "PIPE",
    "z.otto.b",
    "z.otto.inbox",
    "nina.inbox",
    "nina.stdout",
    "ops.lobby",
    "ops.lobby",
    "",
  ]);
});

Deno.test("bytes make a column wide; characters are padded and cut", () => {
  const pipe_infos = [
    { ...INBOX, preview: "grün ist die Farbe", last_at: null },
    { pipe: "log", total: 0, unread: 0 },
  ];
  const sources = [{ handle: "ün", created_by: "mäe", pipe_infos }];
  // "ün.inbox" has 9 bytes and 8 characters, so its column is 9 wide. So is the payload: 19.
  assertEquals(
    table(200, { sources, uncollared: [] }),
    `\
PIPE       UNREAD  BUFFERED  LAST            PAYLOAD              CREATOR
ün.inbox   2       7         -               grün ist die Farbe   mäe
ün.log     0       0         -               -                    mäe
`,
  );
  assertEquals(
    table(48, { sources, uncollared: [] }),
    `\
PIPE       UNREAD  BUFFERED  LAST  PAYLOAD  CREATOR
ün.inbox   2       7         -     grü…  mäe
ün.log     0       0         -     -     mäe
`,
  );
});

Deno.test("JSON lines, of a source and of no source", () => {
  const mae: UncollaredPipe = {
    manifold: "ops",
    name: "lobby",
    info: { pipe: "ops.lobby", total: 0, unread: 0, created_by: "mae" },
  };
  assertEquals(
    printListJsonWithUncollared([{ ...NINA, manifold: "ops", pipe_infos: [INBOX] }], [mae]),
    '{"creator":"ravi","handle":"nina","last_at":"2031-03-04T05:06:07Z","payload":"build is green","pipe":"inbox","total":7,"unread":2}\n' +
      '{"creator":"mae","handle":"","last_at":null,"manifold":"ops","payload":"","pipe":"lobby","total":0,"unread":0}\n',
  );
  assertEquals(
    printListJsonWithUncollared([], [{ ...mae, manifold: undefined }]),
    '{"creator":"mae","handle":"","last_at":null,"manifold":"","payload":"","pipe":"lobby","total":0,"unread":0}\n',
  );
});

Deno.test("JSON lines hold the whole payload, escaped", () => {
  const payload = "<b>\n" + "é".repeat(100) + "\u2028";
  const json = printListJson([{ handle: "a", pipe_infos: [{ ...INBOX, payload, preview: "b" }] }]);
  assertEquals(
    json,
    '{"creator":"","handle":"a","last_at":"2031-03-04T05:06:07Z","payload":"\\u003cb\\u003e\\n' +
      "é".repeat(100) + '\\u2028","pipe":"inbox","total":7,"unread":2}\n',
  );
});
