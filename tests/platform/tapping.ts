/**
 * Runs a command as `pls tap` does on another system: `tapping.ts OS PROGRAM ARG...`. Says
 * `signalled` when it got SIGINT, and at the end what the command said and how it ended.
 *
 * @module
 */

import { signalRulesOf, TappedChild } from "../../cli/tap/child.ts";

if (import.meta.main) {
  const [os, ...command] = Deno.args;
  const rules = signalRulesOf(os as typeof Deno.build.os);
  // This system has no SIGBREAK.
  const taken = rules.taken.filter((signal) => signal !== "SIGBREAK");
  using child = new TappedChild(command, { ...rules, taken });
  Deno.addSignalListener("SIGINT", () => console.log("signalled"));
  const stdout = child.output("stdout").pipeThrough(new TextDecoderStream());
  let said = "";
  for await (const text of stdout) {
    if (said === "") console.log("ready");
    said += text;
  }
  await child.output("stderr").cancel();
  const { exitCode, signal } = await child.end;
  console.log(JSON.stringify({ said, exitCode, signal }));
  // Until it is killed: who reads this may still have something to send.
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}
