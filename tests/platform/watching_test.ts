/**
 * Watching where reports come late, never, or with names spelt in another way.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ChangeWaiter } from "../../pool/change_waiter.ts";
import { watchFile } from "../../pool/watch.ts";
import { replaced } from "../environment/replaced.ts";
import { pretending } from "./pretending.ts";

/** Longest time a follower may sleep where writes aren't reported, in milliseconds. */
const SLEEP_MAX_MS = 20;

/** A watcher that reports what a test has happen. */
class ToldWatcher implements Deno.FsWatcher {
  readonly directory: string;
  #report!: (event: IteratorResult<Deno.FsEvent, undefined>) => void;
  #next = this.#another();

  constructor(directory: string) {
    this.directory = directory;
  }

  tell(path: string): void {
    this.#report({ done: false, value: { kind: "modify", paths: [path] } });
  }

  close(): void {
    this.#report({ done: true, value: undefined });
  }

  async next(): Promise<IteratorResult<Deno.FsEvent, undefined>> {
    const event = await this.#next;
    this.#next = this.#another();
    return event;
  }

  return = () => this.next();

  [Symbol.asyncIterator](): AsyncIterableIterator<Deno.FsEvent> {
    return this as unknown as AsyncIterableIterator<Deno.FsEvent>;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #another(): Promise<IteratorResult<Deno.FsEvent, undefined>> {
    return new Promise((resolve) => this.#report = resolve);
  }
}

/** Puts watchers of this kind in the place of the system's; the newest one is `last`. */
function toldWatchers(): Disposable & { last: ToldWatcher } {
  const told = { last: undefined! as ToldWatcher };
  const replacement = replaced(Deno, "watchFs", (directory) => {
    return told.last = new ToldWatcher(String(directory));
  });
  return Object.assign(told, replacement);
}

/** How long, at most, a waiter sleeps so long after it found news that was reported. */
async function longestSleepMs(os: typeof Deno.build.os, quietMs = 0): Promise<number> {
  using _ = pretending(os);
  using watchers = toldWatchers();
  const waiter = new ChangeWaiter("/pools/work.plasmite");
  await waiter.wait(Infinity);
  watchers.last.tell("/pools/work.plasmite");
  waiter.foundNews();
  const sleeps: number[] = [];
  const nowMs = performance.now();
  let elapsedMs = quietMs;
  using _clock = replaced(performance, "now", () => nowMs + elapsedMs++);
  const timer = globalThis.setTimeout;
  using _timer = replaced(
    globalThis,
    "setTimeout",
    ((wake: () => void, ms: number) => {
      sleeps.push(ms);
      return timer(wake, 0);
    }) as typeof setTimeout,
  );
  for (let i = 0; i < 100; i++) {
    waiter.reset();
    await waiter.wait(Infinity);
  }
  waiter.close();
  return Math.max(...sleeps);
}

Deno.test("where writes aren't reported, a follower looks often, also after a report", async () => {
  for (const os of ["darwin", "windows"] as const) {
    assert(await longestSleepMs(os) <= SLEEP_MAX_MS, os);
  }
});

Deno.test("where writes aren't reported, a quiet pool is looked at less often", async () => {
  for (const os of ["darwin", "windows"] as const) {
    const sleepMs = await longestSleepMs(os, 6000);
    assert(sleepMs > SLEEP_MAX_MS && sleepMs <= 100, `${sleepMs} ms on ${os}`);
  }
});

Deno.test("where writes are reported, a follower that was told of one relies on it", async () => {
  assert(await longestSleepMs("linux") > SLEEP_MAX_MS);
});

/** Whether a listener on `path` hears of an event on `told`. */
async function hears(os: typeof Deno.build.os, path: string, told: string): Promise<boolean> {
  using _ = pretending(os);
  using watchers = toldWatchers();
  let heard = false;
  const watch = watchFile(path, () => heard = true);
  watchers.last.tell(told);
  // Events are handed on in a turn of their own.
  await new Promise((resolve) => setTimeout(resolve, 0));
  watch!.close();
  return heard;
}

Deno.test("an event is heard however the system spells the name of the file", async () => {
  const spellings = [
    ["/pools/work.plasmite", "/pools/Work.PLASMITE"],
    ["/pools/gr\u00f6\u00dfe.plasmite", "/pools/gro\u0308\u00dfe.plasmite"],
  ];
  for (const [path, told] of spellings) {
    assert(await hears("darwin", path, told), told);
    assert(await hears("windows", path, told), told);
    // Here these are two files.
    assert(!await hears("linux", path, told), told);
  }
  for (const os of ["linux", "darwin", "windows"] as const) {
    assert(await hears(os, "/pools/work.plasmite", "/private/pools/work.plasmite"));
    assert(!await hears(os, "/pools/work.plasmite", "/pools/other.plasmite"));
  }
});

Deno.test("a backslash is part of a name but on Windows", async () => {
  assert(await hears("linux", "/pools/a\\b.plasmite", "/pools/a\\b.plasmite"));
  assert(!await hears("linux", "/pools/b.plasmite", "/pools/a\\b.plasmite"));
  assert(await hears("windows", "C:\\pools\\b.plasmite", "C:\\pools\\b.plasmite"));
});

Deno.test("a pool in the root of a drive is watched there, not in the current directory", () => {
  using _ = pretending("windows");
  using watchers = toldWatchers();
  const watch = watchFile("C:\\work.plasmite", () => {});
  assertEquals(watchers.last.directory, "C:\\");
  watch!.close();
});
