/**
 * The thread behind {@linkcode "./serve_sync_pools.ts"}: does what it is asked on NATS, and puts the
 * answer where the one that asked looks for it.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { JsonText, PlasmiteError } from "@plasmite/pool";
import { connect, type NatsClient } from "@plasmite/pool/nats";
import type { ErrorKind, PoolOptions } from "../../pool/mod.ts";

/** A state, and the length of the answer in bytes. */
export const FLAGS_LENGTH = 2;

/** What the first flag says. */
export const State = { Asked: 1, Answered: 2 } as const;

/** What is asked. */
export type Call =
  | { method: "createPool"; name: string; options?: PoolOptions }
  | { method: "deletePool" | "poolInfo"; name: string }
  | { method: "get"; name: string; seq: number }
  | {
    method: "appendMany";
    name: string;
    messages: { text: string; tags: readonly string[] }[];
  };

/** What is answered. */
export interface Result {
  error?: { kind: ErrorKind; message: string };
  value?: unknown;
}

/** What the thread is told first. */
interface Start {
  url: string;
  shared: SharedArrayBuffer;
}

if (typeof WorkerGlobalScope !== "undefined" && self instanceof WorkerGlobalScope) {
  self.addEventListener("message", ({ data }: MessageEvent<Start>) => listen(data), { once: true });
}

function listen({ url, shared }: Start): void {
  const client = connect(url);
  const flags = new Int32Array(shared, 0, FLAGS_LENGTH);
  const answer = new Uint8Array(shared, flags.byteLength);
  self.addEventListener("message", async ({ data: call }: MessageEvent<Call>) => {
    const bytes = new TextEncoder().encode(JSON.stringify(await resultOf(client, call)));
    answer.set(bytes);
    flags[1] = bytes.length;
    Atomics.store(flags, 0, State.Answered);
    Atomics.notify(flags, 0);
  });
}

async function resultOf(client: NatsClient, call: Call): Promise<Result> {
  try {
    return { value: await work(client, call) };
  } catch (error) {
    if (!(error instanceof PlasmiteError)) throw error;
    return { error: { kind: error.kind, message: error.message } };
  }
}

async function work(client: NatsClient, call: Call): Promise<unknown> {
  switch (call.method) {
    case "createPool":
      return await client.createPool(call.name, call.options);
    case "deletePool":
      return await client.deletePool(call.name);
    case "poolInfo":
      return await client.poolInfo(call.name);
    case "get": {
      await using pool = await client.openPool(call.name);
      return (await pool.get(call.seq)).envelope;
    }
    case "appendMany": {
      await using pool = await client.openPool(call.name);
      const inputs = call.messages.map(({ text, tags }) => ({ json: JsonText.parse(text), tags }));
      return (await pool.appendMany(inputs)).map(({ envelope }) => envelope);
    }
  }
}
