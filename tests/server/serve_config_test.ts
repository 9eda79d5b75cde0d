/**
 * Which configurations are refused, in which order, and what a valid one comes to.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { ErrorKind } from "../../pool/mod.ts";
import { PlasmiteError, UsageError } from "../../pool/mod.ts";
import { parseBindAddress, reachableHost } from "../../server/bind_address.ts";
import { makeCertificate } from "../../server/certificate.ts";
import { parseCorsOrigins } from "../../server/cors_origin.ts";
import { baseUrl, planServe, prepareServe, type ServeOptions } from "../../server/serve_config.ts";
import { fingerprintOf, Folder } from "./folder.ts";

const EVERYWHERE = { bind: "0.0.0.0:9700", allowNonLoopback: true };

/** The files that the tests name: a token, two pairs, and some that are wrong. */
async function withFiles(action: (folder: Folder) => Promise<void>): Promise<void> {
  using folder = new Folder();
  const [pair, other] = [
    await makeCertificate(["localhost"]),
    await makeCertificate(["localhost"]),
  ];
  folder.write("token", "  s3cret\n");
  folder.write("blank", " \n\n");
  folder.write("two-lines", "one\ntwo\n");
  folder.write("open-token", "s3cret", 0o644);
  folder.write("group-token", "s3cret", 0o640);
  folder.write("written-token", "s3cret", 0o622);
  folder.write("cert", pair.cert);
  folder.write("key", pair.key);
  folder.write("other-key", other.key);
  folder.write("text", "nothing of use");
  await action(folder);
}

/** A fault in the flags, and how it is told. */
interface Fault {
  readonly options: ServeOptions;
  /** Flags that would mend it. */
  readonly without?: readonly (keyof ServeOptions)[];
  readonly says: string;
  readonly hints?: string;
  readonly kind?: ErrorKind;
}

/** One fault for every check, in the order of the checks. */
function faults(folder: Folder): Fault[] {
  const path = (name: string) => folder.path(name);
  return [
    { options: { bind: "localhost:9700" }, says: "--bind: not an IP address" },
    {
      options: { token: "a", tokenFile: path("token") },
      says: "--token and --token-file",
      hints: "serve init",
    },
    { options: { tokenFile: path("missing") }, says: "can't read", hints: "serve init" },
    { options: { tlsCert: path("missing") }, says: "--tls-cert: can't read", kind: "Io" },
    { options: { corsOrigins: ["*"] }, says: "wildcard" },
    {
      options: { bind: "0.0.0.0:9700" },
      without: ["allowNonLoopback"],
      says: "0.0.0.0",
      hints: "--allow-non-loopback",
    },
    {
      options: { tlsKey: path("key") },
      without: ["tlsCert"],
      says: "--tls-key needs --tls-cert",
    },
    {
      options: { tlsSelfSigned: true, tlsCert: path("cert"), tlsKey: path("key") },
      says: "--tls-self-signed",
      hints: "serve init",
    },
    { options: { maxBodyBytes: 0 }, says: "--max-body-bytes 0" },
    { options: EVERYWHERE, without: ["tokenFile"], says: "--token-file", hints: "serve init" },
    {
      options: { ...EVERYWHERE, tokenFile: path("token") },
      without: ["tlsCert"],
      says: "TLS",
      hints: "serve init",
    },
    {
      options: { tlsCert: path("cert"), tlsKey: path("other-key") },
      says: "not that of the certificate",
      hints: "serve init",
    },
  ];
}

async function checkFault({ options, says, hints = "", kind = "Usage" }: Fault): Promise<void> {
  const error = await assertRejects(() => planServe(options), PlasmiteError, says);
  assertEquals(error.kind, kind, says);
  assertStringIncludes(error.hint ?? "", hints);
}

Deno.test("what is unsafe or wrong is refused, saying what to do", async () => {
  await withFiles(async (folder) => {
    for (const fault of faults(folder)) await checkFault(fault);
  });
});

