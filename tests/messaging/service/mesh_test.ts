/**
 * The mesh as programs have it.
 *
 * @module
 */

import { Mesh, type PoolClient } from "@plasmite/pool/messaging";
import { connect } from "@plasmite/pool/nats";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { NatsServer, natsTest } from "../../nats/nats_server.ts";
import { eventually } from "../../server/eventually.ts";
import { failure, failureCode, within } from "./service_world.ts";

/** Opens the mesh of a test for a session, which is its name; each has a home of its own. */
type Open = (session: string, more?: { createdBy?: string; home?: string }) => Promise<Mesh>;

/** Defines a test twice: on files, and on a server of its own, as all programs share one mesh. */
function meshTest(name: string, fn: (open: Open) => Promise<void>): void {
  const run = async (newClient?: () => PoolClient) => {
    const dir = Deno.makeTempDirSync({ prefix: "pls-mesh-" });
    await using stack = new AsyncDisposableStack();
    stack.defer(() => Deno.removeSync(dir, { recursive: true }));
    const open: Open = async (session, { createdBy, home = session } = {}) => {
      const client = newClient?.();
      if (client !== undefined) stack.defer(() => client.close());
      const where = client === undefined ? { dir: `${dir}/mesh` } : { client };
      return stack.use(
        await Mesh.open({ ...where, home: `${dir}/home-${home}`, session, createdBy }),
      );
    };
    await fn(open);
  };
  Deno.test(`${name}: on files`, () => within(run(), name));
  natsTest(`${name}: on NATS`, async () => {
    await using server = await NatsServer.start();
    await within(run(() => connect(server.url)), name);
  });
}

async function read(mesh: Mesh, target: string, options = {}): Promise<string[]> {
  const messages = await Array.fromAsync(mesh.read(target, options));
  return messages.map(({ payload }) => payload);
}

meshTest("two programs hand work to each other", async (open) => {
  const [planner, builder] = [await open("planner"), await open("builder")];
  await planner.createSource("planner");
  await builder.connect("builder");
  const task = await planner.send("builder", "build", { subject: "task", requestAck: true });
  assertEquals([task.path, task.bytes], ["builder.inbox", 5]);
  const work = await builder.receive("inbox");
  assertEquals(
    [work.id, work.sender, work.subject, work.payload, work.ack_requested],
    [task.id, "planner", "task", "build", true],
  );
  const answer = await builder.send(work.sender, "done", { inReplyTo: work.id });
  const found = [await planner.receive("inbox"), await planner.receive("inbox")];
  const byId = new Map(found.map((message) => [message.id, message]));
  assertEquals(byId.get(answer.id)?.payload, "done");
  const receipt = found.find(({ id }) => id !== answer.id);
  assertEquals([receipt?.subject, receipt?.sender, receipt?.in_reply_to], [
    "ack:read",
    "builder",
    task.id,
  ]);
});

meshTest("targets are named as commands name them", async (open) => {
  const mesh = await open("a", { createdBy: "ravi" });
  await mesh.createSource("nina", { manifold: "ops" });
  await mesh.createPipe("nina.log", { maxMsgs: 2 });
  await mesh.createPipe("lobby", { ttlSeconds: 0, maxBytes: 0 });
  assertEquals((await mesh.send("nina", "1")).path, "ops.nina.inbox");
  assertEquals((await mesh.send("nina.log", "2")).path, "ops.nina.log");
  assertEquals((await mesh.send("lobby", "3", { sender: "pia" })).path, "lobby");
  const sent = await mesh.sendMany("nina.log", ["4", "üü"]);
  assertEquals(sent.map(({ path, bytes }) => [path, bytes]), [
    ["ops.nina.log", 1],
    ["ops.nina.log", 4],
  ]);
  assertEquals(await mesh.sendMany("nobody.nothing", []), []);
  assertEquals(await read(mesh, "nina.log"), ["4", "üü"]);
  assertEquals(await read(mesh, "inbox"), ["1"]);
  const [{ sender }] = await Array.fromAsync(mesh.read("lobby"));
  assertEquals(sender, "pia");
  const rows = await mesh.list();
  assertEquals(
    rows.map(({ manifold, handle, name, creator, info }) =>
      [manifold, handle, name, creator, info.total, info.unread].join()
    ),
    ["ops,nina,inbox,ravi,1,0", "ops,nina,log,ravi,2,0", ",,lobby,ravi,1,0"],
  );
  await mesh.destroyPipe("nina.log");
  await mesh.destroyPipe("lobby");
  await mesh.destroySource("nina");
  assertEquals(await mesh.list(), []);
});

