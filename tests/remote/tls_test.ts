import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { IoError } from "@plasmite/pool";
import { makeCertificate } from "../../server/certificate.ts";
import { errorOf, jsonLines, Place } from "../cli/pls.ts";
import { fill, seqs } from "../pool/scratch.ts";
import { Served } from "./served.ts";

const LOCAL_NAMES = ["localhost", "127.0.0.1"];

Deno.test("a server's certificate is verified against the given authority", async () => {
  const tls = await makeCertificate(LOCAL_NAMES);
  await using served = await Served.start({ tls });
  assertStringIncludes(served.url, "https://");
  const pool = await served.connect({ tlsCa: tls.cert }).pool("work");
  fill(served.local.openPool("work"), 500);
  const sent = await pool.append({ over: "TLS" }, ["t"]);
  assertEquals((await pool.get(sent.seq)).data, { over: "TLS" });
  const all = await Array.fromAsync(pool.tail({ untilSeq: 501 }));
  assertEquals(seqs(all), Array.from({ length: 501 }, (_, i) => i + 1));
});

Deno.test("an unknown certificate, or one of another name, is refused with a hint", async () => {
  const mine = await makeCertificate(LOCAL_NAMES);
  const other = await makeCertificate(["build.example"]);
  await using served = await Served.start({ tls: mine });
  await using misnamed = await Served.start({ tls: other });
  for (
    const client of [
      served.connect(),
      served.connect({ tlsCa: other.cert }),
      misnamed.connect({ tlsCa: other.cert }),
    ]
  ) {
    const error = await assertRejects(() => client.pool("work"), IoError, "can't connect");
    assertStringIncludes(error.hint ?? "", "--tls-ca");
  }
});

Deno.test("without verification every certificate will do, for tails and restarts as well", async () => {
  const tls = await makeCertificate(["build.example"]);
  await using served = await Served.start({ tls, token: "t0ken" });
  const reconnected = Promise.withResolvers<void>();
  const onReconnect = () => reconnected.resolve();
  const client = served.connect({ tlsSkipVerify: true, token: "t0ken", onReconnect });
  const pool = await client.pool("work");
  const tail = pool.tail({ last: 0 });
  await pool.append({ n: 1 });
  assertEquals((await tail.next()).value?.data, { n: 1 });
  await served.stop();
  const next = tail.next();
  await reconnected.promise;
  served.local.openPool("work").append({ n: 2 });
  await served.startAgain();
  assertEquals((await next).value?.data, { n: 2 });
  await tail.return?.();
  const missing = await assertRejects(() => pool.get(9));
  assert(missing instanceof Error && "kind" in missing && missing.kind === "NotFound");
});

Deno.test("pls takes --tls-ca, and warns of --tls-skip-verify", async () => {
  const tls = await makeCertificate(LOCAL_NAMES);
  await using served = await Served.start({ tls });
  await using place = new Place();
  served.local.pool("work");
  const url = `${served.url}/work`;
  Deno.writeTextFileSync(`${place.dir}/ca.pem`, tls.cert);
  await place.done("feed", url, "1", "--tls-ca", "ca.pem");
  const refused = await place.pls("feed", url, "2");
  assertEquals([refused.code, errorOf(refused.stderr).kind], [8, "Io"]);
  const missing = await place.pls("feed", url, "2", "--tls-ca", "missing.pem");
  assertEquals([missing.code, errorOf(missing.stderr).kind], [8, "Io"]);
  const warning = `warning: the certificate of ${served.url} is not verified\n`;
  const unverified = await place.pls(
    "follow",
    url,
    "--tail",
    "1",
    "--one",
    "--jsonl",
    "--tls-skip-verify",
  );
  assertEquals([unverified.code, unverified.stderr], [0, warning]);
  assertEquals(jsonLines(unverified.stdout)[0].data, 1);
});
