/**
 * Messages as rows.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { formatReadMessage, type ReadMessage } from "../../../messaging/contracts/mod.ts";

function row(message: Partial<ReadMessage>, timeZone?: string): string {
  return formatReadMessage({
    id: "01a203d3-8aed-7d59-9bce-ef0690abcdef",
    sender: "nina",
    subject: "",
    payload: "",
    created_at: "2031-03-04T14:23:01Z",
    in_reply_to: "",
    ack_requested: false,
    ...message,
  }, timeZone);
}

Deno.test("rows are aligned, whatever they hold", () => {
  const rows = [
    row({ payload: "deploy finished" }),
    row({ created_at: "2031-03-04T14:23:42Z", sender: "", payload: "no sender here" }),
    row({
      created_at: "2031-03-04T14:25:00Z",
      sender: "otto",
      subject: "ack:read",
      payload: "left out",
    }),
    row({ created_at: "2031-03-04T14:30:11Z", subject: "release", payload: "step one\nstep two" }),
    row({ created_at: "2031-03-04T14:31:00Z", sender: "a-very-long-handle-name", payload: "x\ny" }),
  ];
  assertEquals(
    rows.join(""),
    `\
14:23:01  nina          deploy finished
14:23:42  -             no sender here
14:25:00  otto          ack:read → 90abcdef
14:30:11  nina          [release] step one
                        step two
14:31:00  a-very-long-handle-name  x
                                   y
`,
  );
});

Deno.test("a line end at the end of the text is a line of blanks", () => {
  const indent = " ".repeat(24);
  assertEquals(row({ payload: "one\n" }), `14:23:01  nina          one\n${indent}\n`);
  assertEquals(row({ payload: "\n\n" }), `14:23:01  nina          \n${indent}\n${indent}\n`);
  assertEquals(row({ payload: "" }), "14:23:01  nina          \n");
  assertEquals(row({ subject: "s", payload: "" }), "14:23:01  nina          [s] \n");
});

Deno.test("a subject that begins with ack: is one, whatever follows, and shows its own id", () => {
  const ack = {
    subject: "ack:",
    payload: "p",
    in_reply_to: "11111111-1111-7111-8111-111111111111",
  };
  assertEquals(row(ack), "14:23:01  nina          ack: → 90abcdef\n");
  assertEquals(row({ ...ack, id: "short" }), "14:23:01  nina          ack: → short\n");
  assertEquals(row({ subject: " ack:", payload: "p" }), "14:23:01  nina          [ ack:] p\n");
});

Deno.test("a sender of 12 characters fits, and one more moves its row", () => {
  assertEquals(row({ sender: "abcdefghijkl", payload: "x" }), "14:23:01  abcdefghijkl  x\n");
  assertEquals(row({ sender: "abcdefghijklm", payload: "x" }), "14:23:01  abcdefghijklm  x\n");
});

Deno.test("characters are counted, not bytes", () => {
  assertEquals(
    row({ sender: "jürgen😀", payload: "grün\nblau" }),
    "14:23:01  jürgen😀       grün\n                        blau\n",
  );
});

Deno.test("times are shown in the zone that is asked for", () => {
  const at = (created_at: string, zone?: string) => row({ created_at }, zone).slice(0, 8);
  assertEquals(at("2031-03-04T23:59:59.999Z"), "23:59:59");
  assertEquals(at("2031-03-04T23:59:59+02:00"), "21:59:59");
  assertEquals(at("2031-03-04T23:30:00Z", "+01:00"), "00:30:00");
  assertEquals(at("2031-01-04T12:00:00Z", "Europe/Berlin"), "13:00:00");
  assertEquals(at("2031-07-04T12:00:00Z", "Europe/Berlin"), "14:00:00");
  assertEquals(at("2031-07-04T12:00:00Z", "Asia/Kolkata"), "17:30:00");
  assertEquals(at("2031-03-04T00:00:00Z", "America/New_York"), "19:00:00");
});

Deno.test("a time that can't be read shows as the first second of the year 1", () => {
  for (const created_at of ["", "yesterday", "2031-02-30T10:00:00Z", "2031-03-04"]) {
    assertEquals(row({ created_at, payload: "p" }), "00:00:00  nina          p\n");
    assertEquals(row({ created_at }, "+02:00").slice(0, 8), "02:00:00");
  }
});
