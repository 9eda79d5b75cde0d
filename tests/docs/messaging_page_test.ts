/**
 * What docs/messaging.md and docs/messaging_agents.md show in terminals goes as it is shown there.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { NatsServer, natsTest } from "../nats/nats_server.ts";
import { masked, type Step, stepsOf, Terminals } from "./console.ts";
import { readPage } from "./pages.ts";

/** The pages are for a POSIX shell. */
const noShell = Deno.build.os !== "linux";

const PAGE = "docs/messaging.md";
/** The part that needs a server, from its heading to the next one. */
const ON_NATS = /^### Several machines\n[^]*?(?=^##)/m;

async function assertGoes(steps: readonly Step[]): Promise<void> {
  await using terminals = new Terminals();
  for (const step of steps) {
    const printed = await terminals.run(step);
    assertEquals(masked(printed), masked(step.output), `${step.terminal}$ ${step.line}`);
  }
}

Deno.test({
  name: "the tutorial of messaging goes as it is shown",
  ignore: noShell,
  fn: async () => {
    const steps = stepsOf(readPage(PAGE).replace(ON_NATS, ""));
    assert(steps.length >= 40, `${steps.length} steps`);
    await assertGoes(steps);
  },
});

natsTest("the tutorial of messaging goes over NATS as it is shown", async () => {
  await using server = await NatsServer.start();
  const [part] = ON_NATS.exec(readPage(PAGE)) ?? [""];
  assert(part.includes("nats://127.0.0.1:4222"));
  const steps = stepsOf(part.replaceAll("nats://127.0.0.1:4222", server.url));
  assert(steps.length > 3, `${steps.length} steps`);
  await assertGoes(steps);
});

Deno.test({
  name: "the page for agents goes as it is shown",
  ignore: noShell,
  fn: async () => {
    const steps = stepsOf(readPage("docs/messaging_agents.md"));
    assert(steps.length > 5, `${steps.length} steps`);
    await assertGoes(steps);
  },
});
