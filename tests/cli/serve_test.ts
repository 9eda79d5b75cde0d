/**
 * `pls serve` as scripts and people meet it: starting, stopping, and what it says meanwhile.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { openRequestLog } from "../../cli/request_log.ts";
import { Screen } from "../../cli/screen.ts";
import { run } from "../server/folder.ts";
import { noTerminal, startOnTerminal } from "./on_terminal.ts";
import { denoArguments, errorOf, jsonLines, Place, within } from "./pls.ts";
import { initialized, remainingLines, Serving } from "./serving.ts";

Deno.test("help and completions of serve, as every other command, load nothing of the server", async () => {
  const { modules } = await moduleGraph("cli/serve_init.ts", "cli/serve_check.ts", "cli/serve.ts");
  const loaded = new Set(modules.filter(({ specifier }) => /\/cli\/serve/.test(specifier)));
  for (const { dependencies = [] } of loaded) {
    for (const { code, isDynamic } of dependencies) {
      const next = modules.find(({ specifier }) => specifier === code?.specifier);
      if (next !== undefined && !isDynamic) loaded.add(next);
    }
  }
  const names = Array.from(loaded, ({ specifier }) => specifier.replace(ROOT.href, ""));
  assert(names.includes("cli/serve_flags.ts") && names.includes("pool/mod.ts"), names.join());
  assertEquals(names.filter((name) => /^server\/|^npm:(hono|@peculiar|@hono)/.test(name)), []);
});

const ROOT = new URL("../../", import.meta.url);

interface ModuleGraph {
  modules: {
    specifier: string;
    dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
  }[];
}

/** What the modules at `paths` import, as Deno sees it. */
async function moduleGraph(...paths: string[]): Promise<ModuleGraph> {
  const graphs = await Promise.all(paths.map(async (path) => {
    const { text } = await run(Deno.execPath(), ["info", "--json", new URL(path, ROOT).href]);
    return JSON.parse(text).modules as ModuleGraph["modules"];
  }));
  return { modules: graphs.flat() };
}

Deno.test("a piped server says nothing, and ends with 0 on SIGINT and on SIGTERM", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    await using place = new Place();
    await using server = await Serving.start(place);
    assertEquals(await (await fetch(`${server.url}/healthz`)).json(), { ok: true });
    server.process.signal(signal);
    assertEquals((await server.process.status()).code, 0);
    assertEquals(await server.process.stdout.next(), undefined);
    assertEquals(await server.process.stderr.next(), undefined);
  }
});

Deno.test("tails end cleanly, with all there was, as soon as the server is to stop", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs");
  await using server = await Serving.start(place, "--max-tail-timeout-ms", "3600000");
  await server.append("jobs", 1);
  const response = await fetch(`${server.url}/v0/pools/jobs/tail?timeout_ms=3600000`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = (await reader.read()).value ?? "";
  server.process.signal("SIGTERM");
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  assertEquals(jsonLines(text).map(({ data }) => data), [1]);
  assertEquals((await server.process.status()).code, 0);
});

Deno.test("a request that is under way when the server is to stop is answered", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs");
  await using server = await Serving.start(place);
  const body = JSON.stringify({ data: "late" });
  using connection = await beginAppend(server, body.length);
  server.process.signal("SIGTERM");
  await refused(server);
  await send(connection, body);
  const answer = await receive(connection);
  assertMatch(answer, /^HTTP\/1.1 200 /);
  assertStringIncludes(answer, '"data":"late"');
  assertEquals((await server.process.status()).code, 0);
});

Deno.test("a second signal ends a server that waits for requests at once", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs");
  await using server = await Serving.start(place);
  using _connection = await beginAppend(server, 100);
  server.process.signal("SIGTERM");
  await refused(server);
  server.process.signal("SIGTERM");
  assertEquals((await server.process.status()).signal, "SIGTERM");
});

Deno.test("a request that does not end keeps the server for 10 seconds, which ends with 8", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs");
  await using server = await Serving.start(place);
  using connection = await beginAppend(server, 100);
  server.process.signal("SIGTERM");
  assertEquals((await server.process.status()).code, 8);
  assertEquals(errorOf(`${await server.process.stderr.next()}\n`).kind, "Io");
  assertEquals(await receive(connection).catch(() => ""), "");
});

