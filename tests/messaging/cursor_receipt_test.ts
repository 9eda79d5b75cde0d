/**
 * A reader that is killed between delivering, moving its cursor and sending receipts: what it had
 * not done counts as not done, so that messages come again or receipts are missing, and nothing is
 * lost.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { ACK_READ, type ReadRequest } from "../../messaging/contracts/mod.ts";
import { Home } from "../../messaging/home/mod.ts";
import { MessagingService } from "../../messaging/service/mod.ts";
import type { PoolClient } from "../../pool/mod.ts";
import { NatsServer, natsTest, sharedServer } from "../nats/nats_server.ts";
import { Child } from "../process/child.ts";
import { eventually, PATIENCE_MS } from "../server/eventually.ts";
import { meshTest, World } from "./world.ts";

const server = sharedServer();

const HOLDER = import.meta.resolve("../process/holding_writer.ts");

/** A mesh with a sender, `max`, and a reader, `nina`; the reader's sessions are in `home`. */
class Post implements AsyncDisposable {
  readonly world: World;
  readonly service: MessagingService;
  readonly client: PoolClient;
  readonly home: string;

  private constructor(world: World, service: MessagingService, client: PoolClient, home: string) {
    this.world = world;
    this.service = service;
    this.client = client;
    this.home = home;
  }

  static async open(world: World): Promise<Post> {
    const client = world.client();
    const home = Deno.makeTempDirSync({ prefix: "pls-home-" });
    const service = await MessagingService.open(world.serviceOptions(home, client));
    await service.call("Create", { handle: "max", session: "max" });
    await service.call("Create", { handle: "nina", session: "nina" });
    return new Post(world, service, client, home);
  }

