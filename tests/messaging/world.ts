/**
 * A mesh for one test, on files or on a NATS server, and other processes on the same mesh.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { connect } from "@plasmite/pool/nats";
import type { ReadRequest } from "../../messaging/contracts/mod.ts";
import type { RegistryState } from "../../messaging/registry/mod.ts";
import type { Engine, ServiceOptions } from "../../messaging/service/mod.ts";
import { MeshStore } from "../../messaging/store/mod.ts";
import type { PoolClient } from "../../pool/mod.ts";
import { type NatsServer, natsTest } from "../nats/nats_server.ts";
import { Child } from "../process/child.ts";

const PROCESS = import.meta.dirname + "/mesh_process.ts";
const READING_PROCESS = import.meta.dirname + "/reading_process.ts";

let count = 0;

/** What a mesh is kept in that is at `where`: as {@linkcode clientOf} has it. */
export function engineOf(where: string): Engine {
  return { place: where, isServer: where.startsWith("nats://") };
}

/** A client of the pools at `where`: a directory, or the URL of a NATS server. */
export function clientOf(where: string): PoolClient {
  return where.startsWith("nats://") ? connect(where) : new Client({ dir: where });
}

/** Where a mesh is, and whoever uses it. */
export class World implements AsyncDisposable {
  /** What the names of the pools of the mesh begin with: no other test has the same. */
  readonly prefix = `mesh${++count}.`;
  /** A directory, or the URL of a NATS server. */
  readonly where: string;
  readonly #cleanup = new AsyncDisposableStack();

  /** A mesh that is not there yet, on `server`, or in a directory that goes with it. */
  constructor(server?: NatsServer) {
    if (server === undefined) {
      const dir = Deno.makeTempDirSync({ prefix: "pls-mesh-" });
      this.#cleanup.defer(() => Deno.removeSync(dir, { recursive: true }));
      this.where = dir;
    } else this.where = server.url;
  }

  /** A client of its own, closed with the world. */
  client(): PoolClient {
    const client = clientOf(this.where);
    this.#cleanup.defer(() => client.close());
    return client;
  }

  /** How a service is opened on the mesh, with sessions in the directory `home`. */
  serviceOptions(home: string, client = this.client()): ServiceOptions {
    return { client, prefix: this.prefix, home, createdBy: "", engine: engineOf(this.where) };
  }

  /** Opens the mesh with `client`, by default one of its own. */
  async store({ createdBy = "", client = this.client() } = {}): Promise<MeshStore> {
    const store = await MeshStore.open({ client, prefix: this.prefix, createdBy });
    this.#cleanup.use(store);
    return store;
  }

  /** Another process on the mesh: {@linkcode "./mesh_process.ts"}. */
  process(...args: string[]): Child {
    return this.#start(PROCESS, args);
  }

  /** A process that reads a pipe: {@linkcode "./reading_process.ts"}. */
  reader(home: string, request: ReadRequest, portionLength: number): Child {
    return this.#start(READING_PROCESS, [home, JSON.stringify(request), String(portionLength)]);
  }

  #start(script: string, args: readonly string[]): Child {
    const child = Child.deno(script, ["--allow-all"], [this.where, this.prefix, ...args]);
    this.#cleanup.use(child);
    return child;
  }

  /** The names of the pools of the mesh, without what they all begin with. */
  async poolNames(): Promise<string[]> {
    const names = (await this.client().listPools()).map(({ name }) => name);
    return names.filter((name) => name.startsWith(this.prefix))
      .map((name) => name.slice(this.prefix.length));
  }

  /** Ends the processes, closes what was opened, removes the directory. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync();
  }
}

/** Defines a test twice: for a mesh on files, and for one on the server that `server` gives. */
export function meshTest(
  server: () => NatsServer,
  name: string,
  fn: (world: World) => Promise<void>,
): void {
  Deno.test(`${name}: on files`, async () => {
    await using world = new World();
    await fn(world);
  });
  natsTest(`${name}: on NATS`, async () => {
    await using world = new World(server());
    await fn(world);
  });
}

/** All that a state says, in a form that can be compared and sent to another process. */
export function stateText({ account, sources, uncollared }: RegistryState): string {
  const plain = sources.map(({ pipes, ...source }) => ({
    ...source,
    pipes: [...pipes.values()].toSorted((a, b) => a.name < b.name ? -1 : 1).map(sorted),
  }));
  return JSON.stringify({
    account,
    sources: plain.map(sorted),
    uncollared: uncollared.map(sorted),
  });
}

/** The same object with its members in the order of their names. */
function sorted(value: object): object {
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === "retention" ? sorted(member as object) : member,
    ]).sort(),
  );
}
