/**
 * Sends messages at a steady rate, whatever becomes of them: `WHO ADDRESS KEEP RATE
 * COUNT`. Every millisecond it hands over what is due.
 *
 * Ahead of the `COUNT` messages, numbered from 0, go others that warm up all who take
 * part, until something comes in. Prints {@linkcode SentTimes}, or `null` when the rate
 * was not kept.
 *
 * @module
 */

import { kindOf } from "../peers/links.ts";
import { endWithParent } from "./end_with_parent.ts";
import { epochMs, type SentTimes } from "./latency_times.ts";
import { pause } from "./program.ts";

/** How far behind its plan it may be in the end, in milliseconds. */
const LATE_MS = 100;
/** Messages handed over between pauses before it counts. */
const WARM_UP_BURST = 4;
const FILL = "x".repeat(1000);

const [who, address, keepMessages, rate, count] = Deno.args;
const link = await kindOf(who).connect({ address, keepMessages: Number(keepMessages) });
let isWarm = false;
endWithParent(() => Deno.exit(1), () => isWarm = true);

while (!isWarm) await warmUp();
const sent = await send(Number(rate), Number(count));
console.log(JSON.stringify(sent));
if (sent !== null) await link[Symbol.asyncDispose]();
Deno.exit();

/** Hands over messages as fast as they are taken, but gives the others time. */
async function warmUp(): Promise<void> {
  for (let i = 0; i < WARM_UP_BURST; i++) await link.append({ id: -1, fill: FILL });
  await pause(1);
}

async function send(rate: number, count: number): Promise<SentTimes | null> {
  const times: SentTimes = { calledMs: [], returnedMs: [] };
  const endMs = epochMs() + count / rate * 1000 + LATE_MS;
  const isLate = () => epochMs() > endMs;
  let returned = 0;
  const returns = (id: number) => {
    times.returnedMs[id] = epochMs();
    returned++;
  };
  await pace(rate, (handedOver) => handedOver === count || isLate(), (id) => {
    times.calledMs[id] = epochMs();
    const appended = link.append({ id, fill: FILL });
    if (appended === undefined) returns(id);
    else appended.then(() => returns(id));
  });
  while (returned < count && !isLate()) await pause(1);
  return returned === count ? times : null;
}

/** Hands over messages, numbered from 0, at a rate until it is over. */
async function pace(
  rate: number,
  isOver: (handedOver: number) => boolean,
  handOver: (id: number) => void,
): Promise<void> {
  const startMs = performance.now();
  let next = 0;
  while (!isOver(next)) {
    const due = (performance.now() - startMs) * rate / 1000;
    while (next < due && !isOver(next)) handOver(next++);
    await pause(1);
  }
}