meshTest("a failure has a code", async (open) => {
  const mesh = await open("a");
  const codes = [
    read(mesh, "inbox"),
    read(mesh, "lobby"),
    mesh.receive("nobody.inbox"),
    mesh.send("nobody", ""),
    mesh.send(".x", ""),
    mesh.send("x.", ""),
    mesh.send("lobby", "", { subject: "ack:read" }),
    mesh.sendMany("lobby", ["x"]),
    mesh.createPipe("inbox"),
    mesh.createPipe("nobody.log"),
    mesh.createPipe("lobby", { maxMsgs: -1 }),
    mesh.destroyPipe("lobby"),
    mesh.destroySource("nobody"),
    mesh.createSource("No"),
    mesh.connect("No"),
  ].map(failureCode);
  assertEquals(
    await Promise.all(codes),
    [
      ..."NO_CURRENT_SOURCE PIPE_NOT_FOUND SOURCE_NOT_FOUND SOURCE_NOT_FOUND INVALID_PIPE".split(
        " ",
      ),
      ..."INVALID_PIPE INVALID_SUBJECT SOURCE_NOT_FOUND INVALID_PIPE SOURCE_NOT_FOUND".split(" "),
      ..."INVALID_PIPE PIPE_NOT_FOUND SOURCE_NOT_FOUND INVALID_HANDLE INVALID_HANDLE".split(" "),
    ].map((code) => `E_${code}`),
  );
  await mesh.createSource("nina");
  assertEquals(await failureCode(mesh.createSource("nina")), "E_SOURCE_TAKEN");
  assertEquals(await failureCode(mesh.send("nina", "x".repeat(70_000))), "E_PAYLOAD_TOO_LARGE");
});

meshTest("receive takes what waits, oldest first, and waits for more", async (open) => {
  const [nina, otto] = [await open("nina"), await open("otto")];
  await nina.createSource("nina");
  await otto.sendMany("nina", ["1", "2"]);
  assertEquals((await nina.receive("inbox")).payload, "1");
  assertEquals((await nina.receive("nina.inbox")).payload, "2");
  const waiting = nina.receive("inbox");
  await otto.send("nina", "3");
  assertEquals((await waiting).payload, "3");
  const next = ["4", "5", "6"];
  for (const payload of next) {
    const waiting = nina.receive("inbox");
    await otto.send("nina", payload);
    assertEquals((await waiting).payload, payload);
  }
  assertEquals(await read(nina, "inbox"), []);
});

meshTest("receive ends with its signal, and takes nothing then", async (open) => {
  const nina = await open("nina");
  await nina.createSource("nina");
  const reason = new Error("enough");
  const ending = new AbortController();
  const waiting = nina.receive("inbox", { signal: ending.signal });
  ending.abort(reason);
  assertEquals(await assertRejects(() => waiting), reason);
  await nina.send("nina", "1");
  const signal = AbortSignal.abort(reason);
  assertEquals(await assertRejects(() => nina.receive("inbox", { signal })), reason);
  assertEquals((await nina.receive("inbox")).payload, "1");
});

meshTest("receive never loses a message, whenever its signal comes", async (open) => {
  const nina = await open("nina");
  await nina.createSource("nina");
  const got: string[] = [];
  const sent = Array.from({ length: 60 }, (_, i) => `${i}`);
  await nina.sendMany("nina", sent);
  for (let attempt = 0; got.length < sent.length; attempt++) {
    const ending = new AbortController();
    const receiving = nina.receive("inbox", { signal: ending.signal });
    const delayMs = Math.random() * (attempt % 2 === 0 ? 4 : 40);
    const timer = setTimeout(() => ending.abort(), delayMs);
    try {
      got.push((await receiving).payload);
    } catch (error) {
      assert(ending.signal.aborted && error === ending.signal.reason, `${error}`);
    }
    clearTimeout(timer);
  }
  assertEquals(got, sent);
  assertEquals(await read(nina, "inbox"), []);
});

