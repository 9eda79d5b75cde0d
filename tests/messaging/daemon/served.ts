/**
 * A mesh on files, and a daemon's socket in front of it, in this process.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { assertEquals } from "@std/assert";
import { IpcClient, IpcServer } from "../../../messaging/daemon/mod.ts";
import { type Messaging, MessagingService } from "../../../messaging/service/mod.ts";
import { RawClient } from "./raw_client.ts";

/** What is answered, in place of a mesh, or before it. */
export type Around = (service: Messaging) => Messaging;

/** A mesh that is served. */
export class Served implements AsyncDisposable {
  /** A directory of its own. */
  readonly dir: string;
  /** The socket. */
  readonly path: string;
  /** What is served. */
  readonly messaging: Messaging;
  /** The server. */
  readonly server: IpcServer;
  readonly #cleanup: AsyncDisposableStack;

  private constructor(
    { dir, path, messaging, server, cleanup }: {
      dir: string;
      path: string;
      messaging: Messaging;
      server: IpcServer;
      cleanup: AsyncDisposableStack;
    },
  ) {
    this.dir = dir;
    this.path = path;
    this.messaging = messaging;
    this.server = server;
    this.#cleanup = cleanup;
  }

  /** Serves a new mesh; `around` may put something between the socket and it. */
  static async open(around: Around = (service) => service): Promise<Served> {
    await using cleanup = new AsyncDisposableStack();
    const dir = Deno.makeTempDirSync({ prefix: "pls-ipc-" });
    cleanup.defer(() => Deno.removeSync(dir, { recursive: true }));
    const service = cleanup.use(await openMesh(dir, cleanup));
    const messaging = around(service);
    const path = `${dir}/daemon.sock`;
    const server = await IpcServer.listen({ path, messaging });
    cleanup.defer(() => server.shutdown(5000));
    return new Served({ dir, path, messaging, server, cleanup: cleanup.move() });
  }

  /** A client as programs have it. */
  client(options?: ConstructorParameters<typeof IpcClient>[1]): IpcClient {
    return this.#cleanup.use(new IpcClient(this.path, options));
  }

  /** A connection to it. */
  connect(): Promise<RawClient> {
    return RawClient.connect(this.path);
  }

  /** Sends `content`, and gives the one line of the reply, parsed. */
  // deno-lint-ignore no-explicit-any
  async exchange(content: string | Uint8Array): Promise<any> {
    using raw = await this.connect();
    await raw.send(content);
    return JSON.parse(await raw.reply());
  }

  /** Asks, and gives the result. */
  // deno-lint-ignore no-explicit-any
  async ask(method: string, params: object = {}): Promise<any> {
    const reply = await this.exchange(JSON.stringify({ method, params }) + "\n");
    assertEquals(Object.keys(reply), ["result"], JSON.stringify(reply));
    return reply.result;
  }

  /** Asks, and gives the code of the failure. */
  async failure(method: string, params: unknown): Promise<string> {
    const reply = await this.exchange(JSON.stringify({ method, params }) + "\n");
    assertEquals(Object.keys(reply), ["error"], JSON.stringify(reply));
    assertEquals(Object.keys(reply.error), ["code", "message"]);
    return reply.error.code;
  }

  /** Ends the server, closes the mesh, removes the directory. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync();
  }
}

/** The mesh in `dir`, with its home there as well. */
export async function openMesh(
  dir: string,
  cleanup: AsyncDisposableStack,
): Promise<MessagingService> {
  const client = new Client({ dir: `${dir}/mesh` });
  cleanup.defer(() => client.close());
  return await MessagingService.open({
    client,
    prefix: "",
    home: dir,
    createdBy: "ada",
    engine: { place: `${dir}/mesh`, isServer: false },
  });
}
