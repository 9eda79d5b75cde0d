/**
 * Certificates: clients that verify accept the ones we make, by every name they are for, and
 * what can't be served is refused before anything is.
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
import { parseBindAddress } from "../../server/bind_address.ts";
import {
  type Certificate,
  makeCertificate,
  readCertificate,
  withKey,
} from "../../server/certificate.ts";
import { certificateNames } from "../../server/certificate_names.ts";
import { planServe, prepareServe } from "../../server/serve_config.ts";
import { startServer } from "../../server/serve.ts";
import { Client, IoError, UsageError } from "@plasmite/pool";
import { fingerprintOf, Folder, hasProgram, run } from "./folder.ts";

/** Runs `action` against a server on 127.0.0.1 that shows `certificate`. */
async function serving(certificate: Certificate, action: (port: number) => Promise<void>) {
  using folder = new Folder();
  using client = new Client({ dir: folder.path("pools") });
  const plan = {
    ...await planServe({ bind: "127.0.0.1:0" }),
    tls: "enabled",
    certificate,
  } as const;
  const { config } = await prepareServe(plan);
  const server = await startServer(client, config);
  try {
    await action(server.port);
  } finally {
    await server.shutdown(0);
  }
}

Deno.test("a client that trusts a certificate reaches the server by each of its names", async () => {
  const certificate = await makeCertificate(["localhost", "127.0.0.1", "build.example"]);
  await serving(certificate, async (port) => {
    using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
    for (const name of ["localhost", "127.0.0.1"]) {
      const answer = await fetch(`https://${name}:${port}/healthz`, { client });
      assertEquals(await answer.json(), { ok: true }, name);
    }
  });
});

Deno.test("a client that does not trust a certificate refuses the server", async () => {
  const certificate = await makeCertificate(["127.0.0.1"]);
  const other = await makeCertificate(["127.0.0.1"]);
  await serving(certificate, async (port) => {
    using client = Deno.createHttpClient({ caCerts: [other.cert] });
    await assertRejects(() => fetch(`https://127.0.0.1:${port}/healthz`, { client }), TypeError);
  });
});

Deno.test("a certificate is not valid for names it is not for", async () => {
  const certificate = await makeCertificate(["build.example"]);
  await serving(certificate, async (port) => {
    using client = Deno.createHttpClient({ caCerts: [certificate.cert] });
    await assertRejects(() => fetch(`https://127.0.0.1:${port}/healthz`, { client }), TypeError);
  });
});

Deno.test({
  name: "curl verifies a certificate by a name and by both kinds of address",
  ignore: !await hasProgram("curl"),
  fn: async () => {
    using folder = new Folder();
    const names = ["build.example", "127.0.0.1", "2001:db8::7"];
    const certificate = await makeCertificate(names);
    const file = folder.write("cert.pem", certificate.cert);
    await serving(certificate, async (port) => {
      for (const host of ["build.example", "127.0.0.1", "[2001:db8::7]"]) {
        const connectTo = `${host}:${port}:127.0.0.1:${port}`;
        // The server is told a name of the loopback, and the certificate is held against ours.
        const args = ["-sS", "--cacert", file, "--connect-to", connectTo, "-H", "Host: localhost"];
        const { code, text } = await run("curl", [...args, `https://${host}:${port}/healthz`]);
        assertEquals({ code, text }, { code: 0, text: '{"ok":true}' }, host);
      }
    });
  },
});

Deno.test({
  name: "openssl reads a certificate as ours: P-256, for a server, no authority",
  ignore: !await hasProgram("openssl"),
  fn: async () => {
    using folder = new Folder();
    const { cert, fingerprint } = await makeCertificate(["localhost", "::1"]);
    const file = folder.write("cert.pem", cert);
    const { text } = await run("openssl", ["x509", "-in", file, "-noout", "-text"]);
    for (
      const part of [
        "prime256v1",
        "ecdsa-with-SHA256",
        "CA:FALSE",
        "TLS Web Server Authentication",
        "DNS:localhost, IP Address:0:0:0:0:0:0:0:1",
      ]
    ) assertStringIncludes(text, part);
    const args = ["x509", "-in", file, "-noout", "-fingerprint", "-sha256"];
    const { text: line } = await run("openssl", args);
    assertEquals(fingerprint, `SHA256:${line.trim().replace(/^.*=/, "")}`);
    const strict = ["verify", "-x509_strict", "-CAfile", file, file];
    assertEquals((await run("openssl", strict)).code, 0);
  },
});

Deno.test("no two certificates are the same", async () => {
  const [first, second] = [
    await makeCertificate(["localhost"]),
    await makeCertificate(["localhost"]),
  ];
  assert(first.fingerprint !== second.fingerprint);
  assert(first.key !== second.key);
});

