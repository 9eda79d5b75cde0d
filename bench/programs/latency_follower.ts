/**
 * Follows messages: `WHO ADDRESS KEEP COUNT`. Says when it is warm, and after the last
 * of `COUNT` messages when each came, in milliseconds since 1970, `null` for one that
 * did not.
 *
 * @module
 */

import { kindOf } from "../peers/links.ts";
import { endWithParent } from "./end_with_parent.ts";
import { epochMs, WARM_UP_MESSAGES } from "./latency_times.ts";

const [who, address, keepMessages, count] = Deno.args;
const link = await kindOf(who).connect({ address, keepMessages: Number(keepMessages) });
endWithParent(() => end(1));

const cameMs: (number | null)[] = new Array(Number(count)).fill(null);
let warmUps = 0;
for await (const message of link.follow!()) {
  const nowMs = epochMs();
  const { id } = message.data as { id: number };
  if (id >= 0) cameMs[id] = nowMs;
  else if (++warmUps === WARM_UP_MESSAGES) console.log("warm");
  if (id === cameMs.length - 1) break;
}
console.log(JSON.stringify(cameMs));
await end(0);

/** Ends with what it started itself. */
async function end(code: number): Promise<never> {
  await link[Symbol.asyncDispose]();
  Deno.exit(code);
}
