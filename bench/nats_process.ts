/**
 * Clients of NATS in processes of their own, that work when they are told to.
 *
 * @module
 */

import { connect, type NatsPoolOptions } from "@plasmite/pool/nats";
import { natsLink, type Way } from "./nats_links.ts";
import { type NatsServers, whileServed } from "./nats_server.ts";
import type { NatsSpan, NatsTask } from "./programs/nats_client.ts";
import { Program } from "./programs/program.ts";
import { BATCH, MESSAGE } from "./workload.ts";

/** How many batches are appended between looks at whether a pool is full. */
const FILL_BATCHES = 32;

/** A pool of some servers, and the way by which it is used. */
export interface NatsPlace {
  readonly servers: NatsServers;
  readonly pool: string;
  readonly way: Way;
}

/** Starts one of the programs beside this file for a place, until `cleanup`. */
export function startProgram(
  name: string,
  { way, servers, pool }: NatsPlace,
  cleanup: AsyncDisposableStack,
  ...args: string[]
): Program {
  return cleanup.use(Program.script(name, [way, servers.url, pool, ...args]));
}

/** Clients of one place. */
export class NatsClients {
  readonly #place: NatsPlace;
  readonly #programs: readonly Program[];

  private constructor(place: NatsPlace, programs: readonly Program[]) {
    this.#place = place;
    this.#programs = programs;
  }

  /** Starts so many, until `cleanup`, and waits until they are connected. */
  static async start(
    place: NatsPlace,
    count: number,
    cleanup: AsyncDisposableStack,
  ): Promise<NatsClients> {
    const programs = Array.from({ length: count }, () => {
      return startProgram("nats_client.ts", place, cleanup);
    });
    for (const program of programs) await program.nextLine("a client of NATS to be ready");
    return new NatsClients(place, programs);
  }

  /**
   * Has the first `clients` of them, all by default, do a task at the same time: the messages a
   * second of all together, from when the first begins until the last has ended.
   */
  async rateOf(task: NatsTask, clients = this.#programs.length): Promise<number> {
    const programs = this.#programs.slice(0, clients);
    const what = `${clients} x ${task.work} by ${this.#place.way}`;
    const line = new TextEncoder().encode(`${JSON.stringify(task)}\n`);
    const spans = await whileServed(
      this.#place.servers,
      Promise.all(programs.map(async (program): Promise<NatsSpan> => {
        await program.write(line);
        return JSON.parse(await program.nextLine(what));
      })),
      what,
    );
    const messages = spans.reduce((sum, span) => sum + span.messages, 0);
    const startMs = Math.min(...spans.map((span) => span.startMs));
    const endMs = Math.max(...spans.map((span) => span.endMs));
    return messages / (endMs - startMs) * 1000;
  }
}

/** Creates the pool of `place`, and fills it until it drops messages. */
export async function makePool(place: NatsPlace, options: NatsPoolOptions): Promise<NatsPlace> {
  const { way, servers, pool } = place;
  await using client = connect(servers.url);
  await client.createPool(pool, options);
  await using link = await natsLink(way, servers.url, pool);
  const batch = Array.from({ length: BATCH }, () => MESSAGE);
  const fill = async () => {
    while ((await link.bounds()).oldest <= 1) {
      for (let i = 0; i < FILL_BATCHES; i++) await link.appendMany(batch);
    }
  };
  await whileServed(servers, fill(), `filling ${pool}`);
  return place;
}
