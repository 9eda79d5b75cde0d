/**
 * What `pls serve` and its commands promise, and the others of pools that are served.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { pageResponse } from "../../server/page/mod.ts";
import { jsonLines } from "../cli/pls.ts";
import type { Promises } from "./act.ts";
import { assertEndsCleanly, type Pls } from "./pls.ts";

async function textOf(url: string, init?: RequestInit): Promise<string> {
  const response = await fetch(url, init);
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return text;
}

/** The flags with which a server uses the files of `pls serve init`. */
const SERVER_FILES = [
  ...["--token-file", "plasmite-auth-token.txt"],
  ...["--tls-cert", "plasmite-tls-cert.pem", "--tls-key", "plasmite-tls-key.pem"],
];

/** The flags with which its clients use them. */
const CLIENT_FILES = [
  ...["--token-file", "plasmite-auth-token.txt"],
  ...["--tls-ca", "plasmite-tls-cert.pem"],
];

/** Uses a pool of a server at `url` with every command that can. */
async function useRemotely(pls: Pls, url: string, flags: readonly string[]): Promise<void> {
  const jobs = `${url}/jobs`;
  await pls.done("pool", "create", jobs, ...flags);
  assertEquals(JSON.parse(await pls.done("feed", jobs, '{"n":1}', ...flags)).seq, 1);
  assertEquals(JSON.parse(await pls.done("fetch", jobs, "1", ...flags)).data, { n: 1 });
  await pls.piped('{"n":2}\n', "duplex", jobs, "--me", "ana", ...flags);
  const follower = pls.start("follow", jobs, "--tail", "2", "--jsonl", ...flags);
  const next = async () => JSON.parse(await follower.stdout.next() ?? "").data;
  assertEquals([await next(), await next()], [{ n: 1 }, { n: 2 }]);
  await pls.done("feed", jobs, '{"n":3}', ...flags);
  assertEquals(await next(), { n: 3 });
  const { pools } = JSON.parse(await pls.done("pool", "list", url, "--json", ...flags));
  assertEquals(pools.map(({ name }: { name: string }) => name), ["jobs"]);
  assertStringIncludes(await pls.done("pool", "info", jobs, ...flags), `Pool: ${jobs}\n`);
  await follower.end();
  await pls.done("pool", "delete", jobs, ...flags);
  assertEquals((await pls.pls("fetch", jobs, "1", ...flags)).code, 3);
}

/** A proxy that knows one server, whatever the name it is asked for; it notes those down. */
function proxyTo(url: string): { url: string; asked: string[]; server: Deno.HttpServer } {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { host, pathname, search } = new URL(request.url);
    asked.push(host);
    const { method, body } = request;
    const headers = { "content-type": "application/json" };
    return fetch(url + pathname + search, { method, headers, body });
  });
  const { port } = server.addr as Deno.NetAddr;
  return { url: `http://127.0.0.1:${port}`, asked, server };
}

