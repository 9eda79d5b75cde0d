/**
 * Listings: pipes, who is there, and the daemon.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { jsonLines } from "../../cli/pls.ts";
import { MeshPlace, normal, testEveryWay } from "./mesh_place.ts";

async function withPipes(place: MeshPlace): Promise<void> {
  await place.done("source", "create", "nina");
  await place.done("pipe", "create", "nina.log");
  await place.done("pipe", "create", "lobby");
  await place.call(["send", "nina", "-"], { stdin: "one\nbuild is green <3\n" });
}

testEveryWay("ls shows pipes with what is unread, as a table and as JSON", async (place) => {
  await place.does(["ls"], {});
  await withPipes(place);
  await place.does(["ls"], {
    out: "PIPE        UNREAD  BUFFERED  LAST            PAYLOAD            CREATOR\n" +
      "nina.inbox  2       2         AGO build is green <3  ravi\n" +
      "nina.log    0       0         -               -                  ravi\n" +
      "lobby       0       0         -               -                  ravi\n",
  });
  await place.does(["ls", "--iso"], {
    out: "PIPE        UNREAD  BUFFERED  LAST                  PAYLOAD            CREATOR\n" +
      "nina.inbox  2       2         WHEN  build is green <3  ravi\n" +
      "nina.log    0       0         -                     -                  ravi\n" +
      "lobby       0       0         -                     -                  ravi\n",
  });
  await place.does(["ls", "--json"], {
    out: '{"creator":"ravi","handle":"nina","last_at":"WHEN","payload":"build is green \\u003c3",' +
      '"pipe":"inbox","total":2,"unread":2}\n' +
      '{"creator":"ravi","handle":"nina","last_at":null,"payload":"","pipe":"log","total":0,' +
      '"unread":0}\n' +
      '{"creator":"ravi","handle":"","last_at":null,"manifold":"","payload":"","pipe":"lobby",' +
      '"total":0,"unread":0}\n',
  });
  await place.refuses(["ls", "--json", "--iso"]);
  assertEquals(
    await place.refuses(["ls", "nina"]),
    "positional patterns are only valid with --watch",
  );
});

testEveryWay("in a narrow terminal the payload is cut", async (place) => {
  await withPipes(place);
  const shown = async (COLUMNS: string) => {
    const { stdout } = await place.call(["ls", "--iso"], { env: { COLUMNS } });
    return normal(stdout).split("\n").slice(0, 2);
  };
  assertEquals(await shown("66"), [
    "PIPE        UNREAD  BUFFERED  LAST                  PAYLOAD  CREATOR",
    "nina.inbox  2       2         WHEN  buil…  ravi",
  ]);
  const whole = "nina.inbox  2       2         WHEN  build is green <3  ravi";
  assertEquals((await shown("10"))[1], whole);
  // What is no width says nothing, and 80 columns are enough.
  assertEquals((await shown("wide"))[1], whole);
});

testEveryWay("ls --watch lists what is unread at once, among what matches", async (place) => {
  await withPipes(place);
  const { stdout } = await place.pls("ls", "--watch", "%.inbox", "--json");
  assertEquals(jsonLines(stdout).map(({ pipe }) => pipe), ["inbox"]);
});

testEveryWay("heartbeats make who is there", async (place) => {
  const header = "HANDLE  STATUS  HARNESS  MODEL  HOST  OS/ARCH  CREATED  OWNER\n";
  await place.does(["who"], { out: header });
  await place.does(["who", "--json"], { out: "[]\n" });
  await place.fails(["heartbeat", "--handle", "nina"], "E_SOURCE_NOT_FOUND", 14);
  await place.done("source", "create", "nina");
  const env = { PLS_AGENT_HARNESS: "claude", PLS_AGENT_MODEL: "opus" };
  const beating = place.startIn(env, ["heartbeat", "--handle", "nina", "--interval", "1s"]);
  assertEquals(await beating.stderr.next(), "heartbeats of nina every 1s");
  const { stdout } = await place.pls("who");
  assertMatch(
    stdout,
    /^HANDLE +STATUS +HARNESS +MODEL +HOST +OS\/ARCH +CREATED +OWNER\nnina +online +claude +opus +\S+ +\w+\/\w+ +.+ +ravi\n$/,
  );
  const [row] = JSON.parse(await place.done("who", "--json"));
  assertEquals([row.handle, row.owner, row.heartbeat.interval_sec], ["nina", "ravi", 1]);
  assertEquals(row.heartbeat.pls_version, config.version);
  assertEquals(JSON.parse(await place.done("who", "--json", "--owner", "mae")), []);
  assertEquals(JSON.parse(await place.done("who", "--json", "--harness", "other")), []);
  assertEquals(JSON.parse(await place.done("who", "--json", "--harness", "claude")).length, 1);
  const tail = place.start("read", "nina.heartbeat", "--tail");
  const seqs = [];
  for (let i = 0; i < 3; i++) seqs.push(JSON.parse(`${await tail.stdout.next()}`).seq);
  assertEquals(seqs, [1, 2, 3]);
  beating.signal("SIGTERM");
  assertEquals((await beating.status()).code, 0);
  await place.refuses(["heartbeat", "--handle", "nina", "--interval", "1500ms"]);
});

Deno.test("without a daemon, status says so, and diagnostics has nothing to tell", async () => {
  await using place = await MeshPlace.open({ daemon: false });
  await place.does(["status"], { code: 11, out: "daemon: not running\n" });
  await place.fails(["diagnostics"], "E_DAEMON_NOT_RUNNING", 11);
});

Deno.test({
  name: "status and diagnostics show the daemon, and who the session is",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using place = await MeshPlace.open({ daemon: true });
    await place.done("source", "create", "nina");
    await place.done("set", "namespace", "ops");
    const account = /subject=(\S+?)\./.exec(await place.done("source", "create", "otto"))?.[1];
    const shown = normal(await place.done("status")).replace(/pid=\d+/, "pid=N");
    assertEquals(
      shown,
      [
        `daemon: logged in (pid=N), ${config.version} (latest)`,
        "last token refresh: -",
        `server: ${place.dir}/pools/mesh`,
        "account: ID",
        shown.split("\n")[4],
        "current source: otto",
        "namespace: ops",
        "",
      ].join("\n"),
    );
    assertMatch(shown, /\nnats: \w+\n/);
    assertEquals((await place.done("status")).includes(`account: ${account}`), true);
    const twice = await place.call(["status"], { env: { PLS_CURRENT_HANDLE: "mae" } });
    assertMatch(
      twice.stdout,
      /current source: mae \(env PLS_CURRENT_HANDLE\)\ncurrent source: otto \(pid=\d+, .+current\.json\)\nwarning: current source is set twice, env takes precedence\n/,
    );
    assertMatch(
      await place.done("diagnostics"),
      /^nats: \w+ drops_last_hour=0 events=1\ndaemon_start \S+Z reason=""\n$/,
    );
    const { nats_events } = JSON.parse(await place.done("diagnostics", "--json"));
    assertEquals(nats_events[0].type, "daemon_start");
  },
});

Deno.test({
  name: "a daemon with another mesh is not asked",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using place = await MeshPlace.open({ daemon: true });
    await place.done("source", "create", "nina");
    const elsewhere = ["--dir", `${place.dir}/elsewhere`];
    await place.does([...elsewhere, "ls"], {});
    await place.done(...elsewhere, "source", "create", "otto");
    const handles = async (...flags: string[]) =>
      jsonLines(await place.done(...flags, "ls", "--json")).map(({ handle }) => handle);
    assertEquals(await handles(), ["nina"]);
    assertEquals(await handles(...elsewhere), ["otto"]);
  },
});
