/**
 * Where a mesh of programs is, when they bring their own client.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { Mesh, MessagingError } from "@plasmite/pool/messaging";
import { connect } from "@plasmite/pool/nats";
import { assertEquals, assertRejects } from "@std/assert";
import { NatsServer, natsTest } from "../../nats/nats_server.ts";

Deno.test("a mesh on a client of files is where that client is", async () => {
  const dir = Deno.makeTempDirSync({ prefix: "pls-mesh-" });
  try {
    await using client = new Client({ dir });
    await using mesh = await Mesh.open({ client, home: `${dir}/home` });
    await mesh.createSource("nina");
    await mesh.send("nina", "x");
    assertEquals((await client.listPools()).map(({ name }) => name.split("@")[0]), [
      "mesh._registry",
      "mesh.nina.inbox",
    ]);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});

natsTest("a mesh that can't be reached says so", async () => {
  await using server = await NatsServer.start();
  await server.stop();
  const home = Deno.makeTempDirSync({ prefix: "pls-mesh-" });
  try {
    await using client = connect(server.url);
    const error = await assertRejects(() => Mesh.open({ client, home }), MessagingError);
    assertEquals(error.code, "E_NATS_UNREACHABLE");
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
});
