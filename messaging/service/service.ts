/**
 * Messaging in this process.
 *
 * @module
 */

import {
  type ListReply,
  newError,
  patternFilter,
  type ReadEvent,
  type ReadRequest,
  type StatusReply,
  type StatusRequest,
  type SubsListReply,
} from "../contracts/mod.ts";
import { Home } from "../home/mod.ts";
import { MeshStore, type StoreOptions } from "../store/mod.ts";
import type { CallName, Calls, Messaging } from "./calls.ts";
import { type Context, type Engine, sessionOf } from "./context.ts";
import { asMessagingError } from "./failure.ts";
import { hasUnread, lastSeqs, list, namesOf, onlyUnread } from "./list.ts";
import { who } from "./presence.ts";
import { read } from "./read.ts";
import { send, sendBatch } from "./send.ts";
import {
  connect,
  create,
  createPipe,
  destroyPipe,
  destroySource,
  setNamespace,
  switchTo,
} from "./sources.ts";
import {
  addSubscriptions,
  listSubscriptions,
  removeSubscriptions,
  subscribedFilter,
} from "./subs.ts";
import { watchPipes } from "./watch.ts";

/** Where a service works. */
export interface ServiceOptions extends StoreOptions {
  /** The directory where the state of sessions is kept. */
  readonly home: string;
  /** What the mesh is kept in. */
  readonly engine: Engine;
  /** Which mesh it is, and with whose credentials: what `Status` reports as `mesh_id`. */
  readonly meshId?: string;
  /** The time, in milliseconds since 1970. Default that of the system. */
  readonly now?: () => number;
  /** Told of a pipe that can't be read, where that does not keep others from being listed. */
  readonly onWarning?: (text: string) => void;
}

type Methods = {
  readonly [Name in CallName]: (
    context: Context,
    request: Calls[Name][0],
    signal: AbortSignal,
  ) => Calls[Name][1] | Promise<Calls[Name][1]>;
};

const METHODS: Methods = {
  Status: status,
  Create: create,
  Switch: switchTo,
  Connect: connect,
  Disconnect: async (context, request) => {
    await context.home.clearCurrent(sessionOf(request));
    return {};
  },
  SetNamespace: setNamespace,
  UnsetNamespace: async (context, request) => {
    await context.home.setNamespace(sessionOf(request), "");
    return {};
  },
  SourceDestroy: destroySource,
  PipeCreate: createPipe,
  PipeDestroy: destroyPipe,
  Send: send,
  SendBatch: sendBatch,
  List: (context, request) => list(context, sessionOf(request)),
  ListWatch: async (context, request, signal) => {
    const filter = patternFilter(request.patterns ?? []);
    const session = sessionOf(request);
    const isWanted = (names: readonly string[]) => filter(names);
    return await once(context, {
      look: () => list(context, session, request.patterns?.length ? isWanted : undefined),
      isWanted: () => (pipe) => filter(namesOf(pipe)),
      // A message that another reader of the session was faster with is news as well.
      isEnough: (reply, before) => hasUnread(reply) || lastSeqs(reply) !== lastSeqs(before),
      signal,
    });
  },
  Who: who,
  Diag: () => {
    throw newError("E_DAEMON_NOT_RUNNING");
  },
  SubsList: (context, request) => listSubscriptions(context, sessionOf(request)),
  SubsAdd: addSubscriptions,
  SubsRemove: removeSubscriptions,
  SubsWait: async (context, request, signal) => {
    const session = sessionOf(request);
    return await once<SubsListReply>(context, {
      look: async () => {
        const { subscriptions, ...reply } = await listSubscriptions(context, session);
        return { ...onlyUnread(reply), ...subscriptions && { subscriptions } };
      },
      isWanted: () => subscribedFilter(context.home, session),
      isEnough: hasUnread,
      // What it is subscribed to from now on counts as well.
      listen: (wake) => context.home.watchSubscriptions(wake),
      signal,
    });
  },
};

function status(
  { home, store, engine, meshId }: Context,
  request: StatusRequest,
): StatusReply {
  const session = sessionOf(request);
  const current = home.current(session);
  const namespace = home.namespace(session);
  return {
    daemon_pid: 0,
    logged_in: true,
    url: engine.place,
    ...meshId !== undefined && { mesh_id: meshId },
    account_id: store.state.account,
    login_check: "ok",
    ...current !== "" && { current },
    ...namespace !== "" && { current_namespace: namespace },
    current_path: home.currentPath,
  };
}

