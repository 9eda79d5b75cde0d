/**
 * Envelopes: their members, encoding, limit, and what readers get of them.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  checkSubject,
  decodeEnvelope,
  encodeEnvelope,
  type Envelope,
  ENVELOPE_SIZE_MAX_BYTES,
  id8,
  MessagingError,
  newEnvelope,
  newMessageId,
  newReadReceipt,
  toReadMessage,
} from "../../../messaging/contracts/mod.ts";

const SENT: Envelope = {
  id: "01a203d3-8aed-7d59-9bce-ef0602dcc89f",
  sender: "nina",
  subject: "release",
  payload: "hello",
  created_at: "2031-03-04T05:06:07.89Z",
  in_reply_to: "",
  ack_requested: true,
};

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("an envelope has its seven members in order, the empty ones as well", () => {
  assertEquals(
    text(encodeEnvelope(SENT)),
    '{"id":"01a203d3-8aed-7d59-9bce-ef0602dcc89f","sender":"nina","subject":"release",' +
      '"payload":"hello","created_at":"2031-03-04T05:06:07.89Z","in_reply_to":"",' +
      '"ack_requested":true}',
  );
  const { ack_requested, payload, ...others } = SENT;
  assertEquals(
    text(encodeEnvelope({ ack_requested, payload, ...others })),
    text(encodeEnvelope(SENT)),
  );
});

Deno.test("five characters are escaped, and nothing else beyond ASCII is", () => {
  const encoded = text(encodeEnvelope({ ...SENT, payload: "<a>&\u2028\u2029 né 😀 \u007f" }));
  assert(
    encoded.includes('"payload":"\\u003ca\\u003e\\u0026\\u2028\\u2029 né 😀 \u007f"'),
    encoded,
  );
  assertEquals(decodeEnvelope(encoded)?.payload, "<a>&\u2028\u2029 né 😀 \u007f");
});

Deno.test("the limit is on the escaped encoding, to the byte", () => {
  const overhead = encodeEnvelope({ ...SENT, payload: "" }).length;
  const room = ENVELOPE_SIZE_MAX_BYTES - overhead;
  assertEquals(encodeEnvelope({ ...SENT, payload: "x".repeat(room) }).length, 65536);
  const tooLarge = ["x".repeat(room + 1), "é".repeat(room / 2) + "é", "<".repeat(room / 6 + 1)];
  for (const payload of tooLarge) {
    const error = assertThrows(() => encodeEnvelope({ ...SENT, payload }), MessagingError);
    assertEquals(error.code, "E_PAYLOAD_TOO_LARGE");
  }
  encodeEnvelope({ ...SENT, payload: "<".repeat(Math.floor(room / 6)) });
});

Deno.test("members that are missing are empty, and others are ignored", () => {
  const old = '{"id":"1","handle":"nina","payload":"p","created_at":"2031-03-04T05:06:07Z"}';
  assertEquals(decodeEnvelope(old), {
    id: "1",
    sender: "",
    subject: "",
    payload: "p",
    created_at: "2031-03-04T05:06:07Z",
    in_reply_to: "",
    ack_requested: false,
  });
  assertEquals(decodeEnvelope('{"sender":null}')?.sender, "");
});

Deno.test("what is no envelope does not decode", () => {
  const stored = [
    "",
    "hello",
    "[]",
    "null",
    "1",
    '"x"',
    '{"id":1}',
    '{"ack_requested":"yes"}',
    "{",
  ];
  assertEquals(stored.filter((body) => decodeEnvelope(body) !== undefined), []);
  assertEquals(decodeEnvelope(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d)), undefined);
  assertEquals(decodeEnvelope(Uint8Array.of(0xff)), undefined);
});

Deno.test("readers get whole seconds in UTC", () => {
  const at = (created_at: string) => toReadMessage({ ...SENT, created_at }).created_at;
  assertEquals(at("2031-03-04T05:06:07.999999999Z"), "2031-03-04T05:06:07Z");
  assertEquals(at("2031-03-04T05:06:07+02:00"), "2031-03-04T03:06:07Z");
  assertEquals(at(""), "0001-01-01T00:00:00Z");
  assertEquals(Object.keys(toReadMessage(SENT)), Object.keys(SENT));
});

Deno.test("an id is a UUID of version 7 that says when it was made", () => {
  const nowMs = Date.UTC(2031, 2, 4, 5, 6, 7, 89);
  const id = newMessageId(nowMs + 0.5);
  assert(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id), id);
  assertEquals(parseInt(id.slice(0, 13).replace("-", ""), 16), nowMs);
  assertEquals(new Set(Array.from({ length: 1000 }, () => newMessageId(nowMs))).size, 1000);
  assert(newMessageId(nowMs) < newMessageId(nowMs + 1));
});

Deno.test("the short form of an id is its last 8 digits", () => {
  assertEquals(id8(SENT.id), "02dcc89f");
  assertEquals([id8("1-2-3"), id8(""), id8("a-bcdefghi")], ["123", "", "bcdefghi"]);
});

Deno.test("a new envelope carries its content, and the time as short as it can be", () => {
  const envelope = newEnvelope({ payload: "p" }, Date.UTC(2031, 2, 4, 5, 6, 7, 500));
  assertEquals({ ...envelope, id: "" }, {
    id: "",
    sender: "",
    subject: "",
    payload: "p",
    created_at: "2031-03-04T05:06:07.5Z",
    in_reply_to: "",
    ack_requested: false,
  });
});

Deno.test("a receipt answers a message that asks for one", () => {
  const receipt = newReadReceipt(SENT, "otto", Date.UTC(2031, 0, 1));
  assertEquals({ ...receipt, id: "" }, {
    id: "",
    sender: "otto",
    subject: "ack:read",
    payload: "",
    created_at: "2031-01-01T00:00:00Z",
    in_reply_to: SENT.id,
    ack_requested: false,
  });
  assertEquals(newReadReceipt(SENT, "")?.sender, "");
});

Deno.test("nothing else gets a receipt", () => {
  assertEquals(newReadReceipt({ ...SENT, ack_requested: false }, "otto"), undefined);
  assertEquals(newReadReceipt({ ...SENT, sender: "" }, "otto"), undefined);
  assertEquals(newReadReceipt({ ...SENT, subject: "ack:read" }, "otto"), undefined);
  assertEquals(newReadReceipt({ ...SENT, subject: "ack:other" }, "otto"), undefined);
});

Deno.test("callers give any subject that is no receipt's", () => {
  for (const subject of ["", "release", " ack:", "ACK:read", "x".repeat(9999)]) {
    checkSubject(subject);
  }
  for (const subject of ["ack:", "ack:read"]) {
    const error = assertThrows(() => checkSubject(subject), MessagingError);
    assertEquals(error.code, "E_INVALID_SUBJECT");
  }
});
