/**
 * What a daemon answers: all that messaging does, and of itself its process, its connection and
 * what happened lately.
 *
 * A server that is away when the daemon begins is tried again with every call.
 *
 * @module
 */

import { PlasmiteError } from "../../pool/mod.ts";
import {
  MessagingError,
  type ReadEvent,
  type ReadRequest,
  type StatusReply,
  type StatusRequest,
} from "../contracts/mod.ts";
import type { CallName, Calls, Engine, Messaging } from "../service/mod.ts";
import type { Diagnostics } from "./diagnostics.ts";

/** How long `Status` waits for a mesh that is being opened, in milliseconds. */
const STATUS_PATIENCE_MS = 1000;

/** What a daemon is. */
export interface DaemonFacts {
  /** Its process. */
  readonly pid: number;
  /** The version of the program. */
  readonly version: string;
  /** What its mesh is kept in. */
  readonly engine: Engine;
  /** What happened. */
  readonly diagnostics: Diagnostics;
  /** Opens the mesh. */
  readonly open: () => Promise<Messaging>;
}

/** The messaging of a daemon. */
export class DaemonMessaging implements Messaging {
  readonly #facts: DaemonFacts;
  #opened: Promise<Messaging> | undefined;
  #hasBegun = false;
  #isClosed = false;
  #lastWarning = "";

  /** Nothing is opened before it is needed. */
  constructor(facts: DaemonFacts) {
    this.#facts = facts;
  }

  /**
   * Opens the mesh. What may be there in a moment is left to the calls that need it; what else that
   * fails with is thrown, here and by `Status`.
   */
  async begin(): Promise<void> {
    try {
      await this.#messaging();
    } catch (error) {
      if (!isAway(error)) throw error;
    }
    this.#hasBegun = true;
  }

  /** As the service does; `Status` and `Diag` are answered without a mesh as well. */
  async call<Name extends CallName>(
    name: Name,
    request: Calls[Name][0],
    signal?: AbortSignal,
  ): Promise<Calls[Name][1]> {
    if (name === "Status") return await this.#status(request as StatusRequest) as Calls[Name][1];
    if (name === "Diag") return this.#facts.diagnostics.reply() as Calls[Name][1];
    return await (await this.#messaging()).call(name, request, signal);
  }

  /** As the service does. */
  async *read(request: ReadRequest, signal?: AbortSignal): AsyncGenerator<ReadEvent[]> {
    yield* (await this.#messaging()).read(request, signal);
  }

  /** Closes the mesh. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const messaging = await this.#opened?.catch(() => undefined);
    await messaging?.[Symbol.asyncDispose]();
  }

  #messaging(): Promise<Messaging> {
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async #open(): Promise<Messaging> {
    try {
      const messaging = await this.#facts.open();
      this.#lastWarning = "";
      return messaging;
    } catch (error) {
      if (!this.#isClosed) this.#opened = undefined;
      this.#warnOnce(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /** Calls that fail for one reason must not push everything else out of the diagnostics. */
  #warnOnce(text: string): void {
    if (text === this.#lastWarning) return;
    this.#lastWarning = text;
    this.#facts.diagnostics.warn(`the mesh can't be opened: ${text}`);
  }

  async #status(request: StatusRequest): Promise<StatusReply> {
    const { pid, version, diagnostics } = this.#facts;
    const reply = await this.#serviceStatus(request);
    return {
      ...reply,
      daemon_pid: pid,
      daemon_version: version,
      nats_state: diagnostics.natsState ?? reply.nats_state,
    };
  }

  /** What the service says, or what is known without it. */
  async #serviceStatus(request: StatusRequest): Promise<StatusReply> {
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const timer = setTimeout(resolve, STATUS_PATIENCE_MS, undefined);
    const asked = this.#messaging().then((messaging) => messaging.call("Status", request));
    asked.catch(() => {});
    try {
      const reply = await Promise.race([asked, late]);
      if (reply !== undefined) return reply;
    } catch (error) {
      // Whoever starts a daemon must not take one for started that is about to end.
      if (!this.#hasBegun && !isAway(error)) throw error;
    } finally {
      clearTimeout(timer);
    }
    const { place, isServer } = this.#facts.engine;
    const natsState = isServer ? "disconnected" : undefined;
    return { daemon_pid: 0, logged_in: true, url: place, nats_state: natsState };
  }
}

/** Whether a server is not there, which may change. */
function isAway(error: unknown): boolean {
  if (error instanceof MessagingError) return error.code === "E_NATS_UNREACHABLE";
  return error instanceof PlasmiteError && (error.kind === "Io" || error.kind === "Busy");
}
