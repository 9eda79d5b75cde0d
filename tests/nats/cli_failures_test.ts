/**
 * What goes wrong with NATS ends a command with the code of its kind, says where, and what to do.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { eventually } from "../server/eventually.ts";
import { errorOf, type Outcome, Place } from "../cli/pls.ts";
import { freePort, NatsServer, natsTest, sharedServer } from "./nats_server.ts";

const server = sharedServer();

/** Calls that need a pool, on the pool at `url`. */
function poolCalls(url: string): string[][] {
  return [
    ["feed", url, "1"],
    ["feed", url, "1", "--create"],
    ["feed", url],
    ["fetch", url, "1"],
    ["follow", url, "--tail", "1", "--timeout", "5s"],
    ["follow", url, "--tail", "1", "--replay", "1"],
    ["duplex", url],
    ["tap", url, "--create", "--", "true"],
    ["pool", "create", url],
    ["pool", "create", url, "--json"],
    ["pool", "info", url],
    ["pool", "export", url],
    ["pool", "import", url],
  ];
}

/** Calls that need a server, on the one at `url`. */
function serverCalls(url: string): string[][] {
  return [
    ["pool", "list", url],
    ["pool", "list", url, "--json"],
    ["serve", "--bind", "127.0.0.1:0", "--engine", url],
    ["mcp", "--engine", url],
  ];
}

/** The failure that a call ends with; `pool delete` tells of it on standard output. */
function failureOf({ stdout, stderr }: Outcome, args: readonly string[]) {
  if (args[1] !== "delete") {
    assertEquals(stdout, "", args.join(" "));
    return errorOf(stderr);
  }
  assertEquals(stderr, "", args.join(" "));
  return JSON.parse(stdout).failed[0].error;
}

/** What is expected of a failure. */
interface Expected {
  code: number;
  kind: string;
  message: RegExp;
  hint: RegExp;
  path: string;
}

/** Makes every call on `url`, and compares how it fails. */
async function assertAllFail(url: string, { code, kind, message, hint, path }: Expected) {
  await using place = new Place();
  const calls = [
    ...poolCalls(`${url}/jobs`),
    ["pool", "delete", `${url}/jobs`, "--json"],
    ...serverCalls(url),
  ];
  for (const args of calls) {
    const outcome = await place.call(args, { stdin: "1\n" });
    const failure = failureOf(outcome, args);
    const label = args.join(" ");
    assertEquals([outcome.code, failure.kind], [code, kind], label);
    assertMatch(failure.message, message, label);
    assertMatch(failure.hint, hint, label);
    assert([path, `${path}/jobs`].includes(failure.path), `${label}: ${failure.path}`);
  }
}

natsTest("nobody who answers: Io, exit 8", async () => {
  const url = `nats://127.0.0.1:${freePort()}`;
  await assertAllFail(url, {
    code: 8,
    kind: "Io",
    message: /^can't connect to nats:\/\/127\.0\.0\.1:\d+: .*refused/i,
    hint: /nats-server runs/,
    path: url,
  });
});

natsTest("refused credentials: Permission, exit 6", async () => {
  const config = 'authorization { user: "u", password: "right" }';
  await using guarded = await NatsServer.start({ config });
  const expected = {
    code: 6,
    kind: "Permission",
    message: /^nats:\/\/\S+ refused the credentials$/,
    hint: /--nats-creds/,
    path: guarded.url,
  };
  await assertAllFail(guarded.url.replace("//", "//u:wrong@"), expected);
  await using place = new Place();
  for (const who of ["", "u:@", "other:right@", "right@"]) {
    const { code } = await place.pls("pool", "list", guarded.url.replace("//", `//${who}`));
    assertEquals(code, 6, who);
  }
  assertEquals((await place.pls("pool", "list", guarded.url.replace("//", "//u:right@"))).code, 0);
});

natsTest("a server without JetStream: Io, exit 8, and how to enable it", async () => {
  await using plain = await NatsServer.start({ jetstream: false });
  await assertAllFail(plain.url, {
    code: 8,
    kind: "Io",
    message: /^JetStream is not enabled on nats:/,
    hint: /nats-server -js/,
    path: plain.url,
  });
});

natsTest("an account without JetStream: Io, exit 8, and how to enable it", async () => {
  await using split = await NatsServer.start({
    config: 'accounts { WITH { jetstream: enabled, users: [ { user: "a", password: "a" } ] }\n' +
      'WITHOUT { users: [ { user: "b", password: "b" } ] } }',
  });
  await assertAllFail(split.url.replace("//", "//b:b@"), {
    code: 8,
    kind: "Io",
    message: /JetStream (is )?not enabled/i,
    hint: /nats-server -js/,
    path: split.url,
  });
});

natsTest("a missing pool: NotFound, exit 3, and how to make it", async () => {
  await using place = new Place();
  const url = server().pool("missing");
  const creating = /--create|pool,create/;
  const calls = [...poolCalls(url).filter((args) => !creating.test(args.join())), [
    "pool",
    "delete",
    url,
    "--json",
  ]];
  assertEquals(calls.length, 10);
  for (const args of calls) {
    const outcome = await place.call(args, { stdin: "1\n" });
    const { kind, message, hint } = failureOf(outcome, args);
    assertEquals([outcome.code, kind, message], [3, "NotFound", "not found"], args.join(" "));
    assertStringIncludes(hint, `pls pool list ${server().url}`, args.join(" "));
  }
});