  /** Sends messages to the reader, each of which asks for a receipt. */
  async send(...payloads: string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const payload of payloads) {
      const request = { handle: "nina", channel: "inbox", payload, ack_requested: true };
      ids.push((await this.service.call("Send", { ...request, session: "max" })).id);
    }
    return ids;
  }

  /** A process that reads the inbox, one message a time unless said otherwise. */
  async reader(more: Partial<ReadRequest> = {}, portionLength = 1): Promise<Child> {
    const request = { handle: "nina", channel: "inbox", session: "nina", ...more };
    const child = this.world.reader(this.home, request, portionLength);
    await child.ready();
    return child;
  }

  /** What the reader gets now, with nobody in its way. */
  async rest(): Promise<string[]> {
    const request = { handle: "nina", channel: "inbox", session: "nina" };
    const payloads: string[] = [];
    for await (const portion of this.service.read(request)) {
      payloads.push(...portion.flatMap(({ msg }) => msg === undefined ? [] : [msg.payload]));
    }
    return payloads;
  }

  /** The ids of the messages that receipts came for, by number of times. */
  async receipts(): Promise<string[]> {
    const ids: string[] = [];
    const request = { handle: "max", channel: "inbox", session: "max", all: true };
    for await (const portion of this.service.read(request)) {
      for (const { msg } of portion) {
        assertEquals([msg?.subject, msg?.sender, msg?.payload], [ACK_READ, "nina", ""]);
        if (msg !== undefined) ids.push(msg.in_reply_to);
      }
    }
    return ids;
  }

  /** How far the reader has read. */
  get cursorSeq(): number {
    return [...new Home(this.home).cursors("nina").values()].at(0)?.seq ?? 0;
  }

  /** What the pool of the sender's inbox is called. */
  async inboxPool(): Promise<string> {
    const names = await this.world.poolNames();
    return this.world.prefix + names.find((name) => name.startsWith("max.inbox@"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.service[Symbol.asyncDispose]();
    Deno.removeSync(this.home, { recursive: true });
  }
}

/** Has a reader take its first or next portion, and waits for it. */
async function next(child: Child): Promise<string[]> {
  const before = child.stdout.lines.length;
  await child.send("");
  await child.stdout.until(
    () => child.stdout.lines.length > before,
    `portion; ${child.stderr.text}`,
  );
  return JSON.parse(child.stdout.lines[before]);
}

async function kill(child: Child): Promise<void> {
  child.kill();
  await child.exit();
}

meshTest(
  server,
  "killed before the cursor moves, it gets the message again, and no receipt went out",
  async (world) => {
    await using post = await Post.open(world);
    const ids = await post.send("a", "b", "c");
    const child = await post.reader();
    assertEquals([await next(child), await next(child)], [["a"], ["b"]]);
    await eventually("a receipt came", async () => (await post.receipts()).length > 0);
    await kill(child);
    assertEquals([post.cursorSeq, await post.receipts()], [1, [ids[0]]]);
    assertEquals(await post.rest(), ["b", "c"]);
    await eventually("all receipts came", async () => (await post.receipts()).length === 3);
    assertEquals((await post.receipts()).toSorted(), ids.toSorted());
    assertEquals(await post.rest(), []);
  },
);

meshTest(
  server,
  "killed with a portion of several on its way, it gets all of it again",
  async (world) => {
    await using post = await Post.open(world);
    const ids = await post.send("a", "b", "c");
    const child = await post.reader({}, 2);
    assertEquals(await next(child), ["a", "b"]);
    await kill(child);
    assertEquals([post.cursorSeq, await post.receipts()], [0, []]);
    assertEquals(await post.rest(), ["a", "b", "c"]);
    await eventually("all receipts came", async () => (await post.receipts()).length === 3);
    assertEquals((await post.receipts()).toSorted(), ids.toSorted());
  },
);

meshTest(server, "killed behind the receipt, nothing comes again", async (world) => {
  await using post = await Post.open(world);
  const ids = await post.send("a", "b");
  const child = await post.reader({ follow: true });
  assertEquals([await next(child), await next(child)], [["a"], ["b"]]);
  await child.send("");
  await eventually("both receipts came", async () => (await post.receipts()).length === 2);
  await kill(child);
  assertEquals(post.cursorSeq, 2);
  assertEquals(await post.rest(), []);
  assertEquals(await post.receipts(), ids);
});

/** Checks what is left of a reader that was killed when its cursor had moved, and no more. */
async function assertReceiptMissing(post: Post, ids: readonly string[]): Promise<void> {
  assertEquals(post.cursorSeq, 1);
  assertEquals(await post.receipts(), []);
  assertEquals(await post.rest(), ["b"]);
  await eventually("the other receipt came", async () => (await post.receipts()).length > 0);
  assertEquals(await post.receipts(), [ids[1]]);
  assertEquals(await post.rest(), []);
}

Deno.test("killed when the cursor has moved, its receipt is missing, on files", async () => {
  await using world = new World();
  await using post = await Post.open(world);
  const ids = await post.send("a", "b");
  const child = await post.reader({ limit: 0 });
  assertEquals(await next(child), ["a"]);
  // Somebody else appends to the inbox that the receipt goes to, and does not get on with it.
  const path = `${world.where}/${await post.inboxPool()}.plasmite`;
  await using holder = Child.deno(HOLDER, ["--allow-all"], [path]);
  await holder.stdout.until((text) => text.includes("holding"), "the lock");
  await child.send("");
  await eventually("the cursor moves", () => post.cursorSeq === 1);
  await kill(child);
  await kill(holder);
  await assertReceiptMissing(post, ids);
});

natsTest("killed when the cursor has moved, its receipt is missing, on NATS", async () => {
  await using server = await NatsServer.start();
  await using world = new World(server);
  await using post = await Post.open(world);
  const ids = await post.send("a", "b");
  const child = await post.reader();
  assertEquals(await next(child), ["a"]);
  server.suspend();
  await child.send("");
  await eventually("the cursor moves", () => post.cursorSeq === 1);
  await kill(child);
  server.resume();
  await assertReceiptMissing(post, ids);
});

meshTest(server, "a sender that is younger than the reading gets its receipt", async (world) => {
  await using post = await Post.open(world);
  await post.send("a");
  const child = await post.reader({ follow: true });
  assertEquals(await next(child), ["a"]);
  await post.service.call("Create", { handle: "young", session: "young" });
  const request = { handle: "nina", channel: "inbox", payload: "b", ack_requested: true };
  const { id } = await post.service.call("Send", { ...request, session: "young" });
  assertEquals(await next(child), ["b"]);
  await child.send("");
  const inbox = { handle: "young", channel: "inbox", session: "young", follow: true };
  const limit = AbortSignal.timeout(PATIENCE_MS);
  let receipt: string | undefined;
  for await (const portion of post.service.read(inbox, limit)) {
    receipt = portion[0].msg?.in_reply_to;
    break;
  }
  assertEquals(receipt, id);
});

/** Messages that readers are killed in between of. */
const MESSAGES = 60;

meshTest(
  server,
  "killed at any moment again and again, it gets all, and at most one receipt goes out for each",
  async (world) => {
    await using post = await Post.open(world);
    const payloads = Array.from({ length: MESSAGES }, (_, i) => String(i));
    const ids = await post.send(...payloads);
    const delivered: string[] = [];
    let lastSeq = 0;
    for (let kills = 0; lastSeq < MESSAGES; kills++) {
      const child = await post.reader({}, 1 + kills % 3);
      const lines = () => child.stdout.lines.slice(1).filter((line) => line !== '"over"');
      for (let i = Math.ceil(Math.random() * 12); i > 0 && child.running; i--) {
        const before = child.stdout.lines.length;
        // It may have come to the end.
        await child.send("").catch(() => {});
        const isOn = () => child.stdout.lines.length > before || !child.running;
        if (i > 1) await eventually("it goes on, or ends", isOn);
      }
      child.kill();
      await child.stdout.ended;
      delivered.push(...lines().flatMap((line): string[] => JSON.parse(line)));
      assert(post.cursorSeq >= lastSeq, `${post.cursorSeq} behind ${lastSeq}`);
      lastSeq = post.cursorSeq;
      assert(new Set(delivered).size >= lastSeq, "what is behind the cursor was delivered");
    }
    assertEquals([...new Set(delivered)], payloads);
    assertEquals(await post.rest(), []);
    const receipts = await post.receipts();
    assertEquals(receipts.length, new Set(receipts).size);
    assert(receipts.every((id) => ids.includes(id)));
  },
);