Deno.test("of two faults the one that is checked first is told", async () => {
  await withFiles(async (folder) => {
    const all = faults(folder);
    let pairs = 0;
    for (const [index, first] of all.entries()) {
      for (const second of all.slice(index + 1)) {
        const options: ServeOptions = { ...second.options, ...first.options };
        if (first.without?.some((name) => options[name] !== undefined)) continue;
        // One flag can't have two values: those of the second have to be there as well.
        const both = Object.entries(second.options).every(([name, value]) => {
          return options[name as keyof ServeOptions] === value;
        });
        if (!both) continue;
        pairs++;
        await checkFault({ ...first, options });
      }
    }
    assert(pairs > 30, `${pairs} pairs`);
  });
});

Deno.test("every limit has to be 1 or more, and no more than a timer can count", async () => {
  const limits = ["maxBodyBytes", "maxTailTimeoutMs", "maxTailConcurrency", "maxConnections"];
  for (const name of limits) {
    for (const value of [0, 2 ** 31, Number.MAX_VALUE]) {
      await assertRejects(() => planServe({ [name]: value }), UsageError, "out of range");
    }
    const { limits } = await planServe({ [name]: 1 });
    assertEquals(Object.values(limits).filter((value) => value === 1).length, 1);
  }
});

Deno.test("a token file is refused when others may read or write it", async () => {
  await withFiles(async (folder) => {
    for (const name of ["open-token", "group-token", "written-token"]) {
      const tokenFile = folder.path(name);
      const error = await assertRejects(() => planServe({ tokenFile }), UsageError, "others");
      assertStringIncludes(error.hint ?? "", `chmod 600 ${tokenFile}`);
      assertEquals(error.path, tokenFile);
      assert(!JSON.stringify(error).includes("s3cret") && !error.message.includes("s3cret"));
    }
  });
});

Deno.test("a token has to be there, and to fit into a header", async () => {
  await withFiles(async (folder) => {
    for (const name of ["blank", "two-lines"]) {
      await assertRejects(
        () => planServe({ tokenFile: folder.path(name) }),
        UsageError,
        "--token-file",
      );
    }
    for (const token of ["", "  ", "sch\u00f6n", "a\u0000b", "two words"]) {
      await assertRejects(() => planServe({ token }), UsageError, "--token");
    }
    assertEquals((await planServe({ tokenFile: folder.path("token") })).token, "s3cret");
  });
});

Deno.test("an inline token does not let other machines write", async () => {
  await assertRejects(
    () => planServe({ ...EVERYWHERE, token: "a", tlsSelfSigned: true }),
    UsageError,
    "--token-file",
  );
});

Deno.test("what is safe, or meant, is allowed", async () => {
  await withFiles(async (folder) => {
    const tokenFile = folder.path("token");
    const pair = { tlsCert: folder.path("cert"), tlsKey: folder.path("key") };
    const allowed: ServeOptions[] = [
      {},
      { bind: "127.9.9.9:0" },
      { bind: "[::1]:9700", access: "write-only" },
      { ...EVERYWHERE, access: "read-only" },
      { ...EVERYWHERE, tokenFile, insecureNoTls: true },
      { ...EVERYWHERE, tokenFile, tlsSelfSigned: true },
      { ...EVERYWHERE, tokenFile, ...pair },
    ];
    for (const options of allowed) await planServe(options);
  });
});

Deno.test("without flags only this machine is served, without a token", async () => {
  const { config, certificate } = await prepareServe(await planServe({}));
  assertEquals(config, {
    hostname: "127.0.0.1",
    port: 9700,
    access: "read-write",
    token: undefined,
    tls: undefined,
    corsOrigins: [],
    limits: {
      maxBodyBytes: 1_048_576,
      maxTailTimeoutMs: 30_000,
      maxTailConcurrency: 64,
      maxConnections: 256,
    },
    logRequest: undefined,
  });
  assertEquals(certificate, undefined);
});

Deno.test("a self-signed certificate is new for every run, and none is planned", async () => {
  const plan = await planServe({ tlsSelfSigned: true });
  assertEquals([plan.tls, plan.certificate], ["self-signed", undefined]);
  const [first, second] = [await prepareServe(plan), await prepareServe(plan)];
  assert(first.certificate?.fingerprint !== second.certificate?.fingerprint);
  assertEquals(first.certificate?.fingerprint, await fingerprintOf(first.config.tls?.cert ?? ""));
});

