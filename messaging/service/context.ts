/**
 * What the methods of the service share.
 *
 * @module
 */

import type { SessionRequest } from "../contracts/mod.ts";
import { DEFAULT_SESSION, type Home } from "../home/mod.ts";
import type { MeshStore } from "../store/mod.ts";

/** What a mesh is kept in. */
export interface Engine {
  /** A directory, or the URL of a server: for people. */
  readonly place: string;
  /** Whether it is a server, which can be away. */
  readonly isServer: boolean;
}

/** What a method works with. */
export interface Context {
  /** Sources, pipes and messages. */
  readonly store: MeshStore;
  /** What is kept for sessions. */
  readonly home: Home;
  /** What the mesh is kept in. */
  readonly engine: Engine;
  /** Which mesh it is, and with whose credentials. */
  readonly meshId?: string;
  /** The time: milliseconds since 1970. */
  readonly now: () => number;
  /** Tells a person what is wrong with something that others can do without. */
  readonly warn: (text: string) => void;
  /** Has something go on that nobody waits for; the service ends behind it. Failures are passed. */
  readonly background: (work: Promise<unknown>) => void;
}

/** The session of a request. */
export function sessionOf({ session }: SessionRequest): string {
  return session || DEFAULT_SESSION;
}
