/**
 * File systems that report nothing, systems that have no watcher left, and pools on tmpfs
 * and overlays: followers see everything all the same.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { jsonLines, Place } from "../cli/pls.ts";
import { collect, ScratchClient, seqs } from "../pool/scratch.ts";
import { replaced } from "./replaced.ts";
import { IN_NAMESPACE, reasonNotToRun, shell, testUnless } from "./shell.ts";

const COUNT = 5;
/** A tail that has seen nothing by then never will. */
const PATIENCE_MS = 20_000;

/** A watcher that never reports, as on network file systems. */
class SilentWatcher implements Deno.FsWatcher {
  #closed = () => {};
  readonly #end = new Promise<void>((resolve) => this.#closed = resolve);

  close(): void {
    this.#closed();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async next(): Promise<IteratorResult<Deno.FsEvent, undefined>> {
    await this.#end;
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<Deno.FsEvent, undefined>> {
    return this.next();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Deno.FsEvent> {
    return this as unknown as AsyncIterableIterator<Deno.FsEvent>;
  }
}

/** A watcher that ends by itself with an error. */
class DyingWatcher extends SilentWatcher {
  override next(): Promise<never> {
    return Promise.reject(new Error("the watcher died"));
  }
}

const WATCHERS: Record<string, typeof Deno.watchFs> = {
  "that report nothing": () => new SilentWatcher(),
  "whose watchers die": () => new DyingWatcher(),
  "that have no watcher left": () => {
    throw Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" });
  },
};

for (const [name, watchFs] of Object.entries(WATCHERS)) {
  Deno.test(`a tail delivers everything on systems ${name}`, async () => {
    using client = new ScratchClient();
    using pool = client.pool("work");
    using _ = replaced(Deno, "watchFs", watchFs);
    const tail = pool.tail({ maxMessages: COUNT, timeoutMs: PATIENCE_MS, gapPolicy: "error" });
    for (let i = 1; i <= COUNT; i++) {
      const next = tail.next();
      setTimeout(() => pool.append(i), 1);
      assertEquals((await next).value?.data, i);
    }
    await tail.return!();
  });
}

Deno.test("a tail ends when its pool is deleted, on systems that report nothing", async () => {
  using client = new ScratchClient();
  using pool = client.pool("work");
  using _ = replaced(Deno, "watchFs", () => new SilentWatcher());
  const end = collect(pool.tail({ timeoutMs: PATIENCE_MS })).catch((error) => error.kind);
  await pool.tail({ timeoutMs: 20 }).next();
  client.deletePool("work");
  assertEquals(await end, "NotFound");
});

/** Follows a pool as the shell does `prefix`, feeding it meanwhile, and returns what came. */
async function followed(prefix: string, suffix = ""): Promise<number[]> {
  await using place = new Place();
  await place.done("feed", "work", "0", "--create");
  const line = `mkdir -p upper work merged mounted
    ${prefix}
    pls follow work --tail 1 --jsonl > out & follower=$!
    until test -s out; do sleep 0.02; done
    for i in 1 2 3; do pls feed work $i > receipts || exit 1; done
    for attempt in $(seq 200); do
      test $(wc -l < out) = 4 && break; sleep 0.05
    done
    kill $follower; cat out; ${suffix}`;
  const script = `${place.dir}/script`;
  Deno.writeTextFileSync(script, line);
  const { stdout, stderr } = await shell(place, `${IN_NAMESPACE} sh ${script}`);
  assertEquals(stderr, "");
  return jsonLines(stdout).map(({ data }) => data);
}

const noNamespace = reasonNotToRun(`${IN_NAMESPACE} true`);
const MOUNTS: Record<string, string> = {
  "tmpfs": "mount -t tmpfs -o size=4m tmpfs mounted",
  "an overlay":
    "mount -t overlay -o userxattr,lowerdir=pools,upperdir=upper,workdir=work overlay merged",
};

testUnless(
  noNamespace ?? reasonNotToRun(
    `${IN_NAMESPACE} sh -c 'echo 0 > /proc/sys/user/max_inotify_instances'`,
  ),
  "a follower sees everything when the system has no inotify instance left",
  async () => {
    assertEquals(await followed("echo 0 > /proc/sys/user/max_inotify_instances"), [0, 1, 2, 3]);
  },
);

testUnless(
  noNamespace ?? reasonNotToRun(
    `${IN_NAMESPACE} sh -c 'echo 0 > /proc/sys/user/max_inotify_watches'`,
  ),
  "a follower sees everything when the system has no inotify watch left",
  async () => {
    assertEquals(await followed("echo 0 > /proc/sys/user/max_inotify_watches"), [0, 1, 2, 3]);
  },
);

testUnless(
  reasonNotToRun(`mkdir mounted && ${IN_NAMESPACE} ${MOUNTS["tmpfs"]}`),
  "a pool on tmpfs is followed like any other",
  async () => {
    const onTmpfs = `${MOUNTS["tmpfs"]}; cp pools/* mounted; export PLS_DIR=mounted`;
    assertEquals(await followed(onTmpfs), [0, 1, 2, 3]);
  },
);

testUnless(
  reasonNotToRun(
    `mkdir pools upper work merged && ${IN_NAMESPACE} ${MOUNTS["an overlay"]}`,
  ),
  "a follower of a pool in a lower layer of an overlay sees what is appended to the upper one",
  async () => {
    const onOverlay = `${MOUNTS["an overlay"]} || exit 1; export PLS_DIR=merged`;
    const data = await followed(onOverlay, "pls pool delete work > receipts");
    assertEquals(data, [0, 1, 2, 3]);
  },
);

Deno.test("numbers of messages rise on a system without watchers, with two followers", async () => {
  using client = new ScratchClient();
  using pool = client.pool("work");
  using _ = replaced(Deno, "watchFs", () => new SilentWatcher());
  const tails = [1, 2].map(() =>
    collect(pool.tail({ maxMessages: COUNT, timeoutMs: PATIENCE_MS }))
  );
  for (let i = 1; i <= COUNT; i++) pool.append(i);
  for (const messages of await Promise.all(tails)) assertEquals(seqs(messages), [1, 2, 3, 4, 5]);
});
