/**
 * Sources, and who a session is.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { testEveryWay } from "./mesh_place.ts";

const CREATED = "created handle=nina subject=ID.nina.inbox\ncurrent handle=nina\n";

testEveryWay("a source is created once, and is the current one then", async (place) => {
  await place.does(["get", "handle"], { code: 1 });
  await place.does(["source", "create", "nina"], { out: CREATED });
  await place.does(["get", "handle"], { out: "nina\n" });
  await place.fails(["source", "create", "nina"], "E_SOURCE_TAKEN", 13);
  await place.fails(["source", "create", "Nina"], "E_INVALID_HANDLE", 15);
  await place.fails(["source", "create", "inbox"], "E_INVALID_HANDLE", 15);
  await place.refuses(["source", "create", "nina", "otto"]);
});

testEveryWay("a session is whoever it is told to be, and others are not", async (place) => {
  await place.does(["connect", "nina"], { out: "connected source=nina\n" });
  await place.does(["connect", "nina"], { out: "connected source=nina\n" });
  await place.does(["connect", "otto"], { out: "connected source=otto\n" });
  await place.does(["switch", "nina"], { out: "current handle=nina\n" });
  await place.does(["set", "handle", "otto"], { out: "handle=otto\n" });
  await place.does(["get", "handle"], { out: "otto\n" });
  await place.does(["get", "handle"], { code: 1 }, { env: { PLS_SESSION: "another" } });
  await place.does(["disconnect"], { out: "disconnected\n" });
  await place.does(["disconnect"], { out: "disconnected\n" });
  await place.does(["unset", "handle"], { out: "unset\n" });
  await place.does(["get", "handle"], { code: 1 });
  await place.fails(["switch", "mae"], "E_SOURCE_NOT_FOUND", 14);
  await place.fails(["set", "handle", "mae"], "E_SOURCE_NOT_FOUND", 14);
  await place.fails(["connect", "not a name"], "E_INVALID_HANDLE", 15);
});

testEveryWay("whoever changes a session is told that the environment wins", async (place) => {
  const env = { PLS_CURRENT_HANDLE: "mae" };
  const warning = (change: string) =>
    `warning: PLS_CURRENT_HANDLE=mae is set; daemon current was ${change} but env still wins\n`;
  await place.does(["source", "create", "nina"], { out: CREATED, err: warning("updated") }, {
    env,
  });
  const changes = { out: "handle=nina\n", err: warning("updated") };
  await place.does(["set", "handle", "nina"], changes, { env });
  await place.does(["get", "handle"], { out: "nina\n" }, { env });
  await place.does(["unset", "handle"], { out: "unset\n", err: warning("cleared") }, { env });
});

testEveryWay("in a namespace sources and pipes have its path", async (place) => {
  await place.does(["set", "namespace", "ops.east"], { out: "namespace=ops.east\n" });
  await place.does(["source", "create", "nina"], {
    out: "created handle=nina subject=ID.ops.east.nina.inbox\ncurrent handle=nina\n",
  });
  await place.does(["pipe", "create", "lobby"], {
    out: "created pipe=ops.east.lobby retention=ttl=24h0m0s,msgs=5000,bytes=16777216\n",
  });
  await place.does(["send", "lobby", "hi"], { err: "sent id=ID8 to=ops.east.lobby bytes=2\n" });
  await place.does(["unset", "namespace"], { out: "unset\n" });
  await place.does(["send", "nina", "hi"], { err: "sent id=ID8 to=ops.east.nina.inbox bytes=2\n" });
  await place.fails(["send", "lobby", "hi"], "E_SOURCE_NOT_FOUND", 14);
  await place.fails(["read", "lobby"], "E_PIPE_NOT_FOUND", 22);
  await place.fails(["set", "namespace", "ops.system"], "E_INVALID_MANIFOLD", 24);
  await place.does(["source", "destroy", "nina"], { out: "destroyed source=ops.east.nina\n" });
});

testEveryWay("sources are destroyed by name and by pattern", async (place) => {
  for (const handle of ["build-a", "build-b", "nina"]) await place.done("connect", handle);
  await place.done("pipe", "create", "nina.log");
  await place.fails(["source", "destroy", "mae"], "E_SOURCE_NOT_FOUND", 14);
  await place.does(["source", "destroy", "x*"], { out: "0 sources destroyed\n" });
  await place.does(["source", "destroy", "x*.log"], { out: "0 pipes destroyed\n" });
  assertEquals(await place.refuses(["source", "destroy", "[a"]), 'invalid pattern "[a"');
  await place.does(["source", "destroy", "nina.*"], {
    out: "destroyed pipe=nina.inbox\ndestroyed pipe=nina.log\n",
  });
  await place.does(["source", "destroy", "build-?"], {
    out: "destroyed source=build-a\ndestroyed source=build-b\n",
  });
  await place.does(["get", "handle"], { out: "nina\n" });
  await place.does(["source", "destroy", "nina"], { out: "destroyed source=nina\n" });
  await place.does(["get", "handle"], { code: 1 });
});

testEveryWay("a word that is no slot is refused", async (place) => {
  assertEquals(await place.refuses(["set", "colour", "x"]), 'unknown command "set colour"');
  assertEquals(await place.refuses(["get", "colour"]), 'unknown command "get colour"');
  assertEquals((await place.pls("get", "namespace")).code, 1);
  await place.does(["set", "namespace", "ops"], { out: "namespace=ops\n" });
  await place.does(["get", "namespace"], { out: "ops\n" });
});
