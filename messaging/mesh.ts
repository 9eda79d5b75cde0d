/**
 * Messaging for programs: what an agent does in a mesh.
 *
 * @module
 */

import { Client, homeDirectory } from "../client.ts";
import {
  type ListRow,
  listRows,
  newError,
  parseReadTarget,
  parseSendTarget,
  parseTarget,
  type ReadMessage,
  type ReadRequest,
  type WhoRow,
  whoRows,
} from "./contracts/mod.ts";
import { DEFAULT_SESSION } from "./home/mod.ts";
import type { Retention } from "./registry/mod.ts";
import type { MeshOptions, ReadOptions, SendOptions, Sent, SourceOptions } from "./mesh_options.ts";
import { MessagingService } from "./service/mod.ts";
import { localClient, SHARED_PREFIX } from "./store/mod.ts";

/**
 * A mesh, as one session sees it: sources with inboxes, and pipes.
 *
 * @example Two agents that hand work to each other
 * ```ts
 * import { Mesh } from "@plasmite/pool/messaging";
 * import { assertEquals } from "@std/assert";
 *
 * const dir = Deno.makeTempDirSync();
 * const place = { dir: `${dir}/mesh`, home: `${dir}/home` };
 * await using planner = await Mesh.open({ ...place, session: "planner" });
 * await using builder = await Mesh.open({ ...place, session: "builder" });
 * await planner.createSource("planner");
 * await builder.createSource("builder");
 *
 * const task = await planner.send("builder", "build the docs", { subject: "task" });
 *
 * const work = await builder.receive("inbox");
 * await builder.send(work.sender, "done", { inReplyTo: work.id });
 *
 * const answer = await planner.receive("inbox");
 * assertEquals([answer.payload, answer.in_reply_to], ["done", task.id]);
 * ```
 */
export class Mesh implements AsyncDisposable {
  readonly #service: MessagingService;
  readonly #ownClient: Client | undefined;
  readonly #session: string;

  private constructor(
    service: MessagingService,
    { session, ownClient }: { session: string; ownClient?: Client },
  ) {
    this.#service = service;
    this.#session = session;
    this.#ownClient = ownClient;
  }

  /**
   * Opens a mesh, and makes it when there is none yet.
   *
   * @throws {MessagingError} when it can't be reached.
   */
  static async open(options: MeshOptions = {}): Promise<Mesh> {
    const { session = DEFAULT_SESSION, createdBy = "" } = options;
    const home = options.home ?? `${userHome()}/.plasmite`;
    const ownClient = options.client === undefined
      ? localClient(options.dir ?? `${userHome()}/.plasmite/pools/mesh`)
      : undefined;
    const client = options.client ?? ownClient!;
    const prefix = ownClient === undefined ? SHARED_PREFIX : "";
    const engine = client instanceof Client
      ? { place: client.dir, isServer: false }
      : { place: "a server", isServer: true };
    const service = await MessagingService.open({ client, prefix, createdBy, home, engine });
    return new Mesh(service, { session, ownClient });
  }

  /**
   * Creates a source with an inbox, and makes it the session's current one.
   *
   * @throws {MessagingError} `E_SOURCE_TAKEN` or `E_NAME_TAKEN` when the name is in use.
   */
  async createSource(handle: string, { kind, manifold }: SourceOptions = {}): Promise<void> {
    await this.#service.call("Create", { handle, kind, manifold, session: this.#session });
  }

  /** Makes a source the session's current one, and creates it when it is not there. */
  async connect(handle: string): Promise<void> {
    await this.#service.call("Connect", { handle, session: this.#session });
  }

  /**
   * Removes a source with its pipes and all their messages.
   *
   * @throws {MessagingError} `E_SOURCE_NOT_FOUND` when there is none.
   */
  async destroySource(handle: string): Promise<void> {
    await this.#service.call("SourceDestroy", { handle });
  }

