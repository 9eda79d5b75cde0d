/**
 * What the other ways to carry messages have in common: set up once, connected to by any
 * process.
 *
 * @module
 */

import type { Program } from "../programs/program.ts";

/** A connection to one way to carry messages, ours among them. */
export interface Link extends AsyncDisposable {
  /** Appends one message; done when it counts as appended. */
  append(message: unknown): void | Promise<unknown>;
  /** Waits for messages that come from now on. Absent where one can only ask again. */
  follow?(): AsyncIterable<Received>;
}

/** A connection to one of the others. */
export interface Peer extends Link {
  /** Appends messages together, as its users would; done when all count as appended. */
  appendMany(messages: readonly unknown[]): void | Promise<unknown>;
  /** Reads everything retained, parses it, and returns how many messages that were. */
  readAll(): number | Promise<number>;
}

/** A message that a follower got. */
export interface Received {
  /** It, parsed when it is asked for. */
  readonly data: unknown;
}

/** A {@linkcode Received} of JSON text. */
export class ReceivedText implements Received {
  readonly #json: string;

  /** Keeps `json`. */
  constructor(json: string) {
    this.#json = json;
  }

  /** It, parsed. */
  get data(): unknown {
    return JSON.parse(this.#json);
  }
}

/** One way to carry messages. */
export interface Kind<L extends Link = Link> {
  /** Its name in results. */
  who: string;
  /** Sets it up in an empty directory. What must be ended goes on `cleanup`. */
  start(dir: string, keepMessages: number, cleanup: AsyncDisposableStack): Place | Promise<Place>;
  /** Connects to what was set up, from any process. */
  connect(place: Place): L | Promise<L>;
}

/** One of the others. */
export type PeerKind = Kind<Peer>;

/** Where messages are carried. */
export interface Place {
  /** A path or a URL. */
  address: string;
  /** It keeps about this many messages of 1 KiB. */
  keepMessages: number;
  /** The server behind it, in the process that started it. */
  server?: Program;
}
