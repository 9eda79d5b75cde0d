/**
 * What is kept for sessions survives many processes at once, odd names and damage.
 *
 * @module
 */

import { BusyError } from "@plasmite/pool";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { newEnvelope } from "../../messaging/contracts/mod.ts";
import { Home } from "../../messaging/home/mod.ts";
import { DEFAULT_RETENTION } from "../../messaging/registry/mod.ts";
import { sharedServer } from "../nats/nats_server.ts";
import { ask } from "./asking.ts";
import { meshTest, World } from "./world.ts";

const server = sharedServer();

const PROCESSES = 6;

/** Entries that each process keeps. */
const ENTRIES = 40;

const CREATED = "2026-01-02T03:04:05.000000006Z";

/** A home in a directory that goes with it. */
class ScratchHome extends Home implements Disposable {
  constructor() {
    super(`${Deno.makeTempDirSync({ prefix: "pls-home-" })}/home`);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path.slice(0, -"/home".length), { recursive: true });
  }
}

Deno.test("a home that is not there is empty, and looking makes nothing", () => {
  using home = new ScratchHome();
  assertEquals([home.current("s"), home.namespace("s")], ["", ""]);
  assertEquals([home.cursors("s").size, home.subscriptions("s")], [0, []]);
  assertEquals([...home.subscribedSessions()], []);
  assertEquals([...Deno.readDirSync(home.path.slice(0, -"/home".length))], []);
});

Deno.test("processes that keep something at the same time lose nothing", async () => {
  using home = new ScratchHome();
  await using world = new World();
  const names = Array.from({ length: PROCESSES }, (_, i) => `p${i}`);
  const children = names.map((name) => world.process(name));
  await Promise.all(children.map((child) => child.ready()));
  await Promise.all(
    children.map((child, i) =>
      ask(child, ["keep", { home: home.path, name: names[i], count: ENTRIES }])
    ),
  );
  const cursors = home.cursors("shared");
  const entries = names.flatMap((name) =>
    Array.from({ length: ENTRIES }, (_, i) => ({ name, entry: `${name}-${i}`, seq: i + 1 }))
  );
  for (const { name, entry, seq } of entries) {
    assertEquals([home.current(entry), home.namespace(entry)], [name, name]);
    assertEquals(cursors.get(entry), { seq, created: name });
  }
  assertEquals(home.subscriptions("shared"), entries.map(({ entry }) => entry).sort());
  assertEquals(cursors.size, PROCESSES * ENTRIES);
});

Deno.test("a cursor never goes back, whoever moves it", async () => {
  using home = new ScratchHome();
  await using world = new World();
  const children = Array.from({ length: PROCESSES }, () => world.process());
  await Promise.all(children.map((child) => child.ready()));
  const key = "uncollared:x.lobby";
  const done = Promise.all(children.map((child, i) =>
    ask(child, [
      "advance",
      { home: home.path, session: "s", key, upTo: 300 + i, created: CREATED },
    ])
  ));
  let isOver = false;
  done.finally(() => isOver = true);
  const seen = [0];
  while (!isOver) {
    const { seq, created } = home.cursors("s").get(key) ?? { seq: 0, created: CREATED };
    assertEquals(created, CREATED);
    assert(seq >= seen[seen.length - 1], `${seq} behind ${seen[seen.length - 1]}`);
    if (seq > seen[seen.length - 1]) seen.push(seq);
    await new Promise((resolve) => setTimeout(resolve));
  }
  await done;
  assert(seen.length > 5, `it was seen to move ${seen.length} times`);
  assertEquals(home.cursors("s").get(key)?.seq, 300 + PROCESSES - 1);
});

const ODD_NAMES = [
  "..",
  ".",
  "../../escape",
  "a/b",
  "a\\b",
  "__proto__",
  "constructor",
  "toString",
  "con",
  "*?:|<>",
  "100%",
  "%2e%2e",
  "a.json",
  "a.json.lock",
  " ",
  "\n\t\u0000",
  "日本語のとても長いセッションの名前です。これは三十文字より長いものです。",
  "é".repeat(60),
  "👩‍💻 работа",
  "\ud800",
  "x".repeat(300),
  "y".repeat(100_000),
  "A",
  "a",
];

Deno.test("sessions of odd names have files of their own in the home, and nowhere else", async () => {
  for (const session of ODD_NAMES) {
    using home = new ScratchHome();
    const shown = JSON.stringify(session.slice(0, 40));
    await home.setCurrent(session, "nina");
    await home.setNamespace(session, "ops");
    await home.advance(session, "x.nina.inbox", { seq: 3, created: CREATED });
    await home.advance(session, "__proto__", { seq: 4, created: CREATED });
    assertEquals(await home.changeSubscriptions(session, (all) => all.add("nina.inbox")), [
      "nina.inbox",
    ]);
    assertEquals([home.current(session), home.namespace(session)], ["nina", "ops"], shown);
    const cursors = home.cursors(session);
    assertEquals(cursors.get("x.nina.inbox"), { seq: 3, created: CREATED }, shown);
    assertEquals(cursors.get("__proto__"), { seq: 4, created: CREATED }, shown);
    assertEquals(home.subscriptions(session), ["nina.inbox"], shown);
    assertEquals([...home.subscribedSessions()], [session], shown);
    const parent = home.path.slice(0, -"/home".length);
    assertEquals(Array.from(Deno.readDirSync(parent), ({ name }) => name), ["home"], shown);
    await home.clearCurrent(session);
    await home.setNamespace(session, "");
    assertEquals([home.current(session), home.namespace(session)], ["", ""], shown);
  }
});

