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
import { engineOf } from "./world.ts";

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

natsTest("what may have arrived is told so, what was not sent is told apart", async () => {
  await using server = await NatsServer.start();
  await using stack = new AsyncDisposableStack();
  const home = Deno.makeTempDirSync({ prefix: "pls-home-" });
  stack.defer(() => Deno.removeSync(home, { recursive: true }));
  const { promise: suspended, resolve: onSuspended } = Promise.withResolvers<void>();
  let isDue = false;
  const disturb = () => {
    if (!isDue) return;
    isDue = false;
    server.suspend();
    onSuspended();
  };
  const open = async (client: NatsClient) => {
    const options = { client, prefix: "", home, createdBy: "", engine: engineOf(server.url) };
    return stack.use(await MessagingService.open(options));
  };
  const ours = await open(disturbed(stack.use(connect(server.url)), "nina.inbox", disturb));
  const theirs = await open(stack.use(connect(server.url)));
  await ours.call("Create", { handle: "nina" });
  const send = (service: MessagingService, payload: string) =>
    service.call("Send", { handle: "nina", channel: "inbox", payload });
  await send(ours, "a");
  isDue = true;
  const unknown = assertRejects(() => send(ours, "b"), MessagingError);
  await suspended;
  const unsent = assertRejects(() => send(theirs, "c"), MessagingError);
  const failures = await Promise.all([unknown, unsent]);
  server.resume();
  await send(ours, "d");
  const read = { handle: "nina", channel: "inbox" };
  const portions = await Array.fromAsync(ours.read(read));
  assertEquals(portions.flat().map(({ msg }) => msg?.payload), ["a", "b", "d"]);
  const codes = failures.map(({ code }) => code);
  assertEquals(codes, ["E_DELIVERY_UNCONFIRMED", "E_NATS_UNREACHABLE"]);
});
