/**
 * The same over TLS, as clients see it that check certificates.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { makeCertificate } from "../../server/certificate.ts";
import { eventually, PATIENCE_MS } from "./eventually.ts";
import { Folder, hasProgram, run } from "./folder.ts";
import { RawConnection } from "./raw_http.ts";
import { startTestServer } from "./start_server.ts";

const TOKEN = "0123456789abcdef";

Deno.test("clients that trust the certificate are served, others not", async () => {
  const certificate = await makeCertificate(["localhost", "127.0.0.1"]);
  await using server = await startTestServer({ tls: certificate, token: TOKEN });
  using trusting = Deno.createHttpClient({ caCerts: [certificate.cert] });
  const init = { client: trusting };
  assertEquals((await server.call("/v0/pools", init)).status, 200);
  assertEquals((await server.call("/healthz", init)).headers.get("plasmite-version"), "0");
  const page = { ...init, headers: { origin: server.url } };
  assertEquals((await server.call("/v0/pools", page)).status, 200, "its own page");
  const plain = { ...init, headers: { origin: server.url.replace("https", "http") } };
  assertEquals((await server.call("/v0/pools", plain)).status, 403);
  const body = '{"data":{"a":1.0}}';
  const headers = { "content-type": "application/json" };
  const sent = await server.call("/v0/pools/work/append", {
    ...init,
    method: "POST",
    body,
    headers,
  });
  assert(sent.text.includes('"data":{"a":1.0}'));
  const tail = await server.call("/v0/pools/work/tail?max=1", init);
  assertEquals(JSON.parse(tail.text).seq, 1);
  await assertRejects(() => server.call("/healthz"), TypeError);
});

Deno.test("without TLS there is no answer on a TLS port, and it serves on", async () => {
  const certificate = await makeCertificate(["127.0.0.1"]);
  await using server = await startTestServer({ tls: certificate });
  await assertRejects(async () => {
    const response = await fetch(server.url.replace("https", "http"));
    await response.body?.cancel();
  });
  using trusting = Deno.createHttpClient({ caCerts: [certificate.cert] });
  assertEquals((await server.call("/healthz", { client: trusting })).status, 200);
});

Deno.test("a connection that never shakes hands is cut off", async () => {
  const tls = await makeCertificate(["127.0.0.1"]);
  await using server = await startTestServer({ tls, timeouts: { headersMs: 500, checkMs: 50 } });
  using connection = await RawConnection.open(server.port);
  assertEquals(await connection.readAll(), "");
});

Deno.test("a tail over TLS gives its place up when its client leaves, and ends with the server", async () => {
  const certificate = await makeCertificate(["127.0.0.1"]);
  const server = await startTestServer({ tls: certificate, limits: { maxTailConcurrency: 1 } });
  using trusting = Deno.createHttpClient({ caCerts: [certificate.cert] });
  const init = { client: trusting };
  const leaving = new AbortController();
  const first = await server.request("/v0/pools/work/tail", { ...init, signal: leaving.signal });
  leaving.abort();
  await first.text().catch(() => {});
  let second: Response | undefined;
  await eventually("the place is free", async () => {
    second = await server.request("/v0/pools/work/tail", init);
    if (second.status === 200) return true;
    await second.text();
    return false;
  });
  const rest = second?.text();
  const isClean = server.running.shutdown(PATIENCE_MS);
  assertEquals([await rest, await isClean], ["", true]);
  await server[Symbol.asyncDispose]();
});

Deno.test({
  name: "curl is served with --cacert, and refuses without",
  ignore: !await hasProgram("curl"),
  async fn() {
    const certificate = await makeCertificate(["localhost", "127.0.0.1"]);
    using folder = new Folder();
    const cacert = folder.write("cert.pem", certificate.cert);
    await using server = await startTestServer({ tls: certificate, token: TOKEN });
    const header = `Authorization: Bearer ${TOKEN}`;
    for (const host of ["127.0.0.1", "localhost"]) {
      const url = `https://${host}:${server.port}/v0/pools`;
      const { code, text } = await run("curl", ["-sS", "--cacert", cacert, "-H", header, url]);
      assertEquals([code, JSON.parse(text).pools.length], [0, 1]);
    }
    const refused = await run("curl", ["-sS", `${server.url}/healthz`]);
    assertEquals([refused.code, refused.text], [60, ""]);
    const old = await run("curl", [
      "-sS",
      "--cacert",
      cacert,
      "--tls-max",
      "1.1",
      `${server.url}/healthz`,
    ]);
    assert(old.code !== 0);
  },
});