  /**
   * Creates a pipe: `HANDLE.NAME` belongs to a source, `NAME` to nobody.
   *
   * @param retention How long messages stay. Default a day, 5000 messages and 16 MiB.
   * @throws {MessagingError} `E_PIPE_TAKEN` or `E_NAME_TAKEN` when the name is in use.
   */
  async createPipe(target: string, retention: Partial<Retention> = {}): Promise<void> {
    await this.#service.call("PipeCreate", {
      ...pipeAt(target),
      ttl_seconds: retention.ttlSeconds,
      max_msgs: retention.maxMsgs,
      max_bytes: retention.maxBytes,
      session: this.#session,
    });
  }

  /**
   * Removes a pipe with its messages.
   *
   * @throws {MessagingError} `E_PIPE_NOT_FOUND` when there is none.
   */
  async destroyPipe(target: string): Promise<void> {
    const { handle, name } = pipeAt(target);
    const bare_target = handle === "" ? name : undefined;
    await this.#service.call("PipeDestroy", { handle, name, bare_target, session: this.#session });
  }

  /**
   * Sends a message. It is stored when this returns.
   *
   * @param target `HANDLE.PIPE`; or a name, which is that of an uncollared pipe or of a source, whose
   * inbox is meant then.
   * @param payload Text, up to what makes 65,536 bytes with all that goes with it.
   * @throws {MessagingError} when there is no such pipe, or the message is too large.
   */
  async send(target: string, payload: string, options: SendOptions = {}): Promise<Sent> {
    const { subject: msg_subject, inReplyTo: in_reply_to, requestAck, sender } = options;
    const { id, subject, bytes } = await this.#service.call("Send", {
      ...parseSendTarget(target),
      payload,
      ...{ msg_subject, in_reply_to, ack_requested: requestAck, sender },
      session: this.#session,
    });
    return { id, path: pathOf(subject), bytes };
  }

  /**
   * Sends several messages; returns them in order. In files all or none are stored; on NATS, a
   * failure can leave the first ones.
   */
  async sendMany(target: string, payloads: readonly string[]): Promise<Sent[]> {
    const { ids, subject, bytes } = await this.#service.call("SendBatch", {
      ...parseSendTarget(target),
      payloads: [...payloads],
      session: this.#session,
    });
    return (ids ?? []).map((id, i) => ({ id, path: pathOf(subject), bytes: bytes?.[i] ?? 0 }));
  }

  /**
   * Reads what is unread, oldest first. A message counts as read when the next one is asked for: a
   * loop that is left gets the message it was at again.
   *
   * @param target `HANDLE.PIPE`, the name of an uncollared pipe, or `inbox` for that of the session's
   * current source.
   * @throws {MessagingError} when there is no such pipe.
   */
  async *read(target: string, options: ReadOptions = {}): AsyncGenerator<ReadMessage, void, void> {
    const { follow, peek: no_advance, all, signal } = options;
    const request: ReadRequest = {
      ...this.#placeOf(target),
      ...{ follow, no_advance, all },
      session: this.#session,
    };
    for await (const portion of this.#service.read(request, signal, 1)) {
      for (const { msg } of portion) if (msg !== undefined) yield msg;
    }
  }

  /**
   * Takes the oldest unread message, and waits for one when there is none. It counts as read.
   *
   * @throws what `signal` is aborted with, when it is.
   * @throws {MessagingError} when there is no such pipe.
   */
  async receive(target: string, { signal }: { signal?: AbortSignal } = {}): Promise<ReadMessage> {
    const ending = new AbortController();
    const signals = [ending.signal, ...signal === undefined ? [] : [signal]];
    const options = { follow: true, signal: AbortSignal.any(signals) };
    let received: ReadMessage | undefined;
    for await (const message of this.read(target, options)) {
      if (received !== undefined) break;
      received = message;
      // Asking for the next is what makes it read; there is to be none.
      ending.abort();
    }
    // What was received counts as read: it is returned, whatever has happened since.
    if (received !== undefined) return received;
    signal?.throwIfAborted();
    throw newError("E_INTERNAL", "the pipe ended");
  }

  /** Lists all pipes with what the session has not read of them. */
  async list(): Promise<ListRow[]> {
    const { sources, uncollared_pipes: uncollared = [] } = await this.#service.call("List", {
      session: this.#session,
    });
    return listRows(sources, uncollared);
  }

  /**
   * Waits until something is unread in pipes, or comes to one of them, and lists these pipes.
   *
   * @param patterns Globs over `HANDLE`, `PIPE` and `HANDLE.PIPE`, or over the path of an uncollared
   * pipe; one has to match. Default all pipes.
   * @throws what `signal` is aborted with, when it is.
   */
  async watch(
    patterns: readonly string[] = [],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<ListRow[]> {
    const request = { patterns: [...patterns], session: this.#session };
    const { sources, uncollared_pipes } = await this.#service.call("ListWatch", request, signal);
    return listRows(sources, uncollared_pipes ?? []);
  }

  /** Who has sent heartbeats, and how alive they are. */
  async who(): Promise<WhoRow[]> {
    const { entries } = await this.#service.call("Who", {});
    return whoRows(entries, Date.now());
  }

  /** Sends what was begun, and closes what was opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#service[Symbol.asyncDispose]();
    this.#ownClient?.close();
  }

  #placeOf(target: string): { handle: string; channel: string; bare_target?: string } {
    const place = parseReadTarget(target);
    if (place.kind === "leaf") return { handle: "", channel: "", bare_target: place.name };
    if (place.kind === "collared") return { handle: place.handle, channel: place.name };
    return { handle: this.#service.currentOf(this.#session), channel: "inbox" };
  }
}

function pipeAt(target: string): { handle: string; name: string } {
  const place = parseTarget(target);
  return { handle: place.kind === "collared" ? place.handle : "", name: place.name };
}

function pathOf(subject: string): string {
  return subject.slice(subject.indexOf(".") + 1);
}

function userHome(): string {
  return homeDirectory((name) => Deno.env.get(name)) ?? ".";
}
