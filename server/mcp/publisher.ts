/**
 * Telling streams of revision 2026-07-28 of pools: the SDK passes each notice on to those that
 * asked for it, however many they are.
 *
 * @module
 */

import type { ServerNotifier } from "@modelcontextprotocol/server";
import { uriOf } from "./resources.ts";
import type { Watched, Watches } from "./watches.ts";

/** Publishes news of pools, once each, as long as somebody listens. */
export class Publisher {
  readonly #watches: Watches;
  readonly #notifier: ServerNotifier;
  readonly #published = new Map<string, Watched & { users: number }>();

  /** Publishes what `watches` tells of. */
  constructor(watches: Watches, notifier: ServerNotifier) {
    this.#watches = watches;
    this.#notifier = notifier;
  }

  /** Publishes news of the pools `names` until it is ended. */
  publish(names: readonly string[]): Watched {
    const entries = names.map((name) => this.#enter(name));
    return {
      ready: Promise.all(entries.map(({ ready }) => ready)),
      end: () => names.forEach((name) => this.#leave(name)),
    };
  }

  #enter(name: string): Watched {
    let entry = this.#published.get(name);
    if (entry === undefined) {
      const watched = this.#watches.add([name], () => this.#notifier.resourceUpdated(uriOf(name)));
      entry = { ...watched, users: 0 };
      this.#published.set(name, entry);
    }
    entry.users++;
    return entry;
  }

  #leave(name: string): void {
    const entry = this.#published.get(name);
    if (entry === undefined || --entry.users > 0) return;
    this.#published.delete(name);
    entry.end();
  }
}
