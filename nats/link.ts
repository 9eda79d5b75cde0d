/**
 * The connection to a NATS server or cluster: made when it is first needed, kept up by the client
 * library, and asked again for what may succeed in a moment.
 *
 * @module
 */

import {
  jetstream,
  type JetStreamClient,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import { type ConnectionOptions, errors, type NatsConnection } from "@nats-io/transport-node";
import { backoffMs, pause } from "../pool/internal_mod.ts";
import { IoError, UsageError } from "../pool/mod.ts";
import { authentication, tlsOptions } from "./access.ts";
import { isTransient, natsFailure, type Subject } from "./failure.ts";
import type { ConnectOptions } from "./options.ts";
import type { NatsAddress } from "./reference.ts";
import { connect } from "./transport.ts";

/** How long a server may take to answer one request. */
export const ANSWER_LIMIT_MS = 5000;

/** How long a call waits altogether for a server that is away, or a cluster without a leader. */
export const PATIENCE_MS = 15_000;

/** How long the client library waits before it tries a server again. */
export const RECONNECT_DELAY_MS = 250;

/** How often the connection is tried: a silent one counts as lost after two of these. */
const PING_INTERVAL_MS = 5000;

/** An open connection. */
export interface OpenLink {
  /** The connection itself. */
  readonly connection: NatsConnection;
  /** JetStream, to publish and consume. */
  readonly jetstream: JetStreamClient;
  /** JetStream, to manage streams. */
  readonly manager: JetStreamManager;
}

/** The server's complaint about a subject. */
export type PermissionViolation = InstanceType<typeof errors.PermissionViolationError>;

/** Told of the state of the connection. */
export interface LinkListener {
  /** The connection was lost; the library tries to get it back. */
  onDown?(): void;
  /** The user may not publish or subscribe to a subject; the server says so to nobody in particular. */
  onForbidden?(error: PermissionViolation): void;
}

/** The connection to one server or cluster. */
export class Link {
  /** The server's URL, without credentials. */
  readonly url: string;
  readonly #options: ConnectionOptions;
  readonly #onConnection: NonNullable<ConnectOptions["onConnection"]>;
  readonly #listeners = new Set<LinkListener>();
  readonly #closing = new AbortController();
  #open: Promise<OpenLink> | undefined;
  #connection: NatsConnection | undefined;
  #maxPayloadBytes = Infinity;
  #isUp = false;

  /**
   * A link to `address`.
   *
   * @throws {UsageError} when the options contradict each other, or a credential is none.
   */
  constructor(address: NatsAddress, options: ConnectOptions) {
    this.url = address.url;
    this.#onConnection = options.onConnection ?? (() => {});
    this.#options = {
      name: "pls",
      servers: address.servers,
      timeout: ANSWER_LIMIT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_DELAY_MS,
      // Each request would make the trace of a stack, which takes longer than the rest of it.
      noAsyncTraces: true,
      ...authentication(address, options),
      ...tlsOptions(address, options),
    };
  }

  /** The most bytes that a message may have, headers included, as the server said last. */
  get maxPayloadBytes(): number {
    // The library forgets it while it reconnects.
    this.#maxPayloadBytes = this.#connection?.info?.max_payload ?? this.#maxPayloadBytes;
    return this.#maxPayloadBytes;
  }

  /** Whether the connection is there, as far as is known. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Aborted when the link is given up. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Has `listener` told of the connection; the function returned ends that. */
  listen(listener: LinkListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The connection, made now if there is none. */
  open(): Promise<OpenLink> {
    if (this.#closing.signal.aborted) throw this.closedError();
    this.#open ??= this.#connect();
    return this.#open;
  }

  /**
   * What `work` gives, which may be asked again while the server is away or without a leader:
   * asking twice has to do no harm.
   *
   * @throws {PlasmiteError} what it failed with.
   */
  async ask<T>(
    subject: Omit<Subject, "server">,
    work: (open: OpenLink) => Promise<T>,
    patienceMs: number = PATIENCE_MS,
  ): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (let attempt = 1;; attempt++) {
      try {
        const open = await this.#unlessClosed(this.open());
        return await this.#unlessClosed(this.#whileUp(work(open), deadline));
      } catch (error) {
        const isLate = performance.now() >= deadline;
        if (isLate || !isTransient(error)) {
          throw natsFailure(error, { ...subject, server: this.url });
        }
        await pause(Math.min(backoffMs(attempt), 1000), this.#closing.signal);
      }
    }
  }

  /** What `work` gives; it fails as soon as the link is given up. */
  async #unlessClosed<T>(work: Promise<T>): Promise<T> {
    work.catch(() => {});
    const { signal } = this.#closing;
    const { promise: closed, reject } = Promise.withResolvers<never>();
    closed.catch(() => {});
    const fail = () => reject(this.closedError());
    signal.addEventListener("abort", fail);
    if (signal.aborted) fail();
    try {
      return await Promise.race([work, closed]);
    } finally {
      signal.removeEventListener("abort", fail);
    }
  }

  /** What calls fail with once the link is given up. */
  closedError(): UsageError {
    return new UsageError("the client is closed", { path: this.url });
  }

  /**
   * What `work` gives; it fails when the connection is lost, which the library would wait out, and
   * when `deadline` has passed.
   */
  async #whileUp<T>(work: Promise<T>, deadline: number): Promise<T> {
    work.catch(() => {});
    const { promise: lost, reject } = Promise.withResolvers<never>();
    lost.catch(() => {});
    const fail = () => reject(new errors.RequestError("the connection was lost"));
    const unlisten = this.listen({ onDown: fail });
    const leftMs = Math.max(0, deadline - performance.now());
    const timer = setTimeout(() => reject(new errors.TimeoutError()), leftMs);
    if (!this.#isUp) fail();
    try {
      return await Promise.race([work, lost]);
    } finally {
      unlisten();
      clearTimeout(timer);
    }
  }

  /** Gives the connection up. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    // What was sent is sent: the library writes it out before it closes.
    this.#open?.then(({ connection }) => connection.close()).catch(() => {});
  }

  async #connect(): Promise<OpenLink> {
    let connection: NatsConnection;
    try {
      connection = await connect(this.#options);
    } catch (error) {
      this.#open = undefined;
      throw natsFailure(error, { server: this.url });
    }
    this.#isUp = true;
    this.#onConnection({ type: "connect", reason: this.url });
    this.#watch(connection);
    const options = { timeout: ANSWER_LIMIT_MS };
    this.#maxPayloadBytes = connection.info!.max_payload;
    this.#connection = connection;
    return {
      connection,
      jetstream: jetstream(connection, options),
      manager: await jetstreamManager(connection, { ...options, checkAPI: false }),
    };
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === "disconnect") {
        this.#goDown();
        this.#onConnection({ type: "disconnect" });
      } else if (status.type === "reconnect") {
        this.#isUp = true;
        this.#onConnection({ type: "reconnect", reason: this.url });
      } else if (status.type === "error") this.#tellForbidden(status.error);
    }
    // It was closed, by us or because the server wants no more of these credentials.
    this.#open = undefined;
    this.#goDown();
    const error = await connection.closed();
    this.#onConnection({ type: "closed", reason: error?.message });
  }

  #goDown(): void {
    this.#isUp = false;
    for (const listener of [...this.#listeners]) listener.onDown?.();
  }

  #tellForbidden(error: Error): void {
    if (!(error instanceof errors.PermissionViolationError)) return;
    for (const listener of [...this.#listeners]) listener.onForbidden?.(error);
  }

  /** The error of a connection that was lost. */
  lostError(): IoError {
    return new IoError(`lost the connection to ${this.url}`, { path: this.url });
  }
}
