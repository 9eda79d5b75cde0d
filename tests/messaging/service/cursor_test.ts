/**
 * Cursors: what moves them, what they mean, and that a pipe is never unread without a reason.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { MessagingService, ReadRequest } from "../../../messaging/internal_mod.ts";
import { natsTest, sharedServer } from "../../nats/nats_server.ts";
import { Bare } from "../../nats/world.ts";
import { World } from "../world.ts";
import { payloads, readAll, Services, serviceTest } from "./service_world.ts";

const server = sharedServer();
const lobby = { handle: "", channel: "", bare_target: "lobby" };

async function unread(service: MessagingService, session = ""): Promise<number | undefined> {
  const { uncollared_pipes } = await service.call("List", { session });
  return uncollared_pipes?.find(({ name }) => name === "lobby")?.info.unread;
}

/** Takes so many portions, and leaves the loop at the last one. */
async function take(
  service: MessagingService,
  request: ReadRequest,
  { portions, length }: { portions: number; length?: number },
): Promise<string[]> {
  const taken: string[] = [];
  let count = 0;
  for await (const portion of service.read(request, undefined, length)) {
    taken.push(...portion.flatMap(({ msg }) => msg?.payload ?? []));
    if (++count === portions) break;
  }
  return taken;
}

serviceTest(
  server,
  "only reading moves a cursor, and not when it is told not to",
  async (services) => {
    const service = await services.open();
    await service.call("PipeCreate", { handle: "", name: "lobby" });
    await service.call("SendBatch", { bare_target: "lobby", payloads: ["0", "1"] });
    await service.call("SubsAdd", { targets: ["lobby"] });
    await service.call("List", {});
    await service.call("ListWatch", {});
    await service.call("SubsList", {});
    await service.call("SubsWait", {});
    await service.call("Status", {});
    assertEquals(await unread(service), 2);
    for (const request of [{ no_advance: true }, { all: true }, { all: true, no_advance: true }]) {
      assertEquals(await payloads(service, { ...lobby, ...request }), ["0", "1"]);
      assertEquals(await unread(service), 2);
    }
    await payloads(service, { ...lobby, limit: 1 });
    assertEquals(await unread(service), 0);
  },
);

serviceTest(
  server,
  "what counts as read is the last that passed, whatever is shown",
  async (services) => {
    let nowMs = Date.UTC(2026, 0, 1);
    const service = await services.open({ now: () => nowMs });
    await service.call("PipeCreate", { handle: "", name: "lobby" });
    for (const payload of ["0", "1", "2"]) {
      await service.call("Send", { bare_target: "lobby", payload });
      nowMs += 1000;
    }
    // Nothing is young enough: nothing is read.
    assertEquals(await payloads(service, { ...lobby, since_ms: 1 }), []);
    assertEquals(await unread(service), 3);
    assertEquals(await payloads(service, { ...lobby, skip: 3, session: "b" }), []);
    assertEquals(await unread(service, "b"), 0);
    assertEquals(await payloads(service, { ...lobby, since_ms: 1000 }), ["2"]);
    assertEquals(await unread(service), 0);
  },
);

serviceTest(server, "what was given is read once the next is asked for", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("SendBatch", { bare_target: "lobby", payloads: ["0", "1", "2"] });
  assertEquals(await take(service, lobby, { portions: 1 }), ["0", "1", "2"]);
  assertEquals(await unread(service), 3);
  assertEquals(await take(service, lobby, { portions: 1, length: 2 }), ["0", "1"]);
  assertEquals(await unread(service), 3);
  assertEquals(await take(service, lobby, { portions: 2, length: 2 }), ["0", "1", "2"]);
  assertEquals(await unread(service), 1);
  const follow = { ...lobby, follow: true };
  assertEquals(await take(service, follow, { portions: 1 }), ["2"]);
  assertEquals(await unread(service), 1);
  assertEquals(await payloads(service, lobby), ["2"]);
  assertEquals(await unread(service), 0);
});

serviceTest(server, "a cursor never goes back", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("SendBatch", { bare_target: "lobby", payloads: ["0", "1", "2"] });
  const slow = service.read(lobby, undefined, 1);
  assertEquals((await slow.next()).value?.[0].msg?.payload, "0");
  assertEquals(await payloads(service, lobby), ["0", "1", "2"]);
  assertEquals((await slow.next()).value?.[0].msg?.payload, "1");
  assertEquals(await unread(service), 0);
  await slow.return();
  assertEquals(await unread(service), 0);
});

serviceTest(server, "what was made anew under the same name is unread", async (services) => {
  const service = await services.open();
  for (const round of ["1", "2"]) {
    await service.call("PipeCreate", { handle: "", name: "lobby" });
    assertEquals(await unread(service), 0);
    await service.call("SendBatch", { bare_target: "lobby", payloads: [round, round] });
    assertEquals(await unread(service), 2);
    assertEquals(await payloads(service, lobby), [round, round]);
    await service.call("PipeDestroy", { handle: "", name: "", bare_target: "lobby" });
  }
});

serviceTest(server, "what retention drops is not unread any more", async (services) => {
  const service = await services.open();
  await service.call("PipeCreate", { handle: "", name: "lobby", max_msgs: 3 });
  const texts = Array.from({ length: 10 }, (_, i) => `${i}`);
  await service.call("SendBatch", { bare_target: "lobby", payloads: texts.slice(0, 2) });
  await payloads(service, lobby);
  await service.call("SendBatch", { bare_target: "lobby", payloads: texts.slice(2) });
  assertEquals(await unread(service), 3);
  assertEquals(await payloads(service, lobby), ["7", "8", "9"]);
  assertEquals(await unread(service), 0);
});

serviceTest(
  server,
  "what does not decode leaves a pipe unread until it is read",
  async (services) => {
    const service = await services.open();
    await service.call("PipeCreate", { handle: "", name: "lobby" });
    const read = [{}, { limit: 3 }, { skip: 1 }, { since_ms: 60_000 }];
    for (const request of read) {
      await services.append("", "lobby", "null", "[]");
      assertEquals(await unread(service), 2);
      assertEquals(await readAll(service, { ...lobby, ...request }), []);
      assertEquals(await unread(service), 0);
    }
    await service.call("Send", { bare_target: "lobby", payload: "0" });
    await services.append("", "lobby", "null");
    assertEquals(await payloads(service, lobby), ["0"]);
    assertEquals(await unread(service), 0);
  },
);

serviceTest(
  server,
  "processes with one home share its cursors, others do not",
  async (services) => {
    const [one, two] = [await services.open(), await services.open()];
    const other = await services.open({ home: "b" });
    await one.call("PipeCreate", { handle: "", name: "lobby" });
    await one.call("Send", { bare_target: "lobby", payload: "0" });
    assertEquals(await payloads(two, lobby), ["0"]);
    assertEquals(await payloads(one, lobby), []);
    assertEquals(await payloads(other, lobby), ["0"]);
  },
);

natsTest("a message that was deleted on the server does not stay unread", async () => {
  await using world = new World(server());
  await using services = new Services(world);
  const service = await services.open();
  const { stream_name } = await service.call("PipeCreate", { handle: "", name: "lobby" });
  await service.call("SendBatch", { bare_target: "lobby", payloads: ["0", "1", "2", "3"] });
  await using bare = await Bare.connect(server(), stream_name);
  await bare.manager.streams.deleteMessage(bare.stream, 2);
  await bare.manager.streams.deleteMessage(bare.stream, 4);
  assertEquals(await payloads(service, lobby), ["0", "2"]);
  assertEquals(await unread(service), 0);
});