meshTest("receive says when its pipe is gone", async (open) => {
  const [nina, otto] = [await open("nina"), await open("otto")];
  await nina.createPipe("lobby");
  const receiving = nina.receive("lobby");
  receiving.catch(() => {});
  await otto.send("lobby", "0");
  assertEquals((await receiving).payload, "0");
  const waiting = failure(nina.receive("lobby"));
  await otto.destroyPipe("lobby");
  assertEquals(await waiting, "E_PIPE_NOT_FOUND: uncollared pipe 'lobby' not found at root");
});

meshTest("a loop that is left gets its message again", async (open) => {
  const nina = await open("nina");
  await nina.createSource("nina");
  await nina.sendMany("nina", ["1", "2", "3"]);
  for (const options of [{}, { follow: true }]) {
    for await (const { payload } of nina.read("inbox", options)) {
      assertEquals(payload, "1");
      break;
    }
  }
  const failing = async () => {
    for await (const { payload } of nina.read("inbox")) {
      if (payload === "2") throw new Error("at 2");
    }
  };
  await assertRejects(failing, Error, "at 2");
  assertEquals(await read(nina, "inbox", { peek: true }), ["2", "3"]);
  assertEquals(await read(nina, "inbox"), ["2", "3"]);
  assertEquals(await read(nina, "inbox", { all: true }), ["1", "2", "3"]);
  assertEquals(await read(nina, "inbox"), []);
});

meshTest("a loop that follows ends with its signal", async (open) => {
  const [nina, otto] = [await open("nina"), await open("otto")];
  await nina.createSource("nina");
  await otto.send("nina", "1");
  const ending = new AbortController();
  const got: string[] = [];
  const looping = (async () => {
    for await (const { payload } of nina.read("inbox", { follow: true, signal: ending.signal })) {
      got.push(payload);
    }
  })();
  await eventually("the first is read", () => got.length === 1);
  await otto.send("nina", "2");
  await eventually("the second is read", () => got.length === 2);
  ending.abort();
  await looping;
  assertEquals(got, ["1", "2"]);
  assertEquals(await read(nina, "inbox"), []);
});

meshTest("watch gives rows of what is unread", async (open) => {
  const [nina, otto] = [await open("nina"), await open("otto")];
  await nina.createSource("nina");
  await nina.createPipe("lobby");
  const waiting = nina.watch(["nina"]);
  await otto.send("nina", "1");
  const [row, ...others] = await waiting;
  assertEquals([row.handle, row.name, row.info.unread, others.length], ["nina", "inbox", 1, 0]);
  assertEquals((await nina.watch()).map(({ name }) => name), ["inbox", "lobby"]);
  const ending = new AbortController();
  const watching = nina.watch(["lobby"], { signal: ending.signal });
  ending.abort();
  assertEquals(await assertRejects(() => watching), ending.signal.reason);
});

meshTest("who gives rows with their liveness", async (open) => {
  const mesh = await open("a", { createdBy: "ravi" });
  await mesh.createSource("pia", { kind: "pty" });
  assertEquals(await mesh.who(), []);
  await mesh.send("pia.heartbeat", '{"seq":1,"hostname":"quay-01","interval_sec":60}');
  const [{ handle, status, owner, heartbeat }, ...others] = await mesh.who();
  assertEquals(
    [handle, status, owner, heartbeat.hostname, heartbeat.seq, others.length],
    ["pia", "online", "ravi", "quay-01", 1, 0],
  );
});

meshTest("sessions with one home are apart, but for what they share", async (open) => {
  const [a, b] = [await open("a", { home: "h" }), await open("b", { home: "h" })];
  await a.createSource("nina");
  await b.connect("nina");
  await a.send("nina", "1");
  assertEquals(await read(a, "inbox"), ["1"]);
  assertEquals(await read(b, "inbox"), ["1"]);
  await a.destroySource("nina");
  assertEquals(await failureCode(read(b, "inbox")), "E_NO_CURRENT_SOURCE");
});
