/**
 * A real `pls` process with a client connected to it in one of the ways, and the same pools in
 * the hands of the test: what the test feeds comes from another process.
 *
 * @module
 */

import type {
  CallToolResult,
  Client as McpClient,
  McpSubscription,
} from "@modelcontextprotocol/client";
import type { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client } from "@plasmite/pool";
import { assertEquals } from "@std/assert";
import { Place } from "../cli/pls.ts";
import { Serving } from "../cli/serving.ts";
import { eventually } from "../server/eventually.ts";
import { type Arguments, failureOf, type Fields, fieldsOf } from "./answer.ts";
import { clientOf, httpTransport, MODERN, stdioTransport, type Way } from "./ways.ts";

/** What the options of a call are. */
type CallOptions = Parameters<McpClient["callTool"]>[1];

/** A process, a client of it, and its pools. */
export class World implements AsyncDisposable {
  /** How the client reaches the process. */
  readonly way: Way;
  /** The connected client. It has seen the tools, so it checks results by their schemas. */
  readonly mcp: McpClient;
  /** The pools, from this process. */
  readonly pools: Client;
  /** The URIs of resources of which updates were told, in order. */
  readonly updates: string[] = [];
  readonly #resources: AsyncDisposableStack;
  #made = 0;

  private constructor(way: Way, mcp: McpClient, pools: Client, resources: AsyncDisposableStack) {
    this.way = way;
    this.mcp = mcp;
    this.pools = pools;
    this.#resources = resources;
    mcp.setNotificationHandler("notifications/resources/updated", ({ params }) => {
      this.updates.push(params.uri);
    });
  }

  /** Starts the process and connects to it. */
  static async start(way: Way): Promise<World> {
    await using resources = new AsyncDisposableStack();
    const place = resources.use(new Place());
    const pools = resources.use(new Client({ dir: place.pools }));
    pools.createPool("first");
    const mcp = clientOf(way.revision);
    if (way.transport === "stdio") {
      const transport = stdioTransport(place.pools);
      const complaints = complaintsOf(transport);
      await mcp.connect(transport);
      resources.defer(async () => {
        await mcp.close();
        assertEquals(await complaints, "", "standard error stays clean");
      });
    } else {
      const { url } = resources.use(await Serving.start(place));
      await mcp.connect(httpTransport(url));
      resources.defer(() => mcp.close());
      // Older clients open a stream of notices on the side.
      if (way.revision !== MODERN) {
        await eventually("the client listens", async () => {
          const text = await (await fetch(`${url}/metrics`)).text();
          return /^plasmite_tails 1$/m.test(text);
        });
      }
    }
    await mcp.listTools();
    return new World(way, mcp, pools, resources.move());
  }

  /** Makes an empty pool and gives its name. */
  pool(sizeBytes?: number): string {
    const name = this.newName();
    this.pools.createPool(name, { sizeBytes });
    return name;
  }

  /** A name that no pool has. */
  newName(): string {
    return `pool-${++this.#made}`;
  }

  /** Makes a pool with a message for each of `data`, and gives its name. */
  poolOf(...data: unknown[]): string {
    const name = this.pool();
    this.feed(name, ...data.map((data) => ({ data })));
    return name;
  }

  /** Appends messages from this process. */
  feed(name: string, ...messages: { data: unknown; tags?: string[] }[]): void {
    using pool = this.pools.openPool(name);
    pool.appendMany(messages);
  }

  /** Calls a tool. */
  call(name: string, args: Arguments = {}, options?: CallOptions): Promise<CallToolResult> {
    return this.mcp.callTool({ name, arguments: args }, options);
  }

  /** Calls a tool that must do it, and gives the fields of its result. */
  async done(name: string, args: Arguments = {}, options?: CallOptions): Promise<Fields> {
    return fieldsOf(await this.call(name, args, options));
  }

  /** Calls a tool that must fail, and gives the fields of its result. */
  async refused(name: string, args: Arguments = {}): Promise<Fields> {
    return failureOf(name, await this.call(name, args));
  }

  /** Subscribes to resources, in the manner of the revision; what is returned ends it. */
  async subscribe(...uris: string[]): Promise<() => Promise<void>> {
    if (this.way.revision === MODERN) {
      const listening: McpSubscription = await this.mcp.listen({ resourceSubscriptions: uris });
      return () => listening.close();
    }
    for (const uri of uris) await this.mcp.subscribeResource({ uri });
    return async () => {
      for (const uri of uris) await this.mcp.unsubscribeResource({ uri });
    };
  }

  /** How many updates of a resource were told. */
  updatesOf(uri: string): number {
    return this.updates.filter((one) => one === uri).length;
  }

  /** Waits until there were `count` updates of a resource. */
  async updated(uri: string, count: number): Promise<void> {
    await eventually(`update ${count} of ${uri}`, () => this.updatesOf(uri) >= count);
  }

  /** Closes the connection, ends the process and removes the pools. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** All that a process says on standard error, once it has ended. */
function complaintsOf(transport: StdioClientTransport): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  transport.stderr!.on("data", (chunk) => text += chunk);
  transport.stderr!.on("end", () => resolve(text));
  return promise;
}

/** The resource of a pool. */
export function uriOf(name: string): string {
  return `plasmite:///pools/${name}`;
}

/** What a client of the SDK may rely on, by name. */
export type Promises = Record<string, (world: World) => Promise<void>>;
