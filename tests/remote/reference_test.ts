import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "@plasmite/pool";
import { connect, parseRemoteReference, parseServerUrl } from "@plasmite/pool/remote";

Deno.test("a reference is a scheme, a host and a name, which is decoded once", () => {
  for (
    const [text, server, pool] of [
      ["http://host:9700/jobs", "http://host:9700", "jobs"],
      ["https://host/jobs", "https://host", "jobs"],
      ["https://host:443/a%20b", "https://host", "a b"],
      ["http://host/a b", "http://host", "a b"],
      ["http://host/100%25", "http://host", "100%"],
      ["http://host/%2541", "http://host", "%41"],
      ["http://host/na%C3%AFve", "http://host", "naïve"],
      ["http://[::1]:9700/x.plasmite", "http://[::1]:9700", "x.plasmite"],
    ]
  ) {
    assertEquals(parseRemoteReference(text), { server, pool }, text);
  }
});

Deno.test("everything else is refused", () => {
  for (
    const text of [
      "tcp://host/jobs",
      "ftp://host/jobs",
      "jobs",
      "http://host",
      "http://host/",
      "http://host/a/",
      "http://host/a/b",
      "http://host/a\\b",
      "http://host/v0/pools/a/append",
      "http://host/pools/a",
      "http://host/pool",
      "http://host/a%2fb",
      "http://host/a%2Fb",
      "http://host/jobs?x=1",
      "http://host/jobs?",
      "http://host/jobs#x",
      "http://host/100%",
      "http://host/%ff",
      "http://host/%2e%2e",
      "http://me:pw@host/jobs",
      "http://host:port/jobs",
      "http://",
    ]
  ) {
    const error = assertThrows(() => parseRemoteReference(text), UsageError);
    assertEquals(error.message.includes("pw"), false);
  }
});

Deno.test("a server's address has no path", () => {
  for (const text of ["http://host:9700", "http://host:9700/"]) {
    assertEquals(parseServerUrl(text), "http://host:9700");
  }
  for (
    const text of ["http://host/jobs", "host:9700", "http://h?x", "http://me:pw@h", "nats://h"]
  ) {
    assertThrows(() => parseServerUrl(text), UsageError);
    assertThrows(() => connect(text), UsageError);
  }
});

Deno.test("certificates that are none are refused at once", () => {
  assertThrows(() => connect("https://host", { tlsCa: "/path/to.pem" }), UsageError, "tlsCa");
});