/** Promises of serving. */
export const SERVING: Promises = {
  serve: {
    "serves the page and all it loads, byte for byte, and ends cleanly": async (pls) => {
      const server = await pls.serve();
      const page = await textOf(`${server.url}/ui`);
      assertEquals(page, await pageResponse("/ui")!.text());
      const paths = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
      assert(paths.length >= 3, page);
      for (const path of paths) {
        assertEquals(await textOf(server.url + path), await pageResponse(path)!.text(), path);
      }
      await assertEndsCleanly(server);
    },
    "appends, reads, filters with jq in a thread, describes and counts": async (pls) => {
      const server = await pls.serve();
      await pls.done("pool", "create", "work");
      const post = { method: "POST", headers: { "content-type": "application/json" } };
      for (const n of [1, 2, 3]) {
        const body = JSON.stringify({ data: { n } });
        await textOf(`${server.url}/v0/pools/work/append`, { ...post, body });
      }
      const where = encodeURIComponent(".data.n != 2");
      const query = `since_seq=1&max=2&where=${where}`;
      const tail = await textOf(`${server.url}/v0/pools/work/tail?${query}`);
      assertEquals(jsonLines(tail).map(({ data }) => data), [{ n: 1 }, { n: 3 }]);
      const { paths } = JSON.parse(await textOf(`${server.url}/v0/openapi.json`));
      assert("/v0/pools/{pool}/tail" in paths, Object.keys(paths).join());
      const metrics = await textOf(`${server.url}/metrics`);
      assertMatch(metrics, /^plasmite_http_requests_total\{.*"200".*\} \d+$/m);
      await assertEndsCleanly(server);
    },
    "lets in those with the token alone": async (pls) => {
      const server = await pls.serve("--token", "secret");
      const list = `${server.url}/v0/pools`;
      const refused = await fetch(list);
      assertEquals([refused.status, (await refused.json()).error.kind], [401, "Permission"]);
      await textOf(list, { headers: { authorization: "Bearer secret" } });
      await assertEndsCleanly(server);
    },
    "serves pools to every command, by URL and by the name of a remote": async (pls) => {
      const server = await pls.serve();
      await useRemotely(pls, server.url, []);
      const remotes = { build: { url: server.url } };
      Deno.writeTextFileSync(`${pls.dir}/.plasmite/config.jsonc`, JSON.stringify({ remotes }));
      await pls.done("pool", "create", "build:jobs");
      await pls.done("feed", "build:jobs", '"far"');
      assertMatch(await pls.done("fetch", "jobs", "1"), /"far"/);
      await assertEndsCleanly(server);
    },
    "is reached through the proxy that the environment names": async (pls) => {
      const server = await pls.serve();
      await pls.done("feed", "jobs", '"far"', "--create");
      const proxy = proxyTo(server.url);
      await using _running = proxy.server;
      const env = { HTTP_PROXY: proxy.url };
      const { stdout, stderr } = await pls.call(["fetch", "http://pools.test/jobs", "1"], { env });
      assertMatch(stdout, /"far"/, stderr);
      assertEquals(new Set(proxy.asked), new Set(["pools.test"]));
      await assertEndsCleanly(server);
    },
    "makes a certificate for itself, which clients may take unseen": async (pls) => {
      const server = await pls.serve("--tls-self-signed", "--request-log", "log");
      await pls.done("pool", "create", "jobs");
      const flags = ["--tls-skip-verify", "--tail", "1", "--one", "--jsonl"];
      await pls.done("feed", "jobs", '"seen"');
      const { code, stdout, stderr } = await pls.pls("follow", `${server.url}/jobs`, ...flags);
      assertEquals([code, JSON.parse(stdout).data], [0, "seen"]);
      assertMatch(stderr, /^warning: .* not verified\n$/);
      const refused = await pls.failed(8, "fetch", `${server.url}/jobs`, "1");
      assertEquals(refused.kind, "Io");
      await assertEndsCleanly(server);
      assert(jsonLines(Deno.readTextFileSync(`${pls.dir}/log`)).length > 0);
    },
    "refuses to be reached from elsewhere by accident": async (pls) => {
      assertEquals((await pls.failed(2, "serve", "--bind", "0.0.0.0:0")).kind, "Usage");
      using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const bind = `127.0.0.1:${taken.addr.port}`;
      assertEquals((await pls.failed(8, "serve", "--bind", bind)).kind, "Io");
    },
  },
  "serve init": {
    "makes the files with which others are let in over TLS": async (pls) => {
      const { init } = JSON.parse(await pls.done("serve", "init"));
      assertMatch(init.tls_fingerprint, /^SHA256:/);
      const server = await pls.serve(...SERVER_FILES);
      await useRemotely(pls, server.url.replace("127.0.0.1", "localhost"), CLIENT_FILES);
      const list = ["pool", "list", server.url, ...CLIENT_FILES.slice(0, 2)];
      assertEquals((await pls.failed(8, ...list)).kind, "Io");
      const env = { DENO_CERT: `${pls.dir}/plasmite-tls-cert.pem` };
      assertEquals((await pls.call(list, { env })).code, 0);
      await assertEndsCleanly(server);
    },
  },
  "serve check": {
    "says how a server would run, with the files that were made": async (pls) => {
      await pls.done("serve", "init", "--bind", "127.0.0.1:9700");
      const { check } = JSON.parse(await pls.done("serve", "check", "--json", ...SERVER_FILES));
      assertEquals([check.status, check.auth, check.tls], [
        "valid",
        "bearer token (--token-file)",
        "enabled",
      ]);
      const missing = ["--tls-cert", "none.pem", "--tls-key", "none.pem"];
      assertEquals((await pls.failed(8, "serve", "check", ...missing)).kind, "Io");
    },
  },
};
