/**
 * Sending: one message, lines of standard input, and what is refused.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { jsonLines } from "../../cli/pls.ts";
import { type MeshPlace, testEveryWay } from "./mesh_place.ts";

async function withNina(place: MeshPlace): Promise<void> {
  await place.done("source", "create", "otto");
  await place.done("source", "create", "nina");
  await place.done("pipe", "create", "nina.log");
  await place.done("pipe", "create", "lobby");
}

async function payloads(place: MeshPlace, target: string): Promise<string[]> {
  return jsonLines(await place.done("reread", target, "--json")).map(({ payload }) => payload);
}

testEveryWay("a message goes where its target says, and that is told on stderr", async (place) => {
  await withNina(place);
  await place.does(["send", "otto", "hello"], { err: "sent id=ID8 to=otto.inbox bytes=5\n" });
  await place.does(["send", "nina.log", "zwölf"], { err: "sent id=ID8 to=nina.log bytes=6\n" });
  await place.does(["send", "lobby", "hi"], { err: "sent id=ID8 to=lobby bytes=2\n" });
  await place.does(["send", "otto", "ping", "--request-ack"], {
    err: "sent id=ID8 to=otto.inbox bytes=4 ack=requested\n",
  });
  const [first, , answer] = jsonLines(
    await place.done("reread", "otto.inbox", "--json") +
      await answered(place),
  );
  assertEquals([first.sender, first.subject, first.ack_requested], ["nina", "", false]);
  assertEquals([answer.subject, answer.in_reply_to], ["re", first.id]);
});

/** Answers the first message of otto's, and returns the answer as JSON. */
async function answered(place: MeshPlace): Promise<string> {
  const [{ id }] = jsonLines(await place.done("reread", "otto.inbox", "--json", "--limit", "2"));
  const args = ["send", "nina", "yes", "--subject", "re", "--in-reply-to", id];
  await place.does(args, { err: "sent id=ID8 to=nina.inbox bytes=3\n" });
  return await place.done("reread", "inbox", "--json");
}

testEveryWay("the environment names the sender of a message", async (place) => {
  await withNina(place);
  await place.call(["send", "otto", "hello"], { env: { PLS_CURRENT_HANDLE: "mae" } });
  const [{ sender }] = jsonLines(await place.done("reread", "otto.inbox", "--json"));
  assertEquals(sender, "mae");
});

testEveryWay("lines of standard input are messages that are sent together", async (place) => {
  await withNina(place);
  const sent = (bytes: number) => `sent id=ID8 to=otto.inbox bytes=${bytes}\n`;
  const stdin = "one\r\n\nzwölf\n<three>";
  await place.does(["send", "otto"], { err: sent(3) + sent(6) + sent(7) }, { stdin });
  assertEquals(await payloads(place, "otto.inbox"), ["one", "zwölf", "<three>"]);
  await place.does(["send", "lobby", "-"], { err: "sent id=ID8 to=lobby bytes=4\n" }, {
    stdin: "last",
  });
  assertEquals(await payloads(place, "lobby"), ["last"]);
  await place.does(["send", "lobby", "-"], {}, { stdin: "\n" });
  const many = Array.from({ length: 5000 }, (_, i) => `task ${i}`);
  const { code, stderr } = await place.call(["send", "nina.log", "-"], { stdin: many.join("\n") });
  assertEquals([code, stderr.split("\n").length], [0, 5001]);
  assertEquals(await payloads(place, "nina.log"), many);
});

testEveryWay("options go with one message of standard input, not with several", async (place) => {
  await withNina(place);
  const args = ["send", "otto", "-", "--subject", "x", "--request-ack"];
  await place.does(args, { err: "sent id=ID8 to=otto.inbox bytes=3 ack=requested\n" }, {
    stdin: "one\n",
  });
  assertStringIncludes(await place.refuses(args, { stdin: "one\ntwo\n" }), "--subject is for one");
  assertEquals(await payloads(place, "otto.inbox"), ["one"]);
});

testEveryWay("bad calls of send are refused before anything is sent", async (place) => {
  await withNina(place);
  assertEquals(await place.refuses(["send"], { stdin: "" }).catch(() => "help"), "help");
  assertEquals(await place.refuses(["send", "", "x"]), "TARGET is empty");
  assertEquals(await place.refuses(["send", "otto", ""]), "PAYLOAD is empty");
  assertStringIncludes(await place.refuses(["send", "otto"], { stdin: "" }), "missing PAYLOAD");
  assertStringIncludes(await place.refuses(["send", "otto", "a", "b"]), 'argument "b"');
  const invalid = new Uint8Array([0x61, 0x0a, 0xff]);
  assertEquals(
    await place.refuses(["send", "otto", "-"], { stdin: invalid }),
    "standard input is not UTF-8 text",
  );
  await place.fails(["send", "otto", "x", "--subject", "ack:read"], "E_INVALID_SUBJECT", 23);
  await place.fails(["send", "otto.", "x"], "E_INVALID_PIPE", 20);
  await place.fails(["send", "mae", "x"], "E_SOURCE_NOT_FOUND", 14);
  await place.fails(["send", "nina.none", "x"], "E_PIPE_NOT_FOUND", 22);
  await place.fails(["send", "otto", "x".repeat(66_000)], "E_PAYLOAD_TOO_LARGE", 17);
  await place.done("unset", "handle");
  await place.fails(["send", "otto", "x", "--request-ack"], "E_NO_CURRENT_SOURCE", 16);
  await place.does(["send", "otto", "x"], { err: "sent id=ID8 to=otto.inbox bytes=1\n" });
  assertEquals(await payloads(place, "otto.inbox"), ["x"]);
});

testEveryWay("of a batch with a message that is too large nothing is sent", async (place) => {
  await withNina(place);
  const { code, stderr } = await place.call(["send", "otto", "-"], {
    stdin: `small\n${"x".repeat(66_000)}\n`,
  });
  assertEquals([code, stderr.includes("E_PAYLOAD_TOO_LARGE")], [17, true]);
  assertEquals(await payloads(place, "otto.inbox"), []);
});
