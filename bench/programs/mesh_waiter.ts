/**
 * Waits for messages, over and over: `mesh_waiter.ts mesh|tail DIR HOME COUNT`. As a mesh it waits
 * for the inbox of `otto` and reads it, as a tail it follows the pool `tail`. Says after the last of
 * `COUNT` messages how long each took, in milliseconds.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { Mesh } from "@plasmite/pool/messaging";
import { endWithParent } from "./end_with_parent.ts";
import { epochMs } from "./latency_times.ts";

const [way, dir, home, count] = Deno.args;
endWithParent(() => Deno.exit(1));
const tookMs: number[] = [];
if (way === "mesh") await waitForMessages();
else await followPool();
console.log(JSON.stringify(tookMs));
Deno.exit();

async function waitForMessages(): Promise<void> {
  const mesh = await Mesh.open({ dir, home, session: "waiter" });
  console.log("ready");
  while (tookMs.length < Number(count)) {
    await mesh.watch(["otto.inbox"]);
    const nowMs = epochMs();
    for await (const { payload } of mesh.read("otto.inbox")) tookMs.push(nowMs - Number(payload));
  }
}

async function followPool(): Promise<void> {
  const pool = new Client({ dir }).pool("tail");
  console.log("ready");
  for await (const { data } of pool.tail({ last: 0 })) {
    tookMs.push(epochMs() - Number(data));
    if (tookMs.length === Number(count)) return;
  }
}
