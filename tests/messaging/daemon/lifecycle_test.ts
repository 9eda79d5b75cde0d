/**
 * The daemon as a process: it is started once however many start it, it stops without a trace, and
 * nothing that others have left confuses it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DaemonPlace, isRunning, kill, pidIn, until } from "./daemon_place.ts";

const IS_WINDOWS = Deno.build.os === "windows";
const IS_LINUX = Deno.build.os === "linux";

function daemonTest(name: string, fn: (place: DaemonPlace) => Promise<void>): void {
  Deno.test({
    name,
    ignore: IS_WINDOWS,
    fn: async () => {
      await using place = new DaemonPlace();
      await fn(place);
    },
  });
}

daemonTest("a daemon is started, is there, and is stopped", async (place) => {
  const pid = await place.start();
  assertEquals(place.file("daemon.pid"), `${pid}\n`);
  assertEquals(pidIn(await place.done("daemon", "start"), "already running"), pid);
  const status = await place.done("daemon", "status");
  assertStringIncludes(status, `daemon: logged in (pid=${pid}), `);
  assertEquals(await place.done("status"), status);
  assertEquals(pidIn(await place.done("daemon", "stop"), "stopped"), pid);
  assertEquals(await place.done("daemon", "stop"), "daemon not running\n");
  for (const name of ["daemon.pid", "daemon.sock"]) assert(!place.has(name), name);
  const { code, stdout } = await place.call("daemon", "status");
  assertEquals([code, stdout], [11, "daemon: not running\n"]);
});

daemonTest("restart gives another daemon, whether there was one or not", async (place) => {
  const [stopped, started] = (await place.done("daemon", "restart")).split(/(?<=\n)/);
  assertEquals(stopped, "daemon not running\n");
  const first = pidIn(started, "started");
  const [stopped2, started2] = (await place.done("daemon", "restart")).split(/(?<=\n)/);
  assertEquals(pidIn(stopped2, "stopped"), first);
  assert(pidIn(started2, "started") !== first);
  assertEquals(
    (await place.client().call("Diag", {})).nats_events.map(({ type }) => type),
    ["daemon_start", "daemon_stop", "daemon_start"],
  );
});

daemonTest("it leaves the session and the streams of whoever started it", async (place) => {
  const pid = await place.start();
  if (!IS_LINUX) return;
  const [, , , , , session] = Deno.readTextFileSync(`/proc/${pid}/stat`).split(" ");
  assertEquals(Number(session), pid);
  const links = [0, 1, 2].map((fd) => Deno.readLinkSync(`/proc/${pid}/fd/${fd}`));
  assertEquals(links, ["/dev/null", `${place.home}/daemon.log`, `${place.home}/daemon.log`]);
  for (const name of ["daemon.log", "daemon.pid", "daemon.sock", "daemon.lock"]) {
    const { mode } = Deno.lstatSync(`${place.home}/${name}`);
    assertEquals((mode ?? 0) & 0o777, 0o600, name);
  }
  assertEquals((Deno.statSync(place.home).mode ?? 0) & 0o777, 0o700);
});

daemonTest("SIGHUP does not end it; SIGINT and SIGTERM do, with 0", async (place) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const daemon = await place.foreground();
    daemon.kill("SIGHUP");
    await place.answering(daemon.pid);
    daemon.kill(signal);
    assertEquals((await daemon.status).code, 0);
    assert(!place.has("daemon.sock") && !place.has("daemon.pid"));
  }
  const events = place.file("diagnostics-lifecycle.jsonl")?.trim().split("\n") ?? [];
  assertEquals(events.map((line) => JSON.parse(line).type), [
    ...["daemon_start", "daemon_stop"],
    ...["daemon_start", "daemon_stop"],
  ]);
});

daemonTest("of many that start one at once, one does, and all name it", async (place) => {
  const lines = await Promise.all(Array.from({ length: 5 }, () => place.done("daemon", "start")));
  const started = lines.filter((line) => line.startsWith("daemon started"));
  assertEquals(started.length, 1, lines.join(""));
  const pid = pidIn(started[0], "started");
  for (const line of lines) assertStringIncludes(line, `pid=${pid}\n`);
  const log = place.file("daemon.log") ?? "";
  assertEquals(log.replaceAll(`daemon already running pid=${pid}\n`, ""), "");
});

daemonTest("a second one in the foreground gives way", async (place) => {
  const daemon = await place.foreground();
  const line = await place.done("daemon", "start", "--foreground");
  assertEquals(pidIn(line, "already running"), daemon.pid);
  await place.answering(daemon.pid);
});

daemonTest("many that stop one at once stop it, and tell so", async (place) => {
  const pid = await place.start();
  const lines = await Promise.all(Array.from({ length: 3 }, () => place.done("daemon", "stop")));
  assert(!isRunning(pid));
  assert(lines.includes(`daemon stopped pid=${pid}\n`));
  for (const line of lines) assert(/^daemon (not running|stopped pid=\d+)\n$/.test(line), line);
});

daemonTest("what a killed daemon leaves is replaced", async (place) => {
  const first = await place.start();
  kill(first, "SIGKILL");
  await until("its end", () => Promise.resolve(!isRunning(first)));
  assert(place.has("daemon.sock") && place.has("daemon.pid"));
  assertEquals((await place.call("status")).code, 11);
  assertEquals(await place.done("daemon", "stop"), "daemon not running\n");
  const second = await place.start();
  assertEquals(place.file("daemon.pid"), `${second}\n`);
  assertEquals(
    (await place.client().call("Diag", {})).nats_events.map(({ type }) => type),
    ["daemon_start", "daemon_start"],
  );
});

daemonTest("a pid file that names another process harms nobody", async (place) => {
  const other = new Deno.Command("sleep", { args: ["60"] }).spawn();
  try {
    Deno.mkdirSync(place.home);
    for (const text of [`${other.pid}\n`, `${other.pid}`, "1\n", "-1", "", "nonsense"]) {
      Deno.writeTextFileSync(`${place.home}/daemon.pid`, text);
      assertEquals(await place.done("daemon", "stop"), "daemon not running\n", text);
    }
    Deno.writeTextFileSync(`${place.home}/daemon.pid`, `${other.pid}\n`);
    const pid = await place.start();
    assertEquals(pidIn(await place.done("daemon", "stop"), "stopped"), pid);
    assert(isRunning(other.pid));
  } finally {
    other.kill("SIGKILL");
    await other.status;
  }
});

daemonTest("a socket that somebody else answers at is left to them", async (place) => {
  Deno.mkdirSync(place.home);
  using listener = Deno.listen({ transport: "unix", path: place.socketPath });
  const serving = (async () => {
    for await (const connection of listener) connection.close();
  })();
  const { code, stderr } = await place.call("daemon", "start");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "another program answers at");
  assert(place.has("daemon.sock") && !place.has("daemon.pid"));
  listener.close();
  await serving;
});

daemonTest("a file where the socket is to be is left there", async (place) => {
  Deno.mkdirSync(place.home);
  Deno.writeTextFileSync(place.socketPath, "mine");
  const { code, stderr } = await place.call("daemon", "start");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "no socket");
  assertEquals(place.file("daemon.sock"), "mine");
});

daemonTest("a daemon that can't begin says why, and leaves nothing", async (place) => {
  // The pools are to be in a directory that is a file.
  Deno.writeTextFileSync(`${place.dir}/pools`, "");
  const { code, stderr } = await place.call("daemon", "start");
  assertEquals(code, 1, stderr);
  assertStringIncludes(stderr, "E_INTERNAL");
  assertStringIncludes(stderr, "daemon.log");
  assert(!place.has("daemon.pid") && !place.has("daemon.sock"));
});

Deno.test({
  name: "the socket may be elsewhere, but not at too long a path",
  ignore: IS_WINDOWS,
  fn: async () => {
    const dir = Deno.makeTempDirSync({ prefix: "pls-s-" });
    try {
      await using place = new DaemonPlace(undefined, { PLS_IPC_SOCKET: `${dir}/s` });
      const pid = await place.start();
      assert(Deno.lstatSync(`${dir}/s`).isSocket && !place.has("daemon.sock"));
      assertEquals(pidIn(await place.done("daemon", "stop"), "stopped"), pid);
      await using deep = new DaemonPlace(undefined, {
        PLS_IPC_SOCKET: `${dir}/${"x".repeat(120)}`,
      });
      const { code, stderr } = await deep.call("daemon", "start");
      assertEquals(code, 1);
      assertStringIncludes(stderr, "PLS_IPC_SOCKET");
    } finally {
      Deno.removeSync(dir, { recursive: true });
    }
  },
});

daemonTest("--dir is that of the daemon as well", async (place) => {
  await place.done("--dir", `${place.dir}/elsewhere`, "daemon", "start");
  assertEquals((await place.client().call("Status", {})).url, `${place.dir}/elsewhere/mesh`);
});

daemonTest("a daemon whose home is removed ends by itself", async (place) => {
  const daemon = await place.foreground();
  Deno.removeSync(place.home, { recursive: true });
  assertEquals((await daemon.status).code, 0);
  assert(!place.has(""));
});

daemonTest("a daemon whose socket is another's ends, and leaves that there", async (place) => {
  const daemon = await place.foreground();
  Deno.removeSync(place.socketPath);
  using listener = Deno.listen({ transport: "unix", path: place.socketPath });
  assertEquals((await daemon.status).code, 0);
  assert(place.has("daemon.sock") && !place.has("daemon.pid"));
  listener.close();
});

daemonTest("one that stands still is neither doubled nor taken for stopped", async (place) => {
  const daemon = await place.foreground();
  daemon.kill("SIGSTOP");
  const start = await place.call("daemon", "start");
  assertEquals(start.code, 26, start.stderr);
  assertStringIncludes(start.stderr, `pid=${daemon.pid},`);
  assertEquals(place.file("daemon.log"), undefined);
  daemon.kill("SIGCONT");
  assertEquals(pidIn(await place.done("daemon", "start"), "already running"), daemon.pid);
  daemon.kill("SIGSTOP");
  const stop = await place.call("daemon", "stop");
  assertEquals(stop.code, 26, stop.stderr);
  assertStringIncludes(stop.stderr, `pid=${daemon.pid},`);
  // It was told, and does so once it can.
  daemon.kill("SIGCONT");
  assertEquals((await daemon.status).code, 0);
});

daemonTest("one that stands still keeps nobody from the mesh", async (place) => {
  const daemon = await place.foreground();
  await place.done("connect", "nina");
  daemon.kill("SIGSTOP");
  assertStringIncludes(await place.done("ls"), "nina.inbox");
  assertEquals((await place.call("status")).code, 26);
  daemon.kill("SIGCONT");
  assertStringIncludes(await place.done("status"), `(pid=${daemon.pid})`);
});

daemonTest("a daemon at another socket is not taken for one that says nothing", async (place) => {
  const pid = await place.start();
  const other = `${place.dir}/other.sock`;
  const { code, stdout, stderr } = await place.callIn({ PLS_IPC_SOCKET: other }, "daemon", "start");
  assertEquals([code, stdout], [11, ""]);
  assertStringIncludes(stderr, `pid=${pid}, answers at ${place.socketPath}, not at ${other}`);
  const restarted = await place.callIn({ PLS_IPC_SOCKET: other }, "daemon", "restart");
  assertEquals([restarted.code, restarted.stderr], [0, ""]);
  assertEquals((await place.call("status")).code, 11);
});

daemonTest("a home that can't be used is named by whatever needs it", async (place) => {
  const PLS_HOME = `${place.dir}/file`;
  Deno.writeTextFileSync(PLS_HOME, "");
  const calls = [
    ["daemon", "start"],
    ["daemon", "start", "--foreground"],
    ["daemon", "stop"],
    ["read", "nina.inbox"],
  ];
  for (const call of calls) {
    const { code, stdout, stderr } = await place.callIn({ PLS_HOME }, ...call);
    assertEquals([code, stdout], [1, ""], call.join(" "));
    assertMatch(stderr, /^error: E_INTERNAL: .+\nhint: .*PLS_HOME.*\n$/);
  }
});
