/**
 * Messaging for one test, on files or on a NATS server: services on one mesh, each with its own
 * connection and, unless told otherwise, the same home.
 *
 * @module
 */

import type { ReadMessage, ReadRequest } from "../../../messaging/contracts/mod.ts";
import {
  type Messaging,
  MessagingError,
  MessagingService,
} from "../../../messaging/internal_mod.ts";
import type { MeshStore } from "../../../messaging/store/mod.ts";
import { JsonText } from "../../../pool/mod.ts";
import type { NatsServer } from "../../nats/nats_server.ts";
import { meshTest, type World } from "../world.ts";

/** Longer than anything takes here that is to happen at once. */
export const PATIENCE_MS = 60_000;

/** How a service is opened. */
export interface Opening {
  /** Which of the homes of the test it has; services with the same one share it. Default `""`. */
  home?: string;
  /** Whoever creates sources and pipes. Default nobody. */
  createdBy?: string;
  /** The time. Default that of the system. */
  now?: () => number;
}

/** The services of a test. */
export class Services implements AsyncDisposable {
  /** Where the mesh is. */
  readonly world: World;
  readonly #homes: string;
  readonly #cleanup = new AsyncDisposableStack();
  #store: MeshStore | undefined;

  /** Services on the mesh of `world`. */
  constructor(world: World) {
    this.world = world;
    this.#homes = Deno.makeTempDirSync({ prefix: "pls-homes-" });
    this.#cleanup.defer(() => Deno.removeSync(this.#homes, { recursive: true }));
  }

  /** Opens a service; it is closed with the test. */
  async open({ home = "", createdBy = "", now }: Opening = {}): Promise<MessagingService> {
    const options = this.world.serviceOptions(this.homePath(home));
    const service = await MessagingService.open({ ...options, createdBy, now });
    this.#cleanup.use(service);
    return service;
  }

  /** The directory of a home. */
  homePath(home = ""): string {
    return `${this.#homes}/home-${home}`;
  }

  /** The pools of the mesh, for what no service does. */
  async store(): Promise<MeshStore> {
    return this.#store ??= await this.world.store();
  }

  /** Appends JSON text to the pipe `handle.name`, or the uncollared pipe `name` at the root. */
  async append(handle: string, name: string, ...texts: string[]): Promise<void> {
    const store = await this.store();
    const pipe = (await store.refresh()).pipe({ manifold: "", handle, name });
    if (pipe === undefined) throw new Error(`no pipe ${handle}.${name}`);
    const inputs = texts.map((text) => ({ json: JsonText.parse(text) }));
    await store.pools.use(pipe, (pool) => pool.appendMany(inputs));
  }

  /** The stored texts of the pipe `handle.name`, or the uncollared pipe `name` at the root. */
  async stored(handle: string, name: string): Promise<string[]> {
    const store = await this.store();
    const pipe = (await store.refresh()).pipe({ manifold: "", handle, name });
    if (pipe === undefined) throw new Error(`no pipe ${handle}.${name}`);
    const { total } = await store.content(pipe);
    if (total === 0) return [];
    return await store.pools.use(pipe, async (pool) => {
      let text = "";
      for await (const batch of pool.tailBatches({ last: total, maxMessages: total })) {
        text += new TextDecoder().decode(batch.jsonLines({ dataOnly: true }));
      }
      return text.split("\n").slice(0, -1);
    });
  }

  /** Closes the services. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup.disposeAsync();
  }
}

/** Defines a test twice: on files, and on the server that `server` gives. */
export function serviceTest(
  server: () => NatsServer,
  name: string,
  fn: (services: Services) => Promise<void>,
): void {
  meshTest(server, name, async (world) => {
    await using services = new Services(world);
    await within(fn(services), `the test "${name}"`, 2 * PATIENCE_MS);
  });
}

/** The messages that a read gives, all of them delivered. */
export async function readAll(
  service: Messaging,
  request: ReadRequest,
  signal?: AbortSignal,
): Promise<ReadMessage[]> {
  const messages: ReadMessage[] = [];
  for await (const portion of service.read(request, signal)) {
    for (const { msg } of portion) if (msg !== undefined) messages.push(msg);
  }
  return messages;
}

/** The payloads that a read gives, all of them delivered. */
export async function payloads(service: Messaging, request: ReadRequest): Promise<string[]> {
  return (await readAll(service, request)).map(({ payload }) => payload);
}

/** The text of the failure of `work`: its code and message. */
export async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof MessagingError) return String(error);
    throw error;
  }
  throw new Error("it did not fail");
}

/** The code of the failure of `work`. */
export async function failureCode(work: Promise<unknown>): Promise<string> {
  return (await failure(work)).split(":")[0];
}

/** What `work` gives; fails when that takes too long. */
export async function within<T>(
  work: Promise<T>,
  what: string,
  limitMs = PATIENCE_MS,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`too long: ${what}`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
