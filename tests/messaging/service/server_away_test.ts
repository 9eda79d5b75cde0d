/**
 * A NATS server that goes away: who waits goes on when it is back, and nothing is lost; who asks is
 * told that it is away.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { MessagingError, type MessagingService } from "../../../messaging/internal_mod.ts";
import { NatsServer, natsTest } from "../../nats/nats_server.ts";
import { eventually } from "../../server/eventually.ts";
import { World } from "../world.ts";
import { payloads, Services, within } from "./service_world.ts";

const lobby = { handle: "", channel: "", bare_target: "lobby" };

/** Defines a test with a server of its own. */
function awayTest(
  name: string,
  fn: (services: Services, server: NatsServer) => Promise<void>,
): void {
  natsTest(name, async () => {
    await using server = await NatsServer.start();
    await using world = new World(server);
    await using services = new Services(world);
    await fn(services, server);
  });
}

async function restart(server: NatsServer): Promise<void> {
  await server.kill();
  await server.startAgain();
}

async function send(service: MessagingService, payload: string): Promise<void> {
  await service.call("Send", { bare_target: "lobby", payload });
}

awayTest("a follow goes on behind a restart, and misses nothing", async (services, server) => {
  const [service, other] = [await services.open(), await services.open({ home: "b" })];
  await other.call("PipeCreate", { handle: "", name: "lobby" });
  const ending = new AbortController();
  const got: string[] = [];
  const following = (async () => {
    for await (const portion of service.read({ ...lobby, follow: true }, ending.signal)) {
      got.push(...portion.flatMap(({ msg }) => msg?.payload ?? []));
    }
  })();
  const sent: string[] = [];
  for (let round = 0; round < 4; round++) {
    for (const when of ["before", "after"]) {
      sent.push(`${when} ${round}`);
      await send(other, `${when} ${round}`);
      if (when === "before") await restart(server);
    }
  }
  await eventually("all is read", () => got.length >= sent.length);
  assertEquals(got, sent);
  ending.abort();
  await within(following, "the end of the follow");
  assertEquals(await payloads(service, lobby), []);
});

for (const name of ["ListWatch", "SubsWait"] as const) {
  awayTest(`${name} goes on behind a restart`, async (services, server) => {
    const [service, other] = [await services.open(), await services.open({ home: "b" })];
    await other.call("PipeCreate", { handle: "", name: "lobby" });
    await other.call("PipeCreate", { handle: "", name: "hall" });
    await service.call("SubsAdd", { targets: ["lobby", "later"] });
    const unread = async (): Promise<string[]> => {
      for (;;) {
        const { uncollared_pipes = [] } = await service.call(name, {});
        const found = uncollared_pipes.filter(({ info }) => info.unread > 0);
        if (found.length > 0) return found.map(({ name }) => name);
      }
    };
    let waiting = unread();
    for (let i = 0; i < 10; i++) await service.call("List", {});
    await restart(server);
    await send(other, "1");
    assertEquals(await within(waiting, "the wait"), ["lobby"]);
    await payloads(service, lobby);
    // A pipe that is made while the waiting one may not be back yet.
    waiting = unread();
    for (let i = 0; i < 10; i++) await service.call("List", {});
    await restart(server);
    await other.call("PipeCreate", { handle: "", name: "later" });
    await other.call("Send", { bare_target: "later", payload: "2" });
    assertEquals(await within(waiting, "the wait for a later pipe"), ["later"]);
  });
}

awayTest("who asks while the server is away is told so", async (services, server) => {
  const service = await services.open();
  await service.call("Create", { handle: "nina" });
  await service.call("PipeCreate", { handle: "", name: "lobby" });
  await server.stop();
  const askings: [string, () => Promise<unknown>][] = [
    ["List", () => service.call("List", {})],
    ["Send", () => send(service, "lost")],
    ["Create", () => service.call("Create", { handle: "otto" })],
    ["Read", () => payloads(service, lobby)],
    ["Who", () => service.call("Who", {})],
    ["SubsList", () => service.call("SubsList", {})],
    ["ListWatch", () => service.call("ListWatch", {})],
    ["open", () => services.open()],
  ];
  await Promise.all(askings.map(async ([name, ask]) => {
    const error = await assertRejects(() => within(ask(), name), MessagingError);
    assertEquals(error.code, "E_NATS_UNREACHABLE", `${name}: ${error.message}`);
    assert(error.hint?.includes(server.address), `${name}: ${error.hint}`);
  }));
  // What needs no server works.
  assertEquals((await service.call("Status", {})).current, "nina");
  await service.call("SetNamespace", { namespace: "ops" });
  await service.call("UnsetNamespace", {});
  await server.startAgain();
  await send(service, "there");
  assertEquals((await payloads(service, lobby)).at(-1), "there");
});
