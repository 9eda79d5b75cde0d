/**
 * `pls serve check`: what would be served, and what would be refused.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { errorOf, Place } from "./pls.ts";
import { initialized } from "./serving.ts";

Deno.test("a refused configuration ends with 2, and the first fault is told", async () => {
  await using place = new Place();
  for (const words of [["serve"], ["serve", "check"]]) {
    const { code, stderr } = await place.pls(...words, "--bind", "0.0.0.0:0", "--tls-key", "k");
    assertEquals([code, errorOf(stderr).kind], [2, "Usage"]);
    assertStringIncludes(errorOf(stderr).hint, "--allow-non-loopback");
  }
});

Deno.test("check says in the keys of the contract what would be served", async () => {
  await using place = new Place();
  const json = JSON.parse(await place.done("serve", "check", "--json"));
  assertEquals(json, {
    check: {
      access: "read-write",
      auth: "none",
      base_url: "http://127.0.0.1:9700",
      cors_allowed_origins: [],
      limits: {
        max_body_bytes: 1048576,
        max_tail_concurrency: 64,
        max_tail_timeout_ms: 30000,
      },
      listen: "127.0.0.1:9700",
      mcp: "http://127.0.0.1:9700/mcp",
      status: "valid",
      tls: "disabled",
      tls_fingerprint: null,
      web_ui: "http://127.0.0.1:9700/ui",
      web_ui_pool: "http://127.0.0.1:9700/ui/pools/demo",
    },
  });
});

Deno.test("check takes the options of serve before its word and after it", async () => {
  const { place, init } = await initialized();
  await using _place = place;
  const { token_file, tls_cert, tls_key } = init.artifact_paths;
  const before = ["--bind", "[::]:7", "--allow-non-loopback", "--token-file", token_file];
  const after = [
    "--tls-cert",
    tls_cert,
    "--tls-key",
    tls_key,
    "--cors-origin",
    "https://A.example/",
  ];
  const { check } = JSON.parse(await place.done("serve", ...before, "check", ...after, "--json"));
  assertEquals(check.base_url, "https://[::1]:7");
  assertEquals(check.listen, "[::]:7");
  assertEquals(check.auth, "bearer token (--token-file)");
  assertEquals(check.tls, "enabled");
  assertEquals(check.cors_allowed_origins, ["https://a.example"]);
  assertEquals(check.tls_fingerprint, init.tls_fingerprint);
  const text = await place.done("serve", ...before, ...after, "check");
  assertEquals(text.split("\n")[0], "Configuration valid.");
  for (const part of ["Bind:", "MCP:", "Limits:", init.tls_fingerprint]) {
    assertStringIncludes(text, part);
  }
});

Deno.test("check finds a key that is not that of the certificate, and one that is missing", async () => {
  const { place, init } = await initialized();
  await using _place = place;
  await place.done("serve", "init", "--output-dir", "other");
  const check = (key: string) => {
    const cert = init.artifact_paths.tls_cert;
    return place.pls("serve", "--tls-cert", cert, "--tls-key", key, "check");
  };
  const wrong = await check("other/plasmite-tls-key.pem");
  assertEquals([wrong.code, errorOf(wrong.stderr).kind], [2, "Usage"]);
  assertEquals((await check("none.pem")).code, 8);
});

Deno.test("check tells no fingerprint of a certificate that would be made anew", async () => {
  await using place = new Place();
  const { check } = JSON.parse(await place.done("serve", "--tls-self-signed", "check", "--json"));
  assertEquals([check.tls, check.tls_fingerprint], ["self-signed", null]);
  assert(!(await place.done("serve", "--tls-self-signed", "check")).includes("SHA256"));
});

Deno.test("words behind serve that are no command are refused", async () => {
  await using place = new Place();
  const { code, stderr } = await place.pls("serve", "--bind", "127.0.0.1:0", "chekc");
  assertEquals(code, 2);
  assertStringIncludes(errorOf(stderr).hint, "check");
});