Deno.test("the fingerprint is the SHA-256 of the first certificate in the file", async () => {
  using folder = new Folder();
  const [first, second] = [
    await makeCertificate(["localhost"]),
    await makeCertificate(["localhost"]),
  ];
  const path = folder.write("chain.pem", `some text\n${first.cert}${second.cert}`);
  const { fingerprint } = await readCertificate(path);
  assertEquals(fingerprint, await fingerprintOf(first.cert));
  assertMatch(fingerprint, /^SHA256:([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

Deno.test("a certificate and its key, read back from files, are a pair", async () => {
  using folder = new Folder();
  const made = await makeCertificate(["localhost"]);
  const file = await readCertificate(folder.write("cert.pem", made.cert));
  const { cert, key, fingerprint, isSelfIssued } = await withKey(
    file,
    folder.write("key.pem", made.key),
  );
  assertEquals([cert, key, fingerprint], [made.cert, made.key, made.fingerprint]);
  assert(isSelfIssued);
});

Deno.test({
  name: "keys of other kinds and spellings are accepted and served with their certificate",
  ignore: !await hasProgram("openssl") || !await hasProgram("curl"),
  fn: async () => {
    using folder = new Folder();
    const kinds: Readonly<Record<string, readonly string[]>> = {
      rsa: ["-newkey", "rsa:2048"],
      p384: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"],
      ed25519: ["-newkey", "ed25519"],
    };
    for (const [kind, newKey] of Object.entries(kinds)) {
      const [cert, key] = [folder.path(`${kind}.crt`), folder.path(`${kind}.key`)];
      const args = ["req", "-x509", "-nodes", ...newKey, "-subj", "/CN=a", "-days", "1"];
      const made = await run("openssl", [...args, "-keyout", key, "-out", cert]);
      assertEquals(made.code, 0, made.complaint);
      await serving(await withKey(await readCertificate(cert), key), async (port) => {
        const url = `https://127.0.0.1:${port}/healthz`;
        const { code, text } = await run("curl", ["-sS", "--insecure", url]);
        assertEquals({ code, text }, { code: 0, text: '{"ok":true}' }, kind);
      });
    }
    const traditional = folder.path("traditional.key");
    await run("openssl", [
      "rsa",
      "-in",
      folder.path("rsa.key"),
      "-traditional",
      "-out",
      traditional,
    ]);
    assertStringIncludes(Deno.readTextFileSync(traditional), "BEGIN RSA PRIVATE KEY");
    await withKey(await readCertificate(folder.path("rsa.crt")), traditional);
  },
});

Deno.test("a key of another certificate is refused", async () => {
  using folder = new Folder();
  const [one, other] = [await makeCertificate(["localhost"]), await makeCertificate(["localhost"])];
  const file = await readCertificate(folder.write("cert.pem", one.cert));
  const error = await assertRejects(
    () => withKey(file, folder.write("key.pem", other.key)),
    UsageError,
    "not that of the certificate",
  );
  assertStringIncludes(error.hint ?? "", "serve init");
});

Deno.test("files that hold no certificate or key, or damaged ones, are told apart", async () => {
  using folder = new Folder();
  const made = await makeCertificate(["localhost"]);
  const damaged = (label: string) => `-----BEGIN ${label}-----\nAAAA\n-----END ${label}-----\n`;
  const certificates: Readonly<Record<string, typeof IoError | typeof UsageError>> = {
    [folder.path("missing.pem")]: IoError,
    [folder.write("damaged.pem", damaged("CERTIFICATE"))]: IoError,
    [folder.write("empty.pem", "")]: UsageError,
    [folder.write("key-only.pem", made.key)]: UsageError,
  };
  for (const [path, kind] of Object.entries(certificates)) {
    await assertRejects(() => readCertificate(path), kind, "--tls-cert");
  }
  const file = await readCertificate(folder.write("cert.pem", made.cert));
  const keys: Readonly<Record<string, typeof IoError | typeof UsageError>> = {
    [folder.path("missing.key")]: IoError,
    [folder.write("damaged.key", damaged("PRIVATE KEY"))]: IoError,
    [folder.write("empty.key", "")]: UsageError,
    [folder.write("cert-only.key", made.cert)]: UsageError,
  };
  for (const [path, kind] of Object.entries(keys)) {
    await assertRejects(() => withKey(file, path), kind, "--tls-key");
  }
});

Deno.test({
  name: "a key that is locked by a password is refused, saying what to do",
  ignore: !await hasProgram("openssl"),
  fn: async () => {
    using folder = new Folder();
    const made = await makeCertificate(["localhost"]);
    const [open, locked] = [folder.write("open.key", made.key), folder.path("locked.key")];
    await run("openssl", ["pkey", "-in", open, "-aes256", "-passout", "pass:x", "-out", locked]);
    const file = await readCertificate(folder.write("cert.pem", made.cert));
    const error = await assertRejects(() => withKey(file, locked), IoError);
    assertStringIncludes(error.hint ?? "", "openssl pkey");
  },
});

Deno.test("a certificate for one address is for that and for the loopback", () => {
  const names = (bind: string) => certificateNames(parseBindAddress(bind));
  const loopback = ["localhost", "127.0.0.1", "::1"];
  assertEquals(names("127.0.0.1:1"), loopback);
  assertEquals(names("192.0.2.10:9700"), [...loopback, "192.0.2.10"]);
  assertEquals(names("[2001:DB8::7]:9700"), [...loopback, "2001:db8::7"]);
});

Deno.test("a certificate for every address is for the name and the addresses of the machine", () => {
  for (const bind of ["0.0.0.0:9700", "[::]:9700"]) {
    const names = certificateNames(parseBindAddress(bind));
    const addresses = Deno.networkInterfaces().map(({ address }) => address);
    for (const address of addresses) {
      assertEquals(names.includes(address), !address.startsWith("fe80:"), address);
    }
    assert(names.includes(Deno.hostname().toLowerCase()));
    assert(!names.includes("0.0.0.0") && !names.includes("::"));
    assertEquals(new Set(names).size, names.length);
  }
});
