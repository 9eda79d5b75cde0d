/**
 * Telling streams of revision 2026-07-28 of pools: the SDK passes each notice on to those that
 * asked for it, however many they are.
 *
 * @module
 */

import type { ServerNotifier } from "@modelcontextprotocol/server";
import { uriOf } from "./resources.ts";
import type { Watches } from "./watches.ts";

/** Publishes news of pools, once each, as long as somebody listens. */
export class Publisher {
  readonly #watches: Watches;
  readonly #notifier: ServerNotifier;
  readonly #published = new Map<string, { users: number; end: () => void }>();

  /** Publishes what `watches` tells of. */
  constructor(watches: Watches, notifier: ServerNotifier) {
    this.#watches = watches;
    this.#notifier = notifier;
  }

  /** Publishes news of the pools `names` until what is returned is called. */
  publish(names: readonly string[]): () => void {
    for (const name of names) {
      const known = this.#published.get(name);
      if (known !== undefined) known.users++;
      else this.#published.set(name, { users: 1, end: this.#watch(name) });
    }
    return () => names.forEach((name) => this.#leave(name));
  }

  #watch(name: string): () => void {
    return this.#watches.add([name], () => this.#notifier.resourceUpdated(uriOf(name)));
  }

  #leave(name: string): void {
    const entry = this.#published.get(name);
    if (entry === undefined || --entry.users > 0) return;
    this.#published.delete(name);
    entry.end();
  }
}