/** What is waited for. */
interface Wait<Reply extends ListReply> {
  /** Looks what there is. */
  readonly look: () => Promise<Reply>;
  /** Gives what tells whether anything in a pipe is to end the wait. */
  readonly isWanted: () => Parameters<typeof watchPipes>[1];
  /** Whether what was found after something came, and what there was before, is to end it. */
  readonly isEnough: (reply: Reply, before: Reply) => boolean;
  /** Has `wake` called when it is to look again for another reason. */
  readonly listen?: (wake: () => void) => { close(): void } | undefined;
  readonly signal: AbortSignal;
}

/** What is found as soon as something is unread, or comes. */
async function once<Reply extends ListReply>(
  { store }: Context,
  { look, isWanted, isEnough, listen, signal }: Wait<Reply>,
): Promise<Reply> {
  for (;;) {
    const ending = new AbortController();
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    const listening = listen?.(resolve);
    try {
      const signals = AbortSignal.any([signal, ending.signal]);
      const watch = await watchPipes(store, isWanted(), signals);
      // It is of interest only to who waits for it.
      watch.changed.catch(() => {});
      const found = await look();
      if (hasUnread(found)) return found;
      await Promise.race([watch.changed, woken]);
      signal.throwIfAborted();
      const reply = await look();
      if (isEnough(reply, found)) return reply;
    } finally {
      ending.abort();
      listening?.close();
    }
  }
}

/** Answers from the pools, without a daemon. */
export class MessagingService implements Messaging {
  readonly #context: Context;
  readonly #work = new Set<Promise<unknown>>();
  readonly #closing = new AbortController();

  private constructor(store: MeshStore, options: ServiceOptions) {
    const { home, engine, meshId, now = Date.now, onWarning = () => {} } = options;
    this.#context = {
      store,
      home: new Home(home),
      engine,
      meshId,
      now,
      warn: onWarning,
      background: (work) => this.#pass(work),
    };
  }

  /**
   * Opens the mesh, and makes it when there is none yet.
   *
   * @throws {MessagingError} when that can't be done.
   */
  static async open(options: ServiceOptions): Promise<MessagingService> {
    try {
      return new MessagingService(await MeshStore.open(options), options);
    } catch (error) {
      throw asMessagingError(error, options.engine);
    }
  }

  /**
   * The current source of a session.
   *
   * @throws {MessagingError} `E_NO_CURRENT_SOURCE` when it has none.
   */
  currentOf(session: string): string {
    const current = this.#context.home.current(session);
    if (current === "") throw newError("E_NO_CURRENT_SOURCE");
    return current;
  }

  /** Answers one request. */
  async call<Name extends CallName>(
    name: Name,
    request: Calls[Name][0],
    signal?: AbortSignal,
  ): Promise<Calls[Name][1]> {
    const ends = this.#endsOf(signal);
    try {
      return await METHODS[name](this.#context, request, ends);
    } catch (error) {
      if (ends.aborted) throw ends.reason;
      throw asMessagingError(error, this.#context.engine);
    }
  }

  /** Reads a pipe. At most `portionLength` messages count as delivered together. */
  async *read(
    request: ReadRequest,
    signal?: AbortSignal,
    portionLength?: number,
  ): AsyncGenerator<ReadEvent[], void, void> {
    try {
      yield* read(this.#context, request, { signal: this.#endsOf(signal), portionLength });
    } catch (error) {
      throw asMessagingError(error, this.#context.engine);
    }
  }

  /** Gives up what waits, and ends when all that nobody waited for is done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(newError("E_INTERNAL", "messaging was closed"));
    await Promise.all(this.#work);
    await this.#context.store[Symbol.asyncDispose]();
  }

  #endsOf(signal: AbortSignal | undefined): AbortSignal {
    const { signal: closing } = this.#closing;
    return signal === undefined ? closing : AbortSignal.any([signal, closing]);
  }

  #pass(work: Promise<unknown>): void {
    const done = work.catch(() => {}).finally(() => this.#work.delete(done));
    this.#work.add(done);
  }
}
