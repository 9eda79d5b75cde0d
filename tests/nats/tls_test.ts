/**
 * TLS: whose certificates are trusted, and what is not encrypted is refused.
 *
 * @module
 */

import { IoError } from "@plasmite/pool";
import { connect, type ConnectOptions } from "@plasmite/pool/nats";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { makeCertificate } from "../../server/certificate.ts";
import { NatsServer, natsTest } from "./nats_server.ts";

const CONFIG = 'tls { cert_file: "cert.pem", key_file: "key.pem", timeout: 10 }';

/** A server with TLS whose certificate is for `names`, and the certificate. */
async function serverWithTls(names: readonly string[]) {
  const { cert, key } = await makeCertificate(names);
  const files = { "cert.pem": cert, "key.pem": key };
  return { cert, server: await NatsServer.start({ config: CONFIG, files }) };
}

const LOCAL_NAMES = ["localhost", "127.0.0.1"];

/** Fails unless a pool can be used. */
async function assertWelcome(url: string, options: ConnectOptions): Promise<void> {
  await using client = connect(url, options);
  const pool = await client.pool("work");
  const { seq } = await pool.append({ over: "TLS" }, ["t"]);
  assertEquals((await pool.get(seq)).data, { over: "TLS" });
  const [message] = await Array.fromAsync(pool.tail({ last: 1, maxMessages: 1 }));
  assertEquals([message.seq, message.tags], [seq, ["t"]]);
}

/** Fails unless the connection is refused, at once and with a hint. */
async function assertUntrusted(url: string, options: ConnectOptions = {}): Promise<void> {
  await using client = connect(url, options);
  const start = performance.now();
  const error = await assertRejects(() => client.openPool("work"), IoError, "can't connect");
  assertStringIncludes(error.hint ?? "", "--tls-ca");
  assertEquals(error.path, client.server);
  assert(performance.now() - start < 5000, "it was not refused at once");
}

natsTest("a server's certificate is verified against the given authority", async () => {
  const { cert, server: started } = await serverWithTls(LOCAL_NAMES);
  await using server = started;
  const other = await makeCertificate(LOCAL_NAMES);
  const urls = [server.url, `tls://${server.address}`, `tls://localhost:${server.port}`];
  for (const url of urls) {
    await assertWelcome(url, { tlsCa: cert });
    await assertWelcome(url, { tlsCa: `${other.cert}\n${cert}` });
    // Not known to the system, or to the given authority.
    await assertUntrusted(url);
    await assertUntrusted(url, { tlsCa: other.cert });
  }
});

natsTest("a certificate of another name is refused, unless anything will do", async () => {
  const { cert, server: started } = await serverWithTls(["build.example"]);
  await using server = started;
  await assertUntrusted(server.url, { tlsCa: cert });
  await assertUntrusted(`tls://${server.address}`, { tlsCa: cert });
  await assertWelcome(server.url, { tlsSkipVerify: true });
  await assertWelcome(`tls://${server.address}`, { tlsSkipVerify: true });
});

natsTest("who insists on TLS does not talk to a server without it", async () => {
  await using server = await NatsServer.start({ config: "authorization { user: u, password: p }" });
  const { cert } = await makeCertificate(LOCAL_NAMES);
  await assertUntrusted(`tls://u:p@${server.address}`);
  await assertUntrusted(`tls://u:p@${server.address}`, { tlsSkipVerify: true });
  await assertUntrusted(`nats://u:p@${server.address}`, { tlsCa: cert });
  await assertUntrusted(`nats://u:p@${server.address}`, { tlsSkipVerify: true });
  // Nobody sent it the password in clear, or anything else.
  const { total_connections } = await server.monitor<{ total_connections: number }>("/varz");
  assert(total_connections > 0);
  assertEquals((await server.monitor<{ in_msgs: number }>("/varz")).in_msgs, 0);
});

natsTest("tails and appends are as safe from restarts with TLS as without", async () => {
  const { cert, server: started } = await serverWithTls(LOCAL_NAMES);
  await using server = started;
  await using client = connect(`tls://${server.address}`, { tlsCa: cert });
  const pool = await client.pool("work");
  const total = 2000;
  const reading = Array.fromAsync(pool.tail({ sinceSeq: 1, maxMessages: total }));
  for (let at = 0; at < total; at += 1000) {
    const sending = pool.appendMany(Array.from({ length: 1000 }, (_, i) => ({ data: at + i })));
    await server.kill();
    await server.startAgain();
    await sending;
  }
  const expected = Array.from({ length: total }, (_, i) => i);
  assertEquals((await reading).map(({ data }) => data), expected);
  assertEquals((await pool.info()).nextSeq, total + 1);
});
