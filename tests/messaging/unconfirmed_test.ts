/**
 * A server that stands still while something is sent: what is not known to have arrived is told so,
 * and what was not sent is told apart from that.
 *
 * @module
 */

import { connect, type NatsClient, type NatsPool } from "@plasmite/pool/nats";
import { assertEquals, assertRejects } from "@std/assert";
import { MessagingError } from "../../messaging/contracts/mod.ts";
import { MessagingService } from "../../messaging/service/mod.ts";
import { NatsServer, natsTest } from "../nats/nats_server.ts";

/** A client on whose pools something happens just before an append to one of this name. */
function disturbed(client: NatsClient, name: string, disturb: () => void): NatsClient {
  const openPool = client.openPool.bind(client);
  client.openPool = async (reference) => {
    const pool: NatsPool = await openPool(reference);
    if (!reference.includes(name)) return pool;
    const appendMany = pool.appendMany.bind(pool);
    pool.appendMany = (...given) => {
      disturb();
      return appendMany(...given);
    };
    return pool;
  };
  return client;
}

natsTest("what may have arrived or not is told so, and has arrived once", async () => {
  await using server = await NatsServer.start();
  const home = Deno.makeTempDirSync({ prefix: "pls-home-" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.removeSync(home, { recursive: true }));
  let isDisturbed = false;
  const client = disturbed(stack.use(connect(server.url)), "nina.inbox", () => {
    if (isDisturbed) server.suspend();
  });
  const options = { client, prefix: "", home, createdBy: "", engine: server.url };
  const service = stack.use(await MessagingService.open(options));
  await service.call("Create", { handle: "nina" });
  const target = { handle: "nina", channel: "inbox" };
  await service.call("Send", { ...target, payload: "a" });
  isDisturbed = true;
  const unknown = await assertRejects(
    () => service.call("Send", { ...target, payload: "b" }),
    MessagingError,
  );
  isDisturbed = false;
  const unsent = await assertRejects(
    () => service.call("Send", { ...target, payload: "c" }),
    MessagingError,
  );
  server.resume();
  await service.call("Send", { ...target, payload: "d" });
  const portions = await Array.fromAsync(service.read(target));
  const payloads = portions.flat().map(({ msg }) => msg?.payload);
  assertEquals(payloads, ["a", "b", "d"]);
  assertEquals([unknown.code, unsent.code], ["E_DELIVERY_UNCONFIRMED", "E_NATS_UNREACHABLE"]);
});
