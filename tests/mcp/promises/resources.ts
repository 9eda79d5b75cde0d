/**
 * Promises about pools as resources.
 *
 * @module
 */

import { ProtocolError } from "@modelcontextprotocol/client";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Promises, uriOf, type World } from "../world.ts";

/** What a read of a resource says, and where it is. */
async function readResource({ mcp }: World, uri: string) {
  const { contents } = await mcp.readResource({ uri });
  assertEquals(contents.length, 1);
  const [content] = contents;
  assert("text" in content);
  assertEquals([content.uri, content.mimeType], [uri, "application/json"]);
  return JSON.parse(content.text);
}

/** Promises about pools as resources. */
export const resources: Promises = {
  async "every pool is a resource, and they are sorted"(world) {
    const [b, a] = [world.pool(), world.pool()];
    const { resources } = await world.mcp.listResources();
    const uris = resources.map(({ uri }) => uri);
    assertEquals(uris, uris.toSorted());
    for (const name of [a, b]) {
      const { description, ...rest } = resources.find((one) => one.name === name)!;
      assertEquals(rest, { uri: uriOf(name), name, mimeType: "application/json" });
      assert(description);
    }
  },

  async "a template says how the URI of a pool is made"({ mcp }) {
    const { resourceTemplates } = await mcp.listResourceTemplates();
    assertEquals(resourceTemplates.map(({ uriTemplate, mimeType }) => [uriTemplate, mimeType]), [
      [uriOf("{name}"), "application/json"],
    ]);
  },

  async "a resource is the newest 20 messages of its pool"(world) {
    const pool = world.poolOf(...Array.from({ length: 25 }, (_, n) => ({ n })));
    const batch = await readResource(world, uriOf(pool));
    assertEquals(batch, await world.done("plasmite_read", { pool }));
    assertEquals([batch.messages.length, batch.messages[0].seq], [20, 6]);
  },

  async "names stand in URIs as they are"(world) {
    const name = `é ü%20+${world.newName()}`;
    world.pools.createPool(name);
    const { resources } = await world.mcp.listResources();
    const { uri } = resources.find((one) => one.name === name)!;
    assertEquals(uri, uriOf(name));
    assertEquals((await readResource(world, uri)).messages, []);
  },

  async "what is no URI of a pool is refused"({ mcp }) {
    const uris = [
      "",
      "first",
      "plasmite:///pools/",
      "plasmite:///pools",
      "plasmite:///pools/first/more",
      "plasmite:///pools/first?x=1",
      "plasmite:///pools/first#x",
      "plasmite://host/pools/first",
      "plasmite:///pool/first",
      "http:///pools/first",
      "file:///etc/passwd",
    ];
    for (const uri of uris) {
      const error = await assertRejects(() => mcp.readResource({ uri }), ProtocolError);
      assertEquals(error.code, -32602, uri);
    }
  },

  async "a resource whose pool is missing or damaged is an error that says which"(world) {
    const [missing, damaged] = [world.newName(), world.newName()];
    const path = `${world.pools.dir}/${damaged}.plasmite`;
    Deno.writeTextFileSync(path, "this is no pool");
    for (const [name, kind] of [[missing, "NotFound"], [damaged, "Corrupt"]]) {
      const uri = uriOf(name);
      const error = await assertRejects(() => world.mcp.readResource({ uri }), ProtocolError);
      assertEquals(error.code, -32000);
      const { error_kind, path } = error.data as Record<string, string>;
      assertEquals([error_kind, path], [kind, `${world.pools.dir}/${name}.plasmite`]);
    }
    Deno.removeSync(path);
  },
};
