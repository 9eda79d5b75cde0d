/**
 * The text of `status` in every state, with and without colours.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  printStatus,
  printStatusWithEnv,
  printStatusWithEnvAndCliVersion,
  printStatusWithUpdateInfo,
  type StatusOptions,
  type StatusReply,
} from "../../../messaging/contracts/mod.ts";

const NOW_MS = Date.UTC(2031, 2, 4, 5, 6, 7);

const LOGGED_IN: StatusReply = {
  daemon_pid: 4242,
  daemon_version: "v1.4.0",
  logged_in: true,
  url: "https://relay.example",
  key_prefix: "0123abcd",
  account_id: "7b1e2a90-0c4d-4e5f-8a6b-1c2d3e4f5a6b",
  account_name: "harbour",
  last_token_refresh_at: "2031-03-04T05:04:07.000000001Z",
  login_check: "ok",
  current: "nina",
  current_namespace: "ops",
  nats_state: "connected",
};

function shown(status: Partial<StatusReply>, options: Partial<StatusOptions> = {}): string {
  return printStatusWithUpdateInfo({ ...LOGGED_IN, ...status }, { nowMs: NOW_MS, ...options });
}

function lineOf(name: string, text: string): string {
  return text.split("\n").filter((line) => line.startsWith(`${name}:`)).join("\n");
}

const GREEN = "\x1b[32m";
const RED = "\x1b[31m";
const AMBER = "\x1b[33m";
const DIM = "\x1b[2m";
const END = "\x1b[0m";

Deno.test("logged in", () => {
  const status = { last_token_refresh_at: "2031-03-04T05:04:07Z" };
  assertEquals(
    shown(status, { cliVersion: "1.4.0" }),
    `\
daemon: logged in (pid=4242), v1.4.0 (latest)
last token refresh: 2 minutes ago
server: https://relay.example
account: harbour
nats: connected
current source: nina
namespace: ops
`,
  );
});

Deno.test("logged in, in colours", () => {
  assertEquals(
    shown({}, { cliVersion: "v1.4.0", color: true }),
    `\
daemon: ${GREEN}logged in${END} (pid=4242), ${GREEN}v1.4.0${END} (latest)
last token refresh: ${GREEN}2 minutes ago${END}
server: ${GREEN}https://relay.example${END}
account: ${GREEN}harbour${END}
nats: ${GREEN}connected${END}
current source: ${GREEN}nina${END}
namespace: ${GREEN}ops${END}
`,
  );
});

Deno.test("not running", () => {
  const status = { daemon_pid: 0, logged_in: true };
  assertEquals(shown(status, { cliVersion: "1.4.0" }), "daemon: not running\n");
  assertEquals(shown(status, { color: true }), `daemon: ${RED}not running${END}\n`);
});

Deno.test("not logged in", () => {
  const status = { logged_in: false, login_check: "invalid" };
  assertEquals(
    shown(status),
    "daemon: not logged in (pid=4242)\nhint: run 'pls login URL -apikey K'\n",
  );
  assertEquals(
    shown(status, { cliVersion: "1.4.0", color: true }),
    `daemon: ${RED}not logged in${END} (pid=4242), ${GREEN}v1.4.0${END} (latest)\n` +
      "hint: run 'pls login URL -apikey K'\n",
  );
});

Deno.test("authentication error: the server has no colour", () => {
  const status = { login_check: "invalid" };
  assertEquals(
    shown(status),
    `\
daemon: authentication error (pid=4242)
server: https://relay.example
hint: run 'pls login URL -apikey K' to refresh
`,
  );
  assertEquals(
    shown(status, { color: true }),
    `\
daemon: ${RED}authentication error${END} (pid=4242)
server: https://relay.example
hint: run 'pls login URL -apikey K' to refresh
`,
  );
});

Deno.test("nothing is known yet", () => {
  const status = { daemon_pid: 1, logged_in: true };
  assertEquals(
    printStatus(status, { nowMs: NOW_MS }),
    `\
daemon: logged in (pid=1)
last token refresh: -
server: ${""}
account: ${""}
nats: unknown
current source: -
`,
  );
  const colored = printStatusWithEnv(status, { nowMs: NOW_MS, color: true });
  assertEquals(lineOf("last token refresh", colored), `last token refresh: ${DIM}-${END}`);
  assertEquals(lineOf("nats", colored), `nats: ${RED}unknown${END}`);
  assertEquals(lineOf("current source", colored), `current source: ${DIM}-${END}`);
});

Deno.test("an account without a name shows its id", () => {
  for (const account_name of ["", undefined]) {
    assertEquals(
      lineOf("account", shown({ account_name })),
      "account: 7b1e2a90-0c4d-4e5f-8a6b-1c2d3e4f5a6b",
    );
  }
});

Deno.test("a token is fresh for less than five minutes", () => {
  const refreshed = (at: string) =>
    lineOf("last token refresh", shown({ last_token_refresh_at: at }, { color: true }));
  assertEquals(
    [
      refreshed("2031-03-04T05:01:07.001Z"),
      refreshed("2031-03-04T05:01:07Z"),
      refreshed("2031-03-04T05:06:07Z"),
      refreshed("odd"),
    ],
    [
      `last token refresh: ${GREEN}4 minutes ago${END}`,
      `last token refresh: ${RED}5 minutes ago${END}`,
      `last token refresh: ${GREEN}just now${END}`,
      `last token refresh: ${DIM}-${END}`,
    ],
  );
});

Deno.test("every state of the connection has its colour", () => {
  const states = ["connected", "disconnected", "unknown", "", "connecting", "draining", "toString"];
  assertEquals(states.map((nats_state) => lineOf("nats", shown({ nats_state }, { color: true }))), [
    `nats: ${GREEN}connected${END}`,
    `nats: ${RED}disconnected${END}`,
    `nats: ${RED}unknown${END}`,
    `nats: ${RED}unknown${END}`,
    `nats: ${DIM}connecting${END}`,
    "nats: draining",
    "nats: toString",
  ]);
});

Deno.test("the current source comes from the environment, then from the daemon", () => {
  const sources = (envCurrent: string, current: string) =>
    shown({ current, current_namespace: "" }, { envCurrent, currentJsonPath: "/h/current.json" })
      .split("nats: connected\n")[1];
  assertEquals(
    sources("otto", "nina"),
    `\
current source: otto (env PLS_CURRENT_HANDLE)
current source: nina (pid=4242, /h/current.json)
warning: current source is set twice, env takes precedence
`,
  );
  assertEquals(sources("otto", "otto"), "current source: otto\n");
  assertEquals(sources("otto", ""), "current source: otto\n");
  assertEquals(sources("", "nina"), "current source: nina\n");
  assertEquals(sources("", ""), "current source: -\n");
});

Deno.test("two current sources, in colours", () => {
  const options = { envCurrent: "otto", currentJsonPath: "/h/current.json", color: true };
  assertEquals(
    shown({ current_namespace: "" }, options).split(`connected${END}\n`)[1],
    `\
current source: ${GREEN}otto${END} (env PLS_CURRENT_HANDLE)
current source: ${GREEN}nina${END} (pid=4242, /h/current.json)
warning: current source is set twice, env takes precedence
`,
  );
});

Deno.test("the version of the daemon is compared with that of this program", () => {
  const daemonLine = (daemon_version: string | undefined, options: Partial<StatusOptions>) =>
    lineOf("daemon", shown({ daemon_version }, options)).slice(
      "daemon: logged in (pid=4242)".length,
    );
  const outOfSync = "(daemon out of sync with pls cli, run 'pls daemon restart')";
  assertEquals(daemonLine("1.4.0", {}), "");
  assertEquals(daemonLine("1.4.0", { cliVersion: "  " }), "");
  assertEquals(daemonLine(" v1.4.0 ", { cliVersion: " 1.4.0\n" }), ", v1.4.0 (latest)");
  assertEquals(daemonLine("1.3.9", { cliVersion: "1.4.0" }), `, 1.3.9 ${outOfSync}`);
  assertEquals(daemonLine("vv1.4.0", { cliVersion: "1.4.0" }), `, vv1.4.0 ${outOfSync}`);
  for (const missing of ["", " ", undefined]) {
    assertEquals(daemonLine(missing, { cliVersion: "1.4.0" }), `, version unknown ${outOfSync}`);
  }
  assertEquals(
    daemonLine("1.4.0", { cliVersion: "1.4.0", updateAvailable: true }),
    ", 1.4.0 (update available, run 'pls upgrade')",
  );
  assertEquals(
    daemonLine("1.3.9", { cliVersion: "1.4.0", updateAvailable: true }),
    `, 1.3.9 ${outOfSync}`,
  );
});

Deno.test("the colour of a version tells how it compares", () => {
  const colored = (daemon_version: string, updateAvailable: boolean) =>
    lineOf("daemon", shown({ daemon_version }, { color: true, cliVersion: "1", updateAvailable }))
      .split(", ")[1].split(" (")[0];
  assertEquals([colored("1", false), colored("1", true), colored("2", true), colored("", false)], [
    `${GREEN}1${END}`,
    `${AMBER}1${END}`,
    `${RED}2${END}`,
    `${RED}version unknown${END}`,
  ]);
});

Deno.test("the shorter forms leave out what they do not know", () => {
  const all = {
    nowMs: NOW_MS,
    envCurrent: "otto",
    currentJsonPath: "/h/current.json",
    color: true,
    cliVersion: "1.4.0",
    updateAvailable: true,
  };
  const { updateAvailable: _, ...withVersion } = all;
  assertEquals(
    printStatusWithEnvAndCliVersion(LOGGED_IN, all),
    printStatusWithUpdateInfo(LOGGED_IN, withVersion),
  );
  const { cliVersion: _version, ...withEnv } = withVersion;
  assertEquals(printStatusWithEnv(LOGGED_IN, all), printStatusWithUpdateInfo(LOGGED_IN, withEnv));
  assertEquals(
    printStatus(LOGGED_IN, all),
    printStatusWithUpdateInfo(LOGGED_IN, { nowMs: NOW_MS }),
  );
});
