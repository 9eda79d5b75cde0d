/**
 * Pipes: created with limits, destroyed by name and by pattern.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { testEveryWay } from "./mesh_place.ts";

const DEFAULTS = "retention=ttl=24h0m0s,msgs=5000,bytes=16777216";

testEveryWay("a pipe is created with the limits it is given", async (place) => {
  await place.done("source", "create", "nina");
  await place.does(["pipe", "create", "nina.log"], { out: `created pipe=nina.log ${DEFAULTS}\n` });
  const limits = ["--ttl", "1h30m", "--max-msgs", "7", "--max-bytes", "1MiB"];
  await place.does(["pipe", "create", "lobby", ...limits], {
    out: "created pipe=lobby retention=ttl=1h30m0s,msgs=7,bytes=1048576\n",
  });
  const none = ["--ttl", "0s", "--max-msgs", "0", "--max-bytes", "0"];
  await place.does(["pipe", "create", "hall", ...none], { out: `created pipe=hall ${DEFAULTS}\n` });
});

testEveryWay("what can't be a pipe is refused, and what is taken", async (place) => {
  await place.done("source", "create", "nina");
  await place.done("pipe", "create", "nina.log");
  await place.done("pipe", "create", "lobby");
  await place.fails(["pipe", "create", "nina.log"], "E_PIPE_TAKEN", 21);
  await place.fails(["pipe", "create", "lobby"], "E_PIPE_TAKEN", 21);
  await place.fails(["pipe", "create", "nina"], "E_NAME_TAKEN", 21);
  await place.fails(["source", "create", "lobby"], "E_NAME_TAKEN", 21);
  await place.fails(["pipe", "create", "nina.inbox"], "E_INVALID_PIPE", 20);
  await place.fails(["pipe", "create", "Nope"], "E_INVALID_PIPE", 20);
  await place.fails(["pipe", "create", ".log"], "E_INVALID_PIPE", 20);
  await place.fails(["pipe", "create", "mae.log"], "E_SOURCE_NOT_FOUND", 14);
  await place.fails(["pipe", "create", "x", "--max-bytes", "1TB"], "E_INVALID_PIPE", 20);
  assertEquals(
    await place.refuses(["pipe", "create", "x", "--ttl", "soon"]),
    '--ttl: not a duration: "soon"',
  );
});

testEveryWay("pipes are destroyed by name and by pattern", async (place) => {
  await place.done("source", "create", "nina");
  for (const pipe of ["nina.log", "nina.tasks", "lobby", "lounge"]) {
    await place.done("pipe", "create", pipe);
  }
  await place.does(["pipe", "destroy", "lobby"], { out: "destroyed pipe=lobby\n" });
  await place.fails(["pipe", "destroy", "lobby"], "E_PIPE_NOT_FOUND", 22);
  await place.fails(["pipe", "destroy", "nina.none"], "E_PIPE_NOT_FOUND", 22);
  await place.does(["pipe", "destroy", "x*"], { out: "0 pipes destroyed\n" });
  await place.does(["pipe", "destroy", "l*"], {
    out: "destroyed pipe=nina.log\ndestroyed pipe=lounge\n",
  });
  await place.does(["pipe", "destroy", "n*.*"], { out: "destroyed pipe=nina.tasks\n" });
  assertEquals(await place.refuses(["pipe", "destroy", "a.[b-"]), 'invalid pattern "[b-"');
});

testEveryWay("a pattern reaches pipes in every namespace", async (place) => {
  await place.done("set", "namespace", "ops");
  await place.done("pipe", "create", "lobby");
  await place.done("unset", "namespace");
  await place.does(["pipe", "destroy", "lob*"], { out: "destroyed pipe=ops.lobby\n" });
});

testEveryWay("with --recursive a source goes with its pipes", async (place) => {
  await place.done("source", "create", "nina");
  await place.refuses(["pipe", "destroy", "--recursive", "n*"]);
  await place.does(["pipe", "destroy", "--recursive", "nina"], { out: "destroyed source=nina\n" });
  await place.fails(["pipe", "destroy", "--recursive", "nina"], "E_SOURCE_NOT_FOUND", 14);
});
