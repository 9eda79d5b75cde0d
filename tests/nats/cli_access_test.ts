/**
 * Who `pls` says it is to NATS: credentials, keys, tokens and certificates, from flags and from the
 * configuration, and that flags which mean nothing are refused.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeCertificate } from "../../server/certificate.ts";
import { errorOf, type Outcome, Place } from "../cli/pls.ts";
import { makeUserKeys, Operator } from "./keys.ts";
import { NatsServer, natsTest, sharedServer } from "./nats_server.ts";

const open = sharedServer();

/** Writes the remote `n` into the configuration. */
function configure(place: Place, remote: Record<string, unknown>): void {
  Deno.writeTextFileSync(`${place.dir}/config.jsonc`, JSON.stringify({ remotes: { n: remote } }));
}

/** Feeds and reads with `flags`, or fails. */
async function assertWelcome(place: Place, reference: string, ...flags: string[]): Promise<void> {
  const receipt = JSON.parse(await place.done("feed", reference, '"hi"', "--create", ...flags));
  const fetched = JSON.parse(await place.done("fetch", reference, `${receipt.seq}`, ...flags));
  assertEquals(fetched.data, "hi");
  await place.done("follow", reference, "--tail", "1", "--one", ...flags);
}

function assertFailed({ code, stdout, stderr }: Outcome, expected: number, kind: string): void {
  assert(stderr !== "", `exit ${code}: ${stdout}`);
  assertEquals([code, stdout, errorOf(stderr).kind], [expected, "", kind], stderr);
  assert(errorOf(stderr).hint.length > 10, stderr);
}

natsTest(
  "a credentials file comes from a flag or from the configuration, relative to its file",
  async () => {
    await using place = new Place();
    const operator = new Operator();
    await using server = await NatsServer.start({ config: operator.config });
    const url = server.pool("jobs");
    Deno.writeTextFileSync(`${place.dir}/user.creds`, operator.credentials());
    Deno.writeTextFileSync(`${place.dir}/other.creds`, new Operator().credentials());
    Deno.writeTextFileSync(`${place.dir}/expired.creds`, operator.credentials(new Date(1000)));
    await assertWelcome(place, url, "--nats-creds", "user.creds");
    configure(place, { url: server.url, nats_creds: "user.creds" });
    await assertWelcome(place, "n:jobs");
    assertStringIncludes(await place.done("pool", "list", "n"), "jobs");
    assertFailed(await place.pls("feed", url, "1"), 6, "Permission");
    for (const wrong of ["other.creds", "expired.creds"]) {
      assertFailed(await place.pls("feed", url, "1", "--nats-creds", wrong), 6, "Permission");
      // A flag wins over the configuration.
      assertFailed(await place.pls("feed", "n:jobs", "1", "--nats-creds", wrong), 6, "Permission");
    }
  },
);

natsTest("the seed of an nkey comes from a flag or from the configuration", async () => {
  await using place = new Place();
  const [user, stranger] = [makeUserKeys(), makeUserKeys()];
  const config = `authorization { users = [ { nkey: ${user.publicKey} } ] }`;
  await using server = await NatsServer.start({ config });
  Deno.writeTextFileSync(`${place.dir}/user.nk`, `${user.seed}\n`);
  Deno.writeTextFileSync(`${place.dir}/stranger.nk`, stranger.seed);
  await assertWelcome(place, server.pool("jobs"), "--nats-nkey", "user.nk");
  configure(place, { url: server.url, nats_nkey: `${place.dir}/user.nk` });
  await assertWelcome(place, "n:jobs");
  const wrong = await place.pls("feed", "n:jobs", "1", "--nats-nkey", "stranger.nk");
  assertFailed(wrong, 6, "Permission");
  assertFailed(await place.pls("pool", "list", server.url), 6, "Permission");
});

natsTest(
  "a token comes from the URL, from a flag, from a file or from the configuration",
  async () => {
    await using place = new Place();
    const token = "s3cret-t0ken";
    const config = `authorization { token: "${token}" }`;
    await using server = await NatsServer.start({ config });
    const url = server.pool("jobs");
    Deno.writeTextFileSync(`${place.dir}/token`, `  ${token}\n`);
    await assertWelcome(place, url.replace("//", `//${token}@`));
    await assertWelcome(place, url, "--token", token);
    await assertWelcome(place, url, "--token-file", "token");
    configure(place, { url: server.url, token_file: "token" });
    await assertWelcome(place, "n:jobs");
    assertFailed(await place.pls("feed", url, "1", "--token", "wrong"), 6, "Permission");
    assertFailed(await place.pls("feed", url.replace("//", "//wrong@"), "1"), 6, "Permission");
  },
);

