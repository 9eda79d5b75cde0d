/**
 * What happened to the daemon and to its connection, lately: kept in memory, and the beginnings and
 * ends of daemons in a file as well, so that the next one knows of them.
 *
 * @module
 */

import {
  type DiagEvent,
  DIAGNOSTIC_EVENTS_MAX,
  type DiagReply,
  dropsLastHour,
  eventLine,
  formatTimeNano,
  parseTime,
} from "../contracts/mod.ts";
import { replaceFile } from "../home/mod.ts";

/** Something that happened to the connection to a server. */
export interface ConnectionEvent {
  /** It was made, lost, made again, or given up. */
  readonly type: "connect" | "disconnect" | "reconnect" | "closed";
  /** Why it was lost or given up; where to it was made. */
  readonly reason?: string;
}

/** What a connection is like behind an event, in the words of `Status`. */
const STATE_BEHIND: Readonly<Record<ConnectionEvent["type"], string>> = {
  connect: "connected",
  disconnect: "connecting",
  reconnect: "connected",
  closed: "disconnected",
};

/** Where diagnostics are kept, and by which clock. */
export interface DiagnosticsOptions {
  /** The file of beginnings and ends: a JSON object per line. */
  readonly path: string;
  /** The time: milliseconds since 1970. */
  readonly now: () => number;
}

/** The last {@linkcode DIAGNOSTIC_EVENTS_MAX} events. */
export class Diagnostics {
  readonly #path: string;
  readonly #now: () => number;
  #events: DiagEvent[];
  #lifecycle: DiagEvent[];
  #natsState: string | undefined;

  /** What there is to know when a daemon begins. A line of the file that is no event is dropped. */
  constructor({ path, now }: DiagnosticsOptions) {
    this.#path = path;
    this.#now = now;
    this.#lifecycle = newest(readEvents(path));
    this.#events = [...this.#lifecycle];
  }

  /** The state of the connection: undefined where there is none. */
  get natsState(): string | undefined {
    return this.#natsState;
  }

  /** The daemon began. */
  started(): void {
    this.#recordLifecycle({ type: "daemon_start" });
  }

  /** The daemon ends as it should. */
  stopped(): void {
    this.#recordLifecycle({ type: "daemon_stop", reason: "graceful" });
  }

  /** Something does not work. */
  warn(reason: string): void {
    this.#record({ type: "warn", reason });
  }

  /** Notes what happened to the connection. That it was made is known, and no event. */
  connectionChanged({ type, reason }: ConnectionEvent): void {
    this.#natsState = STATE_BEHIND[type];
    if (type !== "connect") this.#record({ type, reason });
  }

  /** The reply to `Diag`. */
  reply(): DiagReply {
    return {
      nats_state: this.#natsState,
      nats_drops_last_hour: dropsLastHour(this.#events, this.#now()) || undefined,
      nats_events: [...this.#events],
    };
  }

  #record({ type, reason }: Pick<DiagEvent, "type" | "reason">): DiagEvent {
    const event = { type, at: formatTimeNano(this.#now()), reason: reason || undefined };
    this.#events = newest([...this.#events, event]);
    return event;
  }

  /** A crash here leaves the file as it was before. */
  #recordLifecycle(event: Pick<DiagEvent, "type" | "reason">): void {
    this.#lifecycle = newest([...this.#lifecycle, this.#record(event)]);
    replaceFile(this.#path, this.#lifecycle.map(eventLine).join(""));
  }
}

function newest(events: readonly DiagEvent[]): DiagEvent[] {
  return events.slice(-DIAGNOSTIC_EVENTS_MAX);
}

function readEvents(path: string): DiagEvent[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => eventOf(line) ?? []);
}

function eventOf(line: string): DiagEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { type, at, reason } = value as Record<string, unknown>;
  if (typeof type !== "string" || typeof at !== "string") return undefined;
  if (parseTime(at) === undefined) return undefined;
  return { type, at, reason: typeof reason === "string" ? reason : undefined };
}
