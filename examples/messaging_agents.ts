/**
 * Two agents hand work to each other: a planner gives tasks, a builder does them and answers. Each
 * could as well be a program of its own, on this machine or, with a mesh on NATS, on another one.
 *
 *     deno run --allow-env --allow-read --allow-write examples/messaging_agents.ts
 *
 * @module
 */

import { Mesh } from "@plasmite/pool/messaging";

const TASKS = ["resize cat.png", "resize dog.png"];

async function plan(planner: Mesh): Promise<void> {
  for (const task of TASKS) {
    const { id } = await planner.send("builder", task, { subject: "task", requestAck: true });
    // The receipt comes when the task was read, the answer when it was done.
    const seen = new Set<string>();
    while (!seen.has("answer")) {
      const { subject, payload, in_reply_to } = await planner.receive("inbox");
      if (in_reply_to !== id) continue;
      seen.add(subject);
      console.log(subject === "answer" ? `planner: ${payload}` : `planner: ${task} was read`);
    }
  }
  await planner.send("builder", "", { subject: "stop" });
}

async function build(builder: Mesh): Promise<void> {
  // A message counts as read when the next one is asked for: work that fails comes again.
  const ending = new AbortController();
  const messages = builder.read("inbox", { follow: true, signal: ending.signal });
  for await (const { id, sender, subject, payload } of messages) {
    // Leaving the loop here would leave the message unread.
    if (subject === "stop") ending.abort();
    if (subject !== "task") continue;
    console.log(`builder: ${payload}`);
    await builder.send(sender, `done: ${payload}`, { subject: "answer", inReplyTo: id });
  }
}

await using planner = await Mesh.open({ session: "planner" });
await using builder = await Mesh.open({ session: "builder" });
await planner.connect("planner");
await builder.connect("builder");
await Promise.all([plan(planner), build(builder)]);