Deno.test("a certificate from files is the one that is served", async () => {
  await withFiles(async (folder) => {
    const plan = await planServe({ tlsCert: folder.path("cert"), tlsKey: folder.path("key") });
    const { config } = await prepareServe(plan);
    assertEquals(config.tls, {
      cert: Deno.readTextFileSync(folder.path("cert")),
      key: Deno.readTextFileSync(folder.path("key")),
    });
    assertEquals(plan.tls, "enabled");
  });
});

Deno.test("an address to listen on is an IP address and a port", () => {
  const good: Record<string, [hostname: string, port: number]> = {
    "127.0.0.1:9700": ["127.0.0.1", 9700],
    "0.0.0.0:0": ["0.0.0.0", 0],
    "255.255.255.255:65535": ["255.255.255.255", 65_535],
    "[::1]:80": ["::1", 80],
    "[::]:80": ["::", 80],
    "[2001:DB8:0:0::7]:80": ["2001:db8::7", 80],
  };
  for (const [text, expected] of Object.entries(good)) {
    const { hostname, port } = parseBindAddress(text);
    assertEquals([hostname, port], expected, text);
  }
  const bad = ["", "9700", ":9700", "127.0.0.1", "127.0.0.1:", "localhost:9700", "127.0.0.1:65536"];
  bad.push("127.0.0.1:-1", "127.1:80", "256.0.0.1:80", "01.2.3.4:80", "1.2.3.4.5:80", "::1:80");
  bad.push("[::1]", "[::1", "[1.2.3.4]:80", "[:::]:80", "[fe80::1%eth0]:80", " 127.0.0.1:80");
  bad.push("127.0.0.1:80 ", "127.0.0.1:80x", "http://127.0.0.1:80", "0x7f.0.0.1:80", "1.2.3.4:+80");
  for (const text of bad) {
    let refused: unknown;
    try {
      parseBindAddress(text);
    } catch (error) {
      refused = error;
    }
    assert(refused instanceof UsageError, JSON.stringify(text));
  }
});

Deno.test("127.0.0.0/8 and ::1 are this machine alone, everything else is not", () => {
  for (const host of ["127.0.0.1", "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]"]) {
    assert(parseBindAddress(`${host}:1`).isLoopback, host);
  }
  for (const host of ["0.0.0.0", "128.0.0.1", "[::]", "[::ffff:127.0.0.1]", "[::2]"]) {
    assert(!parseBindAddress(`${host}:1`).isLoopback, host);
  }
});

Deno.test("an unspecified address is shown as one that can be connected to", async () => {
  assertEquals(reachableHost("0.0.0.0", 1), "127.0.0.1:1");
  assertEquals(reachableHost("::", 1), "[::1]:1");
  assertEquals(reachableHost("2001:db8::7", 1), "[2001:db8::7]:1");
  const plan = await planServe({ ...EVERYWHERE, bind: "[::]:0", access: "read-only" });
  assertEquals(baseUrl(plan, 8080), "http://[::1]:8080");
  assertEquals(baseUrl(await planServe({ tlsSelfSigned: true })), "https://127.0.0.1:9700");
});

Deno.test("origins are spelled as browsers do, each once, in order", () => {
  const given = [" https://B.example/ ", "http://a.example:80", "https://b.example:443"];
  given.push("http://[::1]:5173", "http://m\u00fcnchen.example");
  assertEquals(parseCorsOrigins(given), [
    "https://b.example",
    "http://a.example",
    "http://[::1]:5173",
    "http://xn--mnchen-3ya.example",
  ]);
});

Deno.test("what is not an exact origin is refused", () => {
  const bad = ["", " ", "*", "null", "app.example", "ftp://a.example", "https:a.example"];
  bad.push(
    "https://",
    "https:///",
    "https://a.example/x",
    "https://a.example//",
    "https://a.example?",
  );
  bad.push(
    "https://a.example#",
    "https://u@a.example",
    "https://u:p@a.example",
    "https://*.example",
  );
  bad.push(
    "https://a.example\\x",
    "https://a b.example",
    "https://a.example:99999",
    "https://a\nb",
  );
  for (const text of bad) {
    let refused: unknown;
    try {
      parseCorsOrigins([text]);
    } catch (error) {
      refused = error;
    }
    assert(refused instanceof UsageError, JSON.stringify(text));
    assertStringIncludes(refused.message, "--cors-origin");
  }
});