natsTest(
  "a server's certificate is checked against --tls-ca or tls_ca, or not at all if told so",
  async () => {
    await using place = new Place();
    const [mine, other] = [
      await makeCertificate(["localhost", "127.0.0.1"]),
      await makeCertificate(["localhost", "127.0.0.1"]),
    ];
    await using server = await NatsServer.start({
      config: 'tls { cert_file: "cert.pem", key_file: "key.pem" }',
      files: { "cert.pem": mine.cert, "key.pem": mine.key },
    });
    const plain = server.pool("jobs");
    const secure = plain.replace("nats:", "tls:");
    Deno.writeTextFileSync(`${place.dir}/ca.pem`, mine.cert);
    Deno.writeTextFileSync(`${place.dir}/other.pem`, other.cert);
    for (const url of [plain, secure]) {
      await assertWelcome(place, url, "--tls-ca", "ca.pem");
      for (const flags of [[], ["--tls-ca", "other.pem"]]) {
        const refused = await place.pls("feed", url, "1", ...flags);
        assertFailed(refused, 8, "Io");
        assertStringIncludes(errorOf(refused.stderr).hint, "--tls-ca");
      }
      const any = await place.pls("feed", url, "1", "--tls-skip-verify");
      assertEquals(any.code, 0, any.stderr);
      assertMatch(any.stderr, /^warning: the certificate of (nats|tls):\/\/\S+ is not verified\n$/);
    }
    configure(place, { url: server.url, tls_ca: "ca.pem" });
    await assertWelcome(place, "n:jobs");
    configure(place, { url: server.url.replace("nats:", "tls:"), tls_skip_verify: true });
    const unverified = await place.pls("pool", "list", "n");
    assertEquals(unverified.code, 0);
    assertStringIncludes(unverified.stderr, "warning: ");
    assertFailed(await place.pls("feed", plain, "1", "--tls-ca", "missing.pem"), 8, "Io");
    // A server without TLS is not talked to in clear by who insists.
    const clear = await place.pls("feed", open().pool("jobs").replace("nats:", "tls:"), "1");
    assertFailed(clear, 8, "Io");
  },
);

natsTest(
  "files of secrets that are missing, blank or something else are refused before connecting",
  async () => {
    await using place = new Place();
    Deno.writeTextFileSync(`${place.dir}/blank`, " \n");
    Deno.writeTextFileSync(`${place.dir}/nonsense`, "hunter2");
    // Nobody answers there.
    const url = "nats://127.0.0.1:1/jobs";
    for (const flag of ["--nats-creds", "--nats-nkey", "--token-file"]) {
      for (const file of ["missing", "blank", ...(flag === "--token-file" ? [] : ["nonsense"])]) {
        const outcome = await place.pls("feed", url, "1", flag, file);
        assertFailed(outcome, 2, "Usage");
        assert(!outcome.stderr.includes("hunter2"), outcome.stderr);
      }
    }
    for (const key of ["nats_creds", "nats_nkey", "token_file"]) {
      configure(place, { url: open().url, [key]: "blank" });
      const outcome = await place.pls("feed", "n:jobs", "1");
      assertFailed(outcome, 2, "Usage");
      assertEquals(errorOf(outcome.stderr).path, `${place.dir}/blank`);
    }
  },
);

natsTest("more than one way to authenticate is refused", async () => {
  await using place = new Place();
  Deno.writeTextFileSync(`${place.dir}/creds`, new Operator().credentials());
  Deno.writeTextFileSync(`${place.dir}/nk`, makeUserKeys().seed);
  const url = "nats://127.0.0.1:1/jobs";
  const calls = [
    [url, "--nats-creds", "creds", "--nats-nkey", "nk"],
    [url, "--nats-creds", "creds", "--token", "t"],
    [url, "--nats-nkey", "nk", "--token", "t"],
    [url.replace("//", "//u:p@"), "--nats-creds", "creds"],
    [url.replace("//", "//u:p@"), "--token", "t"],
    [url.replace("//", "//t@"), "--nats-nkey", "nk"],
  ];
  for (const [reference, ...flags] of calls) {
    assertFailed(await place.pls("feed", reference, "1", ...flags), 2, "Usage");
  }
});

Deno.test("flags for NATS are refused where they mean nothing, also without a file of their name", async () => {
  await using place = new Place();
  await place.done("pool", "create", "jobs");
  const [local, http] = ["jobs", "http://127.0.0.1:1/jobs"];
  const commands = (pool: string) => [
    ["feed", pool, "1"],
    ["fetch", pool, "1"],
    ["follow", pool, "--timeout", "10ms"],
    ["duplex", pool],
    ["pool", "info", pool],
    ["pool", "create", pool],
  ];
  const onlyLocal = [
    ["tap", local, "--", "true"],
    ["pool", "export", local],
    ["pool", "import", local],
    ["pool", "list"],
    ["serve", "--bind", "127.0.0.1:0"],
    ["mcp"],
  ];
  const calls = [...commands(local), ...onlyLocal, ...commands(http), ["pool", "list", http]];
  for (const args of calls) {
    for (const flag of ["--nats-creds", "--nats-nkey"]) {
      const dashes = args.indexOf("--");
      const at = dashes < 0 ? args.length : dashes;
      const call = [...args.slice(0, at), flag, "file", ...args.slice(at)];
      const { code, stdout, stderr } = await place.call(call, { stdin: "" });
      assertEquals([code, stdout], [2, ""], `${call.join(" ")}: ${stderr}`);
      assertMatch(errorOf(stderr).message, /nats/);
    }
  }
  const deleted = await place.pls("pool", "delete", local, "--nats-creds", "file", "--json");
  assertEquals([deleted.code, JSON.parse(deleted.stdout).failed[0].error.kind], [2, "Usage"]);
  const doctor = await place.pls("doctor", local, "--nats-creds", "file");
  assertEquals(doctor.code, 2);
  for (const args of [["serve", "--replicas", "3"], ["mcp", "--replicas", "3"]]) {
    const { code, stderr } = await place.pls(...args);
    assertEquals([code, errorOf(stderr).message], [2, "--replicas needs --engine"]);
  }
  const directory = await place.pls("mcp", "--dir", "elsewhere", "--engine", "nats://127.0.0.1:1");
  assertEquals(directory.code, 2);
});
