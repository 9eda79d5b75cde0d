/**
 * What the commands of messaging promise.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { jsonLines } from "../cli/pls.ts";
import type { Act, Promises } from "./act.ts";
import type { Pls } from "./pls.ts";

/** Calls `pls`, which must succeed; returns what it says on standard error. */
async function told(pls: Pls, ...args: string[]): Promise<string> {
  const { code, stderr } = await pls.pls(...args);
  assertEquals(code, 0, stderr);
  return stderr;
}

/** `act` where this session is nina and there is a pipe `lobby`. */
function withNina(act: Act): Act {
  return async (pls, way) => {
    await pls.done("source", "create", "nina");
    await pls.done("pipe", "create", "lobby");
    await act(pls, way);
  };
}

/** `act` while a daemon runs. */
function withDaemon(act: Act): Act {
  return async (pls, way) => {
    assertMatch(await pls.done("daemon", "start"), /^daemon started pid=\d+\n$/);
    try {
      await act(pls, way);
    } finally {
      await pls.pls("daemon", "stop");
    }
  };
}

/** Has nina in her inbox `text`. */
const sendNina = (pls: Pls, text: string) => told(pls, "send", "nina", text);

/** Promises of commands of messaging. */
export const MESSAGING: Promises = {
  send: {
    "sends to sources and pipes, and tells what it sent": withNina(async (pls) => {
      assertMatch(await sendNina(pls, "hi"), /^sent id=\w{8} to=nina\.inbox bytes=2\n$/);
      const { stderr } = await pls.call(["send", "lobby", "-"], { stdin: "a\nb\n" });
      assertEquals(stderr.match(/ to=lobby bytes=1$/gm)?.length, 2);
      assertEquals(await pls.done("read", "lobby", "--bare"), "a\nb\n");
    }),
    "fails with the code of what is wrong": async (pls) => {
      const { code, stderr } = await pls.pls("send", "mae", "hi");
      assertEquals([code, stderr], [14, "error: E_SOURCE_NOT_FOUND: source 'mae' not found\n"]);
    },
  },
  read: {
    "reads what is new": withNina(async (pls) => {
      await sendNina(pls, "one");
      assertMatch(await pls.done("read", "inbox"), /^[\d:]{8} {2}nina {10}one\n$/);
      assertEquals(await pls.done("read", "inbox"), "");
    }),
  },
  reread: {
    "reads again, and renders what a terminal shows": withNina(async (pls) => {
      await pls.done("pipe", "create", "nina.stdout");
      await told(pls, "send", "nina.stdout", "hello\x1b[1;1HJ");
      assertEquals(await pls.done("reread", "nina.stdout"), "Jello\n");
      assertEquals(await pls.done("reread", "nina.stdout"), "Jello\n");
    }),
  },
  await: {
    "waits, and reads": withNina(async (pls) => {
      const waiting = pls.start("await", "inbox", "--bare");
      await sendNina(pls, "one");
      assertEquals(await waiting.stdout.next(), "one");
      assertEquals((await waiting.status()).code, 0);
    }),
  },
  ls: {
    "lists pipes": withNina(async (pls) => {
      await sendNina(pls, "one");
      assertMatch(await pls.done("ls"), /^PIPE .*\nnina\.inbox +1 +1 +.* one +.*\nlobby +0 /);
      const watched = jsonLines(await pls.done("ls", "--watch", "nina", "--json"));
      assertEquals(watched.map(({ unread }) => unread), [1]);
    }),
  },
  subs: {
    "lists what is subscribed": withNina(async (pls) => {
      assertMatch(await pls.done("subs"), /^PIPE .*\nnina\.inbox +0 /);
    }),
  },
  "subs ls": {
    "does so as well": withNina(async (pls) => {
      assertEquals(await pls.done("subs", "ls"), await pls.done("subs"));
    }),
  },
  "subs add": {
    "subscribes": withNina(async (pls) => {
      assertEquals(await pls.done("subs", "add", "lobby"), "lobby\nnina.inbox\n");
    }),
  },
  "subs rm": {
    "ends it": withNina(async (pls) => {
      await pls.done("subs", "add", "lobby");
      assertEquals(await pls.done("subs", "rm", "lobby"), "nina.inbox\n");
    }),
  },
  "subs wait": {
    "waits": withNina(async (pls) => {
      const waiting = pls.start("subs", "wait", "--json");
      await sendNina(pls, "one");
      assertEquals(JSON.parse(`${await waiting.stdout.next()}`).pipe, "inbox");
    }),
  },
  "subs read": {
    "reads all of it": withNina(async (pls) => {
      await sendNina(pls, "one");
      assertMatch(await pls.done("subs", "read"), /^=== nina\.inbox ===\n.* one\n$/);
    }),
  },
  "source create": {
    "creates a source, once": async (pls) => {
      assertMatch(
        await pls.done("source", "create", "nina"),
        /^created handle=nina subject=[\da-f-]{36}\.nina\.inbox\ncurrent handle=nina\n$/,
      );
      assertEquals((await pls.pls("source", "create", "nina")).code, 13);
    },
  },
  "source destroy": {
    "removes what matches": withNina(async (pls) => {
      assertEquals(await pls.done("source", "destroy", "n*"), "destroyed source=nina\n");
      assertEquals(await pls.done("source", "destroy", "n*"), "0 sources destroyed\n");
    }),
  },
  "pipe create": {
    "creates a pipe with limits": async (pls) => {
      assertEquals(
        await pls.done("pipe", "create", "hall", "--ttl", "30m", "--max-bytes", "64KiB"),
        "created pipe=hall retention=ttl=30m0s,msgs=5000,bytes=65536\n",
      );
    },
  },
  "pipe destroy": {
    "removes what matches": withNina(async (pls) => {
      assertEquals(await pls.done("pipe", "destroy", "lob*"), "destroyed pipe=lobby\n");
    }),
  },
  "set handle": {
    "makes a source the current one": withNina(async (pls) => {
      assertEquals(await pls.done("set", "handle", "nina"), "handle=nina\n");
    }),
  },
  "get handle": {
    "tells which one it is": withNina(async (pls) => {
      assertEquals(await pls.done("get", "handle"), "nina\n");
    }),
  },
  "unset handle": {
    "leaves none": withNina(async (pls) => {
      assertEquals(await pls.done("unset", "handle"), "unset\n");
      assertEquals((await pls.pls("get", "handle")).code, 1);
    }),
  },
  "set namespace": {
    "is where things are created": async (pls) => {
      assertEquals(await pls.done("set", "namespace", "ops"), "namespace=ops\n");
      assertStringIncludes(await pls.done("pipe", "create", "hall"), "created pipe=ops.hall ");
    },
  },
  "get namespace": {
    "tells which one it is, at the root none": async (pls) => {
      assertEquals((await pls.pls("get", "namespace")).code, 1);
      await pls.done("set", "namespace", "ops");
      assertEquals(await pls.done("get", "namespace"), "ops\n");
    },
  },
  "unset namespace": {
    "goes back to the root": async (pls) => {
      await pls.done("set", "namespace", "ops");
      assertEquals(await pls.done("unset", "namespace"), "unset\n");
      assertStringIncludes(await pls.done("pipe", "create", "hall"), "created pipe=hall ");
    },
  },
  connect: {
    "is a source, new or not": async (pls) => {
      for (let i = 0; i < 2; i++) {
        assertEquals(await pls.done("connect", "nina"), "connected source=nina\n");
      }
    },
  },
  disconnect: {
    "is nobody": withNina(async (pls) => {
      assertEquals(await pls.done("disconnect"), "disconnected\n");
    }),
  },
  switch: {
    "is another one": withNina(async (pls) => {
      assertEquals(await pls.done("switch", "nina"), "current handle=nina\n");
    }),
  },
  who: {
    "has a header at least": async (pls) => {
      assertMatch(await pls.done("who"), /^HANDLE +STATUS .*OWNER\n$/);
    },
  },
  heartbeat: {
    "is seen by who, and ends when it is told to": withNina(async (pls) => {
      const beating = pls.start("heartbeat", "--interval", "30s", "--harness", "shell");
      assertEquals(await beating.stderr.next(), "heartbeats of nina every 30s");
      const [row] = JSON.parse(await pls.done("who", "--online", "--json"));
      assertEquals([row.handle, row.heartbeat.harness], ["nina", "shell"]);
      beating.signal("SIGTERM");
      assertEquals((await beating.status()).code, 0);
    }),
  },
  status: {
    "says that there is no daemon": async (pls) => {
      const { code, stdout } = await pls.pls("status");
      assertEquals([code, stdout], [11, "daemon: not running\n"]);
    },
    "says that there is one": withDaemon(async (pls) => {
      assertMatch(await pls.done("status"), /^daemon: logged in \(pid=\d+\), .* \(latest\)\n/);
    }),
  },
  diagnostics: {
    "tells what happened": withDaemon(async (pls) => {
      assertStringIncludes(await pls.done("diagnostics"), "\ndaemon_start ");
    }),
  },
  "daemon start": {
    "starts one, once": withDaemon(async (pls) => {
      assertMatch(await pls.done("daemon", "start"), /^daemon already running pid=\d+\n$/);
    }),
  },
  "daemon stop": {
    "stops it": withDaemon(async (pls) => {
      assertMatch(await pls.done("daemon", "stop"), /^daemon stopped pid=\d+\n$/);
      assertEquals(await pls.done("daemon", "stop"), "daemon not running\n");
    }),
  },
  "daemon restart": {
    "has another one": withDaemon(async (pls) => {
      assertMatch(
        await pls.done("daemon", "restart"),
        /^daemon stopped pid=\d+\ndaemon started pid=\d+\n$/,
      );
    }),
  },
  "daemon status": {
    "is what status says": withDaemon(async (pls) => {
      assertMatch(await pls.done("daemon", "status"), /^daemon: logged in /);
    }),
  },
};
