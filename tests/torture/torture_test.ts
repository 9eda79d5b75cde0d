import { runTorture } from "./torture.ts";
import { TORTURES } from "./tortures.ts";

/** Tests should not fail now and then; `deno task torture` takes a new seed each time. */
const SEED = 20261122;

for (const torture of TORTURES) {
  Deno.test(torture.promise, async () => {
    await runTorture(torture, torture.rounds.short, SEED);
  });
}