Deno.test("no session of an odd name has what another has", async () => {
  using home = new ScratchHome();
  for (const [i, session] of ODD_NAMES.entries()) {
    await home.setCurrent(session, `h${i}`);
    await home.advance(session, "key", { seq: i + 1, created: CREATED });
    await home.changeSubscriptions(session, (all) => all.add(`t${i}`));
  }
  for (const [i, session] of ODD_NAMES.entries()) {
    const shown = JSON.stringify(session.slice(0, 40));
    assertEquals(home.current(session), `h${i}`, shown);
    assertEquals(home.cursors(session).get("key")?.seq, i + 1, shown);
    assertEquals(home.subscriptions(session), [`t${i}`], shown);
  }
  assertEquals([...home.subscribedSessions()].sort(), ODD_NAMES.toSorted());
});

Deno.test("no session is the session `default`", async () => {
  using home = new ScratchHome();
  await home.setCurrent("", "nina");
  assertEquals(home.current("default"), "nina");
  await home.clearCurrent("default");
  assertEquals(home.current(""), "");
  await home.advance("", "key", { seq: 1, created: CREATED });
  assertEquals(home.cursors("default").get("key")?.seq, 1);
  assertEquals([home.current("__proto__"), home.namespace("constructor")], ["", ""]);
});

const DAMAGE = [
  "",
  " ",
  "{",
  "null",
  "[]",
  "7",
  '"text"',
  '{"s":5,"key":5}',
  "\u0000\u0000",
  "{}x",
];

Deno.test("a damaged or empty file counts as none, and is replaced by what is kept next", async () => {
  for (const text of DAMAGE) {
    using home = new ScratchHome();
    await home.setCurrent("s", "old");
    await home.setNamespace("s", "old");
    await home.advance("s", "key", { seq: 1, created: CREATED });
    await home.changeSubscriptions("s", (all) => all.add("old"));
    const files = ["current.json", "namespace.json", "cursors/s.json", "subs/s.json"];
    for (const file of files) Deno.writeTextFileSync(`${home.path}/${file}`, text);
    assertEquals([home.current("s"), home.namespace("s")], ["", ""], text);
    assertEquals([home.cursors("s").get("key"), home.subscriptions("s")], [undefined, []], text);
    await home.clearHandle("old");
    await home.setCurrent("s", "nina");
    await home.setNamespace("s", "ops");
    await home.advance("s", "key", { seq: 2, created: CREATED });
    await home.changeSubscriptions("s", (all) => all.add("new"));
    assertEquals([home.current("s"), home.namespace("s")], ["nina", "ops"], text);
    assertEquals(home.cursors("s").get("key")?.seq, 2, text);
    assertEquals(home.subscriptions("s"), ["new"], text);
  }
});

Deno.test("what other programs leave in the directory of subscriptions is no session", async () => {
  using home = new ScratchHome();
  await home.changeSubscriptions("s", (all) => all.add("nina.inbox"));
  for (const name of ["100%.json", "%zz.json", "s.json.17.tmp", ".DS_Store"]) {
    Deno.writeTextFileSync(`${home.path}/subs/${name}`, "{}");
  }
  assert([...home.subscribedSessions()].includes("s"));
});

meshTest(
  server,
  "a pipe that was removed and created anew is another one to cursors",
  async (world) => {
    using home = new ScratchHome();
    await using store = await world.store();
    const address = { manifold: "", handle: "", name: "lobby" };
    const createds = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const pipe = await store.createPipe(address, DEFAULT_RETENTION);
      await store.append(pipe, ["a", "b"].map((payload) => newEnvelope({ payload })));
      const { created, lastSeq, oldestSeq, total } = await store.content(pipe);
      assertEquals([oldestSeq, lastSeq, total], [1, 2, 2]);
      createds.add(created);
      await home.advance("s", "key", { seq: 2 - round, created });
      assertEquals(home.cursors("s").get("key"), { seq: 2 - round, created });
      await store.destroyPipe(address);
    }
    assertEquals(createds.size, 3);
  },
);

Deno.test("who holds a lock is waited for, without holding up anything else, and not for ever", async () => {
  using home = new ScratchHome();
  await home.setCurrent("s", "nina");
  using held = Deno.openSync(`${home.currentPath}.lock`, { write: true });
  held.lockSync(true);
  const changed = home.setCurrent("s", "otto");
  const other = home.setNamespace("s", "ops");
  await other;
  held.unlockSync();
  await changed;
  assertEquals([home.current("s"), home.namespace("s")], ["otto", "ops"]);
  held.lockSync(true);
  const error = await assertRejects(() => home.setCurrent("s", "mae"), BusyError);
  assertStringIncludes(error.message, home.currentPath);
  assertEquals(home.current("s"), "otto");
});
