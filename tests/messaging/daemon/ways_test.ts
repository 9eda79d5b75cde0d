/**
 * However `pls` is started, it starts itself once more as the daemon: from source, from the bundle
 * alone, and compiled.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { daemonCommand } from "../../../cli/messaging/daemon_command.ts";
import { IpcClient } from "../../../messaging/daemon/mod.ts";
import { Place } from "../../cli/pls.ts";
import { WAYS } from "../../shipped/ways.ts";
import { isRunning, kill, pidIn, until } from "./daemon_place.ts";

for (const way of WAYS) {
  Deno.test({
    name: `a daemon of pls ${way.name} starts, answers and stops`,
    ignore: Deno.build.os === "windows" || way.reasonToIgnore !== undefined,
    fn: async () => {
      await using place = new Place(way);
      const pid = pidIn(await place.done("daemon", "start"), "started");
      try {
        const client = new IpcClient(`${place.dir}/.plasmite/daemon.sock`);
        const status = await client.call("Status", {});
        assertEquals([status.daemon_pid, status.logged_in], [pid, true]);
        assertEquals(status.url, `${place.dir}/.plasmite/pools/mesh`);
        assertStringIncludes(await place.done("daemon", "status"), `(pid=${pid}), `);
        assertEquals(pidIn(await place.done("daemon", "stop"), "stopped"), pid);
        assert(!isRunning(pid));
      } finally {
        kill(pid, "SIGKILL");
        await until("its end", () => Promise.resolve(!isRunning(pid)));
      }
    },
  });
}

const SETTINGS = { dir: { value: undefined, source: "default" } } as const;

Deno.test("an executable is started as it is", () => {
  const command = daemonCommand(SETTINGS, {
    path: "/opt/pls",
    mainModule: "file:///tmp/pls/cli.js",
    isStandalone: true,
  });
  assertEquals(command, ["/opt/pls", "daemon", "start", "--foreground"]);
});

Deno.test("a module is run by the same Deno; only a bundle without a configuration", () => {
  for (
    const [mainModule, isBundle] of [
      ["file:///work/cli.ts", false],
      ["https://jsr.io/@plasmite/pool/0.1.0/cli.ts", false],
      ["file:///home/ada/.local/lib/pls/1/bundle/cli.js", true],
    ] as const
  ) {
    const command = daemonCommand(
      { dir: { value: "/pools", source: "environment" } },
      { path: "/opt/deno", mainModule, isStandalone: false },
    );
    assertEquals(command.slice(0, 2), ["/opt/deno", "run"]);
    assertEquals(command.slice(-4), [mainModule, "daemon", "start", "--foreground"]);
    assertEquals(command.includes("--no-config"), isBundle);
    assert(!command.includes("--allow-run") && !command.includes("--allow-all"));
  }
});