natsTest(
  "a pool that exists is not created: AlreadyExists, exit 4, and no word of a file",
  async () => {
    await using place = new Place();
    const url = server().pool("twice");
    await place.done("pool", "create", url);
    const { code, stderr } = await place.pls("pool", "create", url);
    const { kind, hint } = errorOf(stderr);
    assertEquals([code, kind], [4, "AlreadyExists"]);
    assertEquals(/\bfile\b/.test(hint), false, hint);
  },
);

natsTest("what a user may not do: Permission, exit 6, and the subject", async () => {
  const reader = '{ user: "r", password: "r", permissions: { publish: ["$JS.API.STREAM.INFO.>", ' +
    '"$JS.API.STREAM.NAMES", "$JS.API.CONSUMER.>", "$JS.API.STREAM.MSG.GET.>"], ' +
    'subscribe: "_INBOX.>" } }';
  const config = `authorization { users = [ { user: "w", password: "w" }, ${reader} ] }`;
  await using guarded = await NatsServer.start({ config });
  await using place = new Place();
  const [writer, url] = ["w:w", "r:r"].map((who) =>
    guarded.pool("jobs").replace("//", `//${who}@`)
  );
  await place.done("feed", writer, '"there"', "--create");
  assertEquals(await place.done("follow", url, "-n1", "--one", "--data-only"), '"there"\n');
  const refused = [
    ["feed", url, "1"],
    ["tap", url, "--", "true"],
    ["pool", "create", `${url}2`],
    ["pool", "delete", url, "--json"],
  ];
  for (const args of refused) {
    const outcome = await place.pls(...args);
    const { kind, message } = failureOf(outcome, args);
    assertEquals([outcome.code, kind], [6, "Permission"], args.join(" "));
    assertMatch(message, /does not let this user publish/, args.join(" "));
  }
});

natsTest("limits of an account and of a server: Io, exit 8, and what to give up", async () => {
  await using limited = await NatsServer.start({
    jetstream: "max_file_store: 20MB",
    config: 'accounts { A { jetstream: { max_streams: 2, max_store: 8MB }, users: [ { user: "a", ' +
      'password: "a" } ] }, B { jetstream: enabled, users: [ { user: "b", password: "b" } ] } }',
  });
  await using place = new Place();
  const [a, b] = ["a:a", "b:b"].map((who) => limited.url.replace("//", `//${who}@`));
  const assertRefused = async (url: string, size: string, hint: RegExp) => {
    const { code, stderr } = await place.pls("pool", "create", url, "--size", size);
    assertEquals([code, errorOf(stderr).kind], [8, "Io"], url);
    assertMatch(errorOf(stderr).hint, hint);
  };
  await assertRefused(`${b}/large`, "30M", /max_file_store/);
  await assertRefused(`${a}/large`, "10M", /account/);
  await place.done("pool", "create", `${a}/one`, `${a}/two`, "--size", "1M");
  await assertRefused(`${a}/three`, "1M", /account/);
});

natsTest("what is no NATS server at all: Io, exit 8, within seconds", async () => {
  await using place = new Place();
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of silent) held.push(connection);
  })();
  await using web = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("no"),
  );
  const urls = [
    `nats://127.0.0.1:${silent.addr.port}`,
    `nats://127.0.0.1:${web.addr.port}`,
    "nats://no-such-host.invalid",
  ];
  const assertNoServer = async (url: string, args: readonly string[]) => {
    const { code, stderr } = await place.pls(...args);
    assertEquals([code, errorOf(stderr).kind], [8, "Io"], `${args.join(" ")}: ${stderr}`);
    assertStringIncludes(errorOf(stderr).message, url);
  };
  // At the same time, as each waits for an answer for long.
  await Promise.all(urls.flatMap((url) => [
    assertNoServer(url, ["feed", `${url}/a`, "1"]),
    assertNoServer(url, ["pool", "list", url]),
  ]));
  silent.close();
  await accepting;
  for (const connection of held) connection.close();
});

natsTest(
  "a server that goes away while it is fed: the message is stored when it is back, or Io",
  async () => {
    await using place = new Place();
    await using away = await NatsServer.start();
    const url = away.pool("jobs");
    const feeding = place.start("feed", url, "--create");
    await feeding.type("1\n");
    assertEquals(JSON.parse(await feeding.stdout.next() ?? "").seq, 1);
    await away.stop();
    await feeding.type("2\n");
    await away.startAgain();
    assertEquals(JSON.parse(await feeding.stdout.next() ?? "").seq, 2);
    await away.stop();
    await feeding.type("3\n");
    // Nobody waits for ever.
    assertEquals((await feeding.status()).code, 8);
    const { kind, hint } = JSON.parse(await feeding.stderr.next() ?? "").error;
    assertEquals(kind, "Io");
    assertMatch(hint, /pls follow \S+ --tail/);
  },
);

natsTest("a feeder that waits for input outlives the patience of the server", async () => {
  await using place = new Place();
  await using hasty = await NatsServer.start({ config: 'ping_interval: "1s"\nping_max: 1' });
  const feeding = place.start("feed", hasty.pool("jobs"), "--create");
  for (const seq of [1, 2, 3]) {
    await feeding.type(`${seq}\n`);
    assertEquals(JSON.parse(await feeding.stdout.next() ?? "").seq, seq);
    // Who waits for input answers nothing, so the server gives it up.
    await eventually("the server closes the connection", async () => {
      const { num_connections: open } = await hasty.monitor<{ num_connections: number }>("/connz");
      return open === 0;
    });
  }
});
