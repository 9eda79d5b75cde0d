/**
 * Results that are one line.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  printArrival,
  printArrivalJson,
  printBroadcast,
  printConnect,
  printCreate,
  printDaemonAlreadyRunning,
  printDaemonNotRunning,
  printDaemonStarted,
  printDaemonStopped,
  printDisconnect,
  printHandleWarning,
  printLogin,
  printLogout,
  printNothingDestroyed,
  printPipeCreate,
  printPipeDestroy,
  printSent,
  printSlotSet,
  printSlotUnset,
  printSourceDestroy,
  printSwitch,
} from "../../../messaging/contracts/mod.ts";

const ACCOUNT = "7b1e2a90-0c4d-4e5f-8a6b-1c2d3e4f5a6b";
const ID = "01a203d3-8aed-7d59-9bce-ef0690abcdef";

Deno.test("the daemon's lines", () => {
  assertEquals(printDaemonStarted(4242), "daemon started pid=4242\n");
  assertEquals(printDaemonAlreadyRunning(4242), "daemon already running pid=4242\n");
  assertEquals(printDaemonStopped(4242), "daemon stopped pid=4242\n");
  assertEquals(printDaemonNotRunning(), "daemon not running\n");
});

Deno.test("the lines of login and logout", () => {
  assertEquals(
    printLogin({ url: "https://relay.example", key_prefix: "0123abcd", account_id: ACCOUNT }),
    `logged in url=https://relay.example key=0123abcd account=${ACCOUNT}\n`,
  );
  assertEquals(printLogout(), "logged out\n");
});

Deno.test("the lines of sources", () => {
  assertEquals(
    printCreate({ handle: "nina", subject: `${ACCOUNT}.nina.inbox` }),
    "created handle=nina subject=7b1e2a90-0c4d-4e5f-8a6b-1c2d3e4f5a6b.nina.inbox\n" +
      "current handle=nina\n",
  );
  assertEquals(printSwitch({ handle: "nina" }), "current handle=nina\n");
  assertEquals(printConnect({ handle: "nina" }), "connected source=nina\n");
  assertEquals(printDisconnect(), "disconnected\n");
  assertEquals(printSourceDestroy({ handle: "nina" }), "destroyed source=nina\n");
  assertEquals(
    printSourceDestroy({ handle: "nina", manifold: "ops" }),
    "destroyed source=ops.nina\n",
  );
});

Deno.test("the lines of pipes", () => {
  const pipe = { handle: "nina", name: "log", stream_name: "pipe_7b1e2a90_ops_nina_log" };
  const retention = { ttl_seconds: 86400, max_msgs: 5000, max_bytes: 16777216 };
  assertEquals(
    printPipeCreate({ ...pipe, manifold: "ops", ...retention }),
    "created pipe=ops.nina.log retention=ttl=24h0m0s,msgs=5000,bytes=16777216\n",
  );
  assertEquals(
    printPipeCreate({ ...pipe, handle: "", ttl_seconds: 0, max_msgs: 0, max_bytes: 0 }),
    "created pipe=log retention=ttl=0s,msgs=0,bytes=0\n",
  );
  assertEquals(printPipeDestroy({ handle: "", name: "lobby" }), "destroyed pipe=lobby\n");
  assertEquals(
    printPipeDestroy({ handle: "", manifold: "ops", name: "lobby" }),
    "destroyed pipe=ops.lobby\n",
  );
  assertEquals(printPipeDestroy({ handle: "nina", name: "log" }), "destroyed pipe=nina.log\n");
  assertEquals(printNothingDestroyed("pipes"), "0 pipes destroyed\n");
  assertEquals(printNothingDestroyed("sources"), "0 sources destroyed\n");
});

Deno.test("the lines of a message that was sent", () => {
  const reply = { id: ID, subject: `${ACCOUNT}.ops.nina.inbox`, bytes: 5 };
  assertEquals(
    printBroadcast(reply),
    `sent id=${ID} subject=7b1e2a90-0c4d-4e5f-8a6b-1c2d3e4f5a6b.ops.nina.inbox bytes=5\n`,
  );
  const asked = { handle: "nina", pipe: "inbox" };
  assertEquals(printSent(reply, asked), "sent id=90abcdef to=ops.nina.inbox bytes=5\n");
  assertEquals(
    printSent(reply, { ...asked, ackRequested: true }),
    "sent id=90abcdef to=ops.nina.inbox bytes=5 ack=requested\n",
  );
});

Deno.test("a subject without a path shows what was asked for", () => {
  const asked = { handle: "nina", pipe: "inbox" };
  for (const subject of ["", "nodot", `${ACCOUNT}.`]) {
    assertEquals(
      printSent({ id: "short", subject, bytes: 0 }, asked),
      "sent id=short to=nina.inbox bytes=0\n",
    );
  }
});

Deno.test("the lines of a session's slots", () => {
  assertEquals(printSlotSet("handle", "nina"), "handle=nina\n");
  assertEquals(printSlotSet("namespace", "ops.east"), "namespace=ops.east\n");
  assertEquals(printSlotUnset(), "unset\n");
  assertEquals(
    printHandleWarning("nina", "updated"),
    "warning: PLS_CURRENT_HANDLE=nina is set; daemon current was updated but env still wins\n",
  );
  assertEquals(
    printHandleWarning("nina", "cleared"),
    "warning: PLS_CURRENT_HANDLE=nina is set; daemon current was cleared but env still wins\n",
  );
});

Deno.test("the lines of await", () => {
  assertEquals(printArrival("ops.lobby"), "messages arrived on ops.lobby\n");
  assertEquals(printArrivalJson("nina.inbox"), '{"event":"arrival","pipe":"nina.inbox"}\n');
});