/** Sends the headers of an append to the pool `jobs`, and waits until the server has begun with it. */
async function beginAppend(server: Serving, bodyBytes: number): Promise<Deno.TcpConn> {
  const { host, hostname, port } = new URL(server.url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await send(
    connection,
    `POST /v0/pools/jobs/append HTTP/1.1\r\nHost: ${host}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${bodyBytes}\r\n` +
      `Connection: close\r\nExpect: 100-continue\r\n\r\n`,
  );
  assertMatch(await receive(connection), /^HTTP\/1.1 100 /);
  return connection;
}

async function send(connection: Deno.TcpConn, text: string): Promise<void> {
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(text));
  writer.releaseLock();
}

/** What comes next through `connection`; answers this short come in one piece. */
async function receive(connection: Deno.TcpConn): Promise<string> {
  const bytes = new Uint8Array(4096);
  const length = await within("an answer", connection.read(bytes));
  return new TextDecoder().decode(bytes.subarray(0, length ?? 0));
}

/** Waits until the server takes no more connections. */
async function refused(server: Serving): Promise<void> {
  const { hostname, port } = new URL(server.url);
  const trying = async () => {
    while (true) {
      try {
        (await Deno.connect({ hostname, port: Number(port) })).close();
      } catch (error) {
        if (error instanceof Deno.errors.ConnectionRefused) return;
        // This one was in the queue when that was given up.
        if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
      }
    }
  };
  await within("connections to be refused", trying());
}

Deno.test("an address that is taken ends with 8", async () => {
  await using place = new Place();
  await using server = await Serving.start(place);
  const { host } = new URL(server.url);
  const { code, stderr } = await place.pls("serve", "--bind", host);
  assertEquals([code, errorOf(stderr).kind], [8, "Io"]);
  assertStringIncludes(errorOf(stderr).hint, "--bind");
});

Deno.test("a ready file that can't be written ends the server with 8", async () => {
  await using place = new Place();
  const env = { PLASMITE_SERVE_READY_FILE: `${place.dir}/none/ready` };
  const { code, stderr } = await place.call(["serve", "--bind", "127.0.0.1:0"], { env });
  assertEquals([code, errorOf(stderr).path], [8, env.PLASMITE_SERVE_READY_FILE]);
});

Deno.test("the ready file holds the address and nothing else, and no draft is left of it", async () => {
  await using place = new Place();
  await using server = await Serving.start(place);
  const names = Array.from(Deno.readDirSync(place.dir), ({ name }) => name);
  const [ready, ...others] = names.filter((name) => /^ready-|\.tmp$/.test(name));
  assertEquals(others, []);
  assertEquals(Deno.readTextFileSync(`${place.dir}/${ready}`), new URL(server.url).host);
});

Deno.test("the request log has a line for each request, and no token", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs");
  const log = `${place.dir}/requests.jsonl`;
  await using server = await Serving.start(place, "--token", "s3cret", "--request-log", log);
  const headers = { authorization: "Bearer s3cret" };
  const pools = await fetch(`${server.url}/v0/pools?token=s3cret`, { headers });
  assertEquals((await pools.json()).pools.length, 1);
  const refusal = await fetch(`${server.url}/v0/pools/jobs/info`);
  const { length } = await refusal.bytes();
  server.process.signal("SIGTERM");
  assertEquals((await server.process.status()).code, 0);
  const text = Deno.readTextFileSync(log);
  assert(!text.includes("s3cret"));
  const [first, second] = jsonLines(text);
  assertMatch(first.time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert(first.duration_ms >= 0);
  const common = { client: "127.0.0.1", method: "GET" };
  const withoutTime = ({ time: _time, duration_ms: _duration, ...rest }: typeof first) => rest;
  assertEquals(withoutTime(second), {
    ...common,
    path: "/v0/pools/jobs/info",
    status: 401,
    sent_bytes: length,
  });
  assertEquals([first.path, first.status], ["/v0/pools", 200]);
  assertEquals(Deno.statSync(log).mode! & 0o777, 0o600);
});

