/**
 * Receipts: who gets one, what is in it, and that it is sent behind everything else.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type {
  MessagingService,
  ReadMessage,
  SendRequest,
} from "../../../messaging/internal_mod.ts";
import { sharedServer } from "../../nats/nats_server.ts";
import { eventually } from "../../server/eventually.ts";
import { payloads, readAll, type Services, serviceTest } from "./service_world.ts";

const server = sharedServer();
const inbox = { handle: "nina", channel: "inbox" };

/** A reader with the source `nina`, and a sender with the source `otto`, each with its own home. */
async function pair(services: Services): Promise<{
  reader: MessagingService;
  sender: MessagingService;
  send: (request?: Partial<SendRequest>) => Promise<string>;
  receipts: () => Promise<ReadMessage[]>;
}> {
  const reader = await services.open({ home: "reader" });
  const sender = await services.open({ home: "sender" });
  await reader.call("Create", { handle: "nina" });
  await sender.call("Create", { handle: "otto" });
  const send = async (request: Partial<SendRequest> = {}) => {
    const asked = { ...inbox, payload: "", ack_requested: true, ...request };
    return (await sender.call("Send", asked)).id;
  };
  return {
    reader,
    sender,
    send,
    // Disposing of a service waits for its receipts.
    receipts: async () => {
      await reader[Symbol.asyncDispose]();
      return await readAll(sender, { handle: "otto", channel: "inbox" });
    },
  };
}

serviceTest(server, "a receipt says which message was read, and by whom", async (services) => {
  const { reader, send, receipts } = await pair(services);
  const first = await send({ payload: "1" });
  const second = await send({ payload: "2", msg_subject: "x", in_reply_to: "y" });
  await payloads(reader, inbox);
  const found = (await receipts()).toSorted((a) => a.in_reply_to === first ? -1 : 1);
  const receipt = { sender: "nina", subject: "ack:read", payload: "", ack_requested: false };
  assertEquals(
    found.map(({ id: _id, created_at: _at, ...rest }) => rest),
    [first, second].map((in_reply_to) => ({ ...receipt, in_reply_to })),
  );
  assertEquals(new Set([first, second, ...found.map(({ id }) => id)]).size, 4);
});

serviceTest(
  server,
  "no receipt is sent that was not asked for, or for itself",
  async (services) => {
    const { reader, send, receipts } = await pair(services);
    await send({ ack_requested: false });
    await services.append(
      "nina",
      "inbox",
      '{"id":"a","sender":"","payload":"","ack_requested":true}',
      '{"id":"b","sender":"otto","subject":"ack:read","payload":"","ack_requested":true}',
      '{"id":"c","sender":"otto","subject":"ack:other","payload":"","ack_requested":true}',
      '{"id":"d","sender":"gone","subject":"","payload":"","ack_requested":true}',
      '{"id":"e","sender":"otto","subject":"ack","payload":"","ack_requested":true}',
    );
    assertEquals((await readAll(reader, inbox)).length, 6);
    assertEquals((await receipts()).map(({ in_reply_to }) => in_reply_to), ["e"]);
  },
);

serviceTest(server, "no receipt is sent when the cursor stays", async (services) => {
  const { reader, send, receipts } = await pair(services);
  await send();
  await payloads(reader, { ...inbox, no_advance: true });
  await payloads(reader, { ...inbox, all: true });
  // What was given and never counted as delivered.
  for await (const _portion of reader.read(inbox)) break;
  assertEquals(await receipts(), []);
});

serviceTest(server, "only messages that are delivered have receipts", async (services) => {
  const { reader, send, receipts } = await pair(services);
  const ids = [await send(), await send(), await send()];
  await payloads(reader, { ...inbox, limit: 1 });
  assertEquals((await receipts()).map(({ in_reply_to }) => in_reply_to), [ids[2]]);
});

serviceTest(server, "a receipt is from whom Read names, or from nobody", async (services) => {
  const { reader, send, receipts } = await pair(services);
  const senders = new Map<string, string>();
  senders.set(await send(), "pia");
  await payloads(reader, { ...inbox, sender: "pia" });
  await reader.call("Disconnect", {});
  senders.set(await send(), "");
  await payloads(reader, inbox);
  const found = await receipts();
  assertEquals(new Map(found.map(({ in_reply_to, sender }) => [in_reply_to, sender])), senders);
});

serviceTest(
  server,
  "a receipt comes behind the cursor, that behind the message",
  async (services) => {
    const { reader, sender, send } = await pair(services);
    await send();
    const cursors = `${services.homePath("reader")}/cursors/default.json`;
    const hasMoved = () => {
      try {
        return Deno.readTextFileSync(cursors).includes("nina.inbox");
      } catch {
        return false;
      }
    };
    const answers = () => readAll(sender, { handle: "otto", channel: "inbox", no_advance: true });
    const reading = reader.read(inbox);
    assertEquals((await reading.next()).value?.length, 1);
    assert(!hasMoved());
    assertEquals(await answers(), []);
    await reading.next();
    assert(hasMoved());
    await eventually("the receipt is there", async () => (await answers()).length === 1);
  },
);

serviceTest(server, "receipts are sent for what comes during a follow", async (services) => {
  const { reader, sender, send, receipts } = await pair(services);
  const ids = [await send({ payload: "old" })];
  const ending = new AbortController();
  const got: string[] = [];
  const follow = { ...inbox, follow: true };
  const following = (async () => {
    for await (const portion of reader.read(follow, ending.signal)) {
      got.push(...portion.map(({ msg }) => msg?.id ?? ""));
    }
  })();
  await eventually("the backlog is read", () => got.length === 1);
  ids.push(await send({ payload: "new" }));
  await eventually("the new one is read", () => got.length === 2);
  // Sent by a source that was not there when the follow began.
  await sender.call("Create", { handle: "pia", session: "late" });
  const late = await send({ session: "late" });
  await eventually("the one of the late source is read", () => got.length === 3);
  await send({ ack_requested: false });
  await eventually("all is read", () => got.length === 4);
  ending.abort();
  await following;
  assertEquals((await receipts()).map(({ in_reply_to }) => in_reply_to).toSorted(), ids.toSorted());
  const lateOnes = await readAll(sender, { handle: "pia", channel: "inbox" });
  assertEquals(lateOnes.map(({ in_reply_to }) => in_reply_to), [late]);
});

serviceTest(server, "a sender that is gone does not disturb a reader", async (services) => {
  const { reader, sender, send } = await pair(services);
  await send({ payload: "1" });
  await sender.call("SourceDestroy", { handle: "otto" });
  assertEquals(await payloads(reader, inbox), ["1"]);
  await sender.call("Create", { handle: "otto" });
  await send({ payload: "2" });
  await sender.call("PipeDestroy", { handle: "otto", name: "inbox" });
  assertEquals(await payloads(reader, inbox), ["2"]);
  await reader[Symbol.asyncDispose]();
});

serviceTest(server, "a receipt finds its sender in a namespace", async (services) => {
  const reader = await services.open({ home: "reader" });
  const sender = await services.open({ home: "sender" });
  await reader.call("Create", { handle: "nina" });
  await sender.call("Create", { handle: "otto", manifold: "ops.east" });
  const { id } = await sender.call("Send", { ...inbox, payload: "", ack_requested: true });
  await payloads(reader, inbox);
  await reader[Symbol.asyncDispose]();
  const found = await readAll(sender, { handle: "otto", channel: "inbox" });
  assertEquals(found.map(({ in_reply_to }) => in_reply_to), [id]);
});
