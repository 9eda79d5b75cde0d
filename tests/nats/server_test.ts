import { assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { connect } from "@plasmite/pool/nats";
import { NatsServer, natsTest } from "./nats_server.ts";

natsTest("a server keeps its port and its pools over a stop, a kill and a pause", async () => {
  await using server = await NatsServer.start();
  const { url, pid } = server;
  await using client = connect(url);
  const pool = await client.pool("work");
  await pool.append(1);
  await server.stop();
  assertEquals(server.isRunning, false);
  await server.startAgain();
  await pool.append(2);
  await server.kill();
  await server.startAgain();
  assertNotEquals(server.pid, pid);
  assertEquals(server.url, url);
  server.suspend();
  const third = pool.append(3);
  server.resume();
  assertEquals((await third).seq, 3);
  const { connections } = await server.monitor<{ connections: number }>("/varz");
  assertEquals(connections, 1);
});

natsTest("a server that can't start says why, and leaves nothing behind", async () => {
  const error = await assertRejects(() => NatsServer.start({ config: "nonsense: {" }), Error);
  assertStringIncludes(error.message, "Parse error on line");
});
