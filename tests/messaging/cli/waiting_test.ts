/**
 * Waiting: for anything, for what matches, for what is subscribed. No test sleeps: a command that
 * waits is known to do so when another one, begun later, has ended and it has not.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { resultLine } from "../../../messaging/contracts/mod.ts";
import type { Running } from "../../cli/pls.ts";
import { eventually } from "../../server/eventually.ts";
import { MeshPlace, testEveryWay } from "./mesh_place.ts";

async function rest(running: Running): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await running.stdout.next(); line !== undefined;) {
    lines.push(line);
    line = await running.stdout.next();
  }
  return lines;
}

async function withNina(place: MeshPlace): Promise<void> {
  await place.done("source", "create", "otto");
  await place.done("source", "create", "nina");
  await place.done("pipe", "create", "lobby");
}

testEveryWay("await reads what is there, the oldest first", async (place) => {
  await withNina(place);
  await place.pls("send", "lobby", "first");
  await place.pls("send", "nina", "second");
  const row = (text: string) => `HH:MM:SS  nina          ${text}\n`;
  await place.does(["await"], { out: row("first"), err: "messages arrived on lobby\n" });
  await place.does(["await"], { out: row("second"), err: "messages arrived on nina.inbox\n" });
  await place.pls("send", "otto", "third");
  await place.does(["await", "ot*", "--bare"], {
    out: "third\n",
    err: "messages arrived on otto.inbox\n",
  });
  await place.pls("send", "lobby", "fourth");
  const { stdout, stderr } = await place.pls("await", "lob%", "--json");
  assertEquals(stderr, "");
  assertMatch(stdout, /^\{"event":"arrival","pipe":"lobby"\}\n\{"id":.*"payload":"fourth".*\}\n$/);
});

testEveryWay("await waits for what comes, and for nothing else", async (place) => {
  await withNina(place);
  await place.done("pipe", "create", "otto.lobby");
  const waiting = place.start("await", "--bare");
  // What is not meant, though one of them has the name of what is, does not end it.
  await place.pls("send", "otto", "not for nina");
  await place.pls("send", "otto.lobby", "nor this");
  await place.pls("send", "lobby", "for all");
  assertEquals(await waiting.stderr.next(), "messages arrived on lobby");
  assertEquals(await rest(waiting), ["for all"]);
  assertEquals((await waiting.status()).code, 0);
});

testEveryWay("await --tail goes on until interrupted", async (place) => {
  await withNina(place);
  const waiting = place.start("await", "--tail", "--bare");
  for (const text of ["one", "two", "three"]) {
    await place.pls("send", "nina", text);
    assertEquals(await waiting.stdout.next(), text);
    assertEquals(await waiting.stderr.next(), "messages arrived on nina.inbox");
  }
  waiting.signal("SIGTERM");
  assertEquals((await waiting.status()).code, 0);
  await place.refuses(["await", "--tail", "--tty"]);
});

testEveryWay("await needs somebody to wait for", async (place) => {
  await place.fails(["await"], "E_NO_CURRENT_SOURCE", 16);
  await place.fails(["await", "inbox"], "E_NO_CURRENT_SOURCE", 16);
});

testEveryWay("ls --watch and subs wait wake up with the next message", async (place) => {
  await withNina(place);
  await place.done("pipe", "create", "hall");
  await place.done("subs", "add", "lobby");
  const watching = place.start("ls", "--watch", "lobby", "--json");
  const waiting = place.start("subs", "wait", "--json");
  await place.pls("send", "hall", "not watched");
  await place.done("ls");
  await place.pls("send", "lobby", "hello");
  for (const running of [watching, waiting]) {
    const lines = await rest(running);
    assertEquals(lines.map((line) => JSON.parse(line).payload), ["hello"]);
    assertEquals((await running.status()).code, 0);
  }
  // Nothing was read by that.
  assertEquals((await place.pls("read", "lobby", "--bare")).stdout, "hello\n");
});

Deno.test({
  name: "who waits through a daemon that ends goes on without it, and misses nothing",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using place = await MeshPlace.open({ daemon: true });
    await withNina(place);
    await place.pls("send", "nina", "one");
    const tail = place.start("read", "inbox", "--tail", "--bare");
    const awaiting = place.start("await", "lobby", "--bare");
    const watching = place.start("ls", "--watch", "lobby", "--json");
    assertEquals(await tail.stdout.next(), "one");
    await place.done("daemon", "stop");
    await place.pls("send", "nina", "two");
    await place.done("daemon", "start");
    await place.pls("send", "nina", "three");
    assertEquals([await tail.stdout.next(), await tail.stdout.next()], ["two", "three"]);
    await place.pls("send", "lobby", "hello");
    assertEquals(await awaiting.stdout.next(), "hello");
    assertEquals(JSON.parse(`${await watching.stdout.next()}`).payload, "hello");
    tail.signal("SIGINT");
    for (const running of [tail, awaiting, watching]) {
      assertEquals((await running.status()).code, 0);
    }
  },
});

/** What answers `Status` as a daemon of this mesh does, and hangs up on everything else. */
class HangingUp implements Disposable {
  readonly path: string;
  /** The methods that were asked for. */
  readonly asked: string[] = [];
  readonly #listener: Deno.UnixListener;

  constructor(place: MeshPlace, name: string) {
    this.path = `${place.dir}/${name}`;
    this.#listener = Deno.listen({ transport: "unix", path: this.path });
    const status = { daemon_pid: Deno.pid, mesh_id: `${place.pools}/mesh`, current: "nina" };
    this.#serve(resultLine(status));
  }

  async #serve(status: string): Promise<void> {
    for await (const connection of this.#listener) {
      const piece = new Uint8Array(1024);
      const length = await connection.read(piece) ?? 0;
      const { method } = JSON.parse(new TextDecoder().decode(piece.subarray(0, length)));
      this.asked.push(method);
      if (method === "Status") await connection.write(new TextEncoder().encode(status));
      connection.close();
    }
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

Deno.test({
  name: "a daemon that ends every wait is asked twice, and not again and again",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using place = await MeshPlace.open({});
    await withNina(place);
    for (const command of [["await"], ["ls", "--watch"], ["subs", "wait"]]) {
      using daemon = new HangingUp(place, command.join("-"));
      const waiting = place.startIn({ PLS_IPC_SOCKET: daemon.path }, command);
      const refused = () => daemon.asked.filter((method) => method !== "Status").length;
      await eventually("it asked twice", () => refused() >= 2);
      await place.pls("send", "nina", "hello");
      assertEquals((await waiting.status()).code, 0, command.join(" "));
      assertEquals(refused(), 2, command.join(" "));
      await place.pls("read", "inbox");
    }
  },
});