Deno.test("- has the request log go to standard error", async () => {
  await using place = new Place();
  await using server = await Serving.start(place, "--request-log", "-");
  await (await fetch(`${server.url}/healthz`)).body?.cancel();
  const { path, status } = JSON.parse(await server.process.stderr.next() ?? "");
  assertEquals([path, status], ["/healthz", 200]);
});

Deno.test({
  name: "a request log on a full disk is complained of once",
  ignore: Deno.build.os !== "linux",
  fn: () => {
    const complaints: string[] = [];
    const writeSync = (bytes: Uint8Array) => {
      complaints.push(new TextDecoder().decode(bytes));
      return bytes.length;
    };
    const facts = { isTerminal: false, colorChoice: "never", noColor: true } as const;
    using log = openRequestLog("/dev/full", new Screen({ writeSync }, facts));
    const request = { client: "::1", method: "GET", path: "/", status: 200 };
    const measured = { time: "2026-01-01T00:00:00Z", durationMs: 1, sentBytes: 2 };
    for (let count = 0; count < 3; count++) log?.write({ ...request, ...measured });
    assertEquals(complaints.map((line) => errorOf(line).kind), ["Io"]);
    assertEquals(errorOf(complaints[0]).path, "/dev/full");
  },
});

Deno.test("a request log that Deno may not write is told as Permission", async () => {
  await using place = new Place();
  const args = denoArguments(["serve", "--bind", "127.0.0.1:0", "--request-log", "log"])
    .filter((word) => word !== "--allow-write");
  const env = { PLS_DIR: place.pools, PLS_CONFIG: `${place.dir}/config.jsonc` };
  const command = new Deno.Command(Deno.execPath(), { args, env, cwd: place.dir });
  const { code, stderr } = await command.output();
  const { kind, hint } = errorOf(new TextDecoder().decode(stderr));
  assertEquals([code, kind], [6, "Permission"]);
  assertStringIncludes(hint, "--allow-write");
});

Deno.test("a self-signed server is TLS, with a certificate that is in no file", async () => {
  await using place = new Place();
  await using server = await Serving.start(place, "--tls-self-signed");
  await assertRejects(() => fetch(`${server.url}/healthz`), TypeError);
  const names = Array.from(Deno.readDirSync(place.dir), ({ name }) => name);
  assertEquals(names.filter((name) => !name.startsWith("ready-")), []);
});

Deno.test("a server with a token shuts out who has none", async () => {
  const { place, init } = await initialized();
  await using _place = place;
  const { token_file, tls_cert, tls_key } = init.artifact_paths;
  const flags = ["--token-file", token_file, "--tls-cert", tls_cert, "--tls-key", tls_key];
  await using server = await Serving.start(place, ...flags);
  using client = Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(tls_cert)] });
  const token = Deno.readTextFileSync(token_file).trim();
  const status = async (headers: Record<string, string>) => {
    const response = await fetch(`${server.url}/v0/pools`, { client, headers });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status({}), 401);
  assertEquals(await status({ authorization: `Bearer ${token}x` }), 401);
  assertEquals(await status({ authorization: `Bearer ${token}` }), 200);
});

Deno.test({
  name: "a person is told where the server is, and how to try it, and can interrupt it",
  ignore: noTerminal,
  fn: async () => {
    const { place, init } = await initialized();
    await using _place = place;
    const { token_file, tls_cert, tls_key } = init.artifact_paths;
    const flags = ["--token-file", token_file, "--tls-cert", tls_cert, "--tls-key", tls_key];
    const args = denoArguments(["serve", "--bind", "127.0.0.1:0", ...flags]);
    const running = startOnTerminal(place, args);
    try {
      assertMatch(await running.stdout.next() ?? "", /^Serving pools at https:\/\/127.0.0.1:[1-9]/);
      let text = "";
      while (!text.includes("Ctrl-C")) text += await running.stdout.next() + "\n";
      for (
        const part of ["/ui", init.tls_fingerprint, "read-write", "pls feed https://", "--tls-ca"]
      ) {
        assertStringIncludes(text, part);
      }
      assert(!text.includes(Deno.readTextFileSync(token_file).trim()));
      await running.type("\x03");
      assertEquals((await running.status()).code, 0);
      assertEquals((await remainingLines(running)).filter((line) => line !== "^C"), []);
    } finally {
      await running.end();
    }
  },
});
