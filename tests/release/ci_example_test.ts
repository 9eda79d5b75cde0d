/**
 * The pipelines in examples/ci deploy what is green, and nothing else: run with the real pls,
 * through a file and through a server.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Child } from "../process/child.ts";
import { Stage } from "../process/stage.ts";

const EXAMPLES = new URL("../../examples/ci/", import.meta.url).pathname;

/** Shell scripts, in a shell. */
const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name, ignore: Deno.build.os === "windows", fn });

/** A stage with a deployment that leaves a trace. */
async function open(): Promise<Stage> {
  const stage = await Stage.open();
  stage.addProgram("deploy.sh", "echo deployed");
  return stage;
}

/** Starts a job of the example; what is set in `settings` is in its environment. */
function start(stage: Stage, job: string, words: string, settings = ""): Child {
  return stage.startScript(`${settings} exec ${EXAMPLES}${job} ${words}`);
}

/** The verdicts that were given, as tags. */
function verdicts(stage: Stage): string[] {
  using client = stage.client();
  using pool = client.openPool("ci");
  const { oldest, newest } = client.poolInfo("ci").bounds ?? { oldest: 1, newest: 0 };
  return Array.from({ length: newest - oldest + 1 }, (_, i) => pool.get(oldest + i).tags.join());
}

test("green tests are deployed", async () => {
  await using stage = await open();
  stage.addProgram("tests.sh", "echo tested");
  const gate = start(stage, "gate.sh", "a1b2c3d ./tests.sh ./deploy.sh");
  assertEquals(await gate.exit(), 0, gate.stderr.text);
  assertEquals(gate.stdout.text, "tested\ndeployed\n");
  assertEquals(verdicts(stage), ["green"]);
});

test("red tests fail the pipeline, and deploy nothing", async () => {
  await using stage = await open();
  stage.addProgram("tests.sh", "echo tested; exit 3");
  const gate = start(stage, "gate.sh", "a1b2c3d ./tests.sh ./deploy.sh");
  assertEquals(await gate.exit(), 1, gate.stderr.text);
  assertEquals(gate.stdout.text, "tested\n");
  assertMatch(gate.stderr.text, /^deploy: the tests of a1b2c3d\.\S+ failed; not deployed\n$/);
  assertEquals(verdicts(stage), ["red"]);
});

test("tests that never end fail the pipeline when the time is up, and end with it", async () => {
  await using stage = await open();
  stage.addProgram("tests.sh", "echo $$ > pid; exec sleep 60");
  const gate = start(stage, "gate.sh", "a1b2c3d ./tests.sh ./deploy.sh", "CI_TIMEOUT=2s");
  // Its output ends when the last process of it does.
  assertEquals(await gate.exit(), 124, gate.stderr.text);
  assertEquals(gate.stdout.text, "");
  assertMatch(gate.stderr.text, /deploy: no verdict on a1b2c3d\.\S+ within 2s; not deployed/);
  assertEquals(verdicts(stage), ["red"]);
});

test("a deployment that fails fails the pipeline", async () => {
  await using stage = await open();
  stage.addProgram("tests.sh", "true");
  stage.addProgram("deploy.sh", "exit 7");
  const gate = start(stage, "gate.sh", "a1b2c3d ./tests.sh ./deploy.sh");
  assertEquals(await gate.exit(), 7, gate.stderr.text);
});

test("an earlier run on the same commit does not count", async () => {
  await using stage = await open();
  stage.addProgram("tests.sh", "true");
  const first = start(stage, "gate.sh", "a1b2c3d ./tests.sh ./deploy.sh");
  assertEquals(await first.exit(), 0, first.stderr.text);
  stage.addProgram("tests.sh", "false");
  const second = start(stage, "gate.sh", "a1b2c3d ./tests.sh ./deploy.sh");
  assertEquals(await second.exit(), 1, second.stderr.text);
  assertEquals(verdicts(stage), ["green", "red"]);
});

test("a test job that was killed deploys nothing", async () => {
  await using stage = await open();
  stage.addProgram("tests.sh", "echo running; exec sleep 60");
  const job = start(stage, "test_job.sh", "run.1 ./tests.sh");
  await job.stdout.until((text) => text === "running\n", "the tests");
  job.kill();
  await job.exit();
  const deploy = start(stage, "deploy_job.sh", "run.1 ./deploy.sh", "CI_TIMEOUT=1s");
  assertEquals(await deploy.exit(), 124, deploy.stderr.text);
  assertEquals(deploy.stdout.text, "");
});

test("a test job that is cancelled says red", async () => {
  await using stage = await open();
  stage.addProgram("tests.sh", "echo running; exec sleep 60");
  const deploy = start(stage, "deploy_job.sh", "run.1 ./deploy.sh");
  const job = start(stage, "test_job.sh", "run.1 ./tests.sh");
  await job.stdout.until((text) => text === "running\n", "the tests");
  job.signal("SIGTERM");
  assertEquals(await deploy.exit(), 1, deploy.stderr.text);
  assertStringIncludes(deploy.stderr.text, "the tests of run.1 failed; not deployed");
});

test("a pool that can't be reached is told so, and deploys nothing", async () => {
  await using stage = await open();
  const deploy = start(stage, "deploy_job.sh", "run.1 ./deploy.sh", "CI_POOL=nowhere:ci");
  assertEquals(await deploy.exit(), 3, deploy.stderr.text);
  assertStringIncludes(deploy.stderr.text, "can't wait for the verdict on run.1; not deployed");
  assertEquals(deploy.stdout.text, "");
});

test("a name that jq could take for something else is refused", async () => {
  await using stage = await open();
  const deploy = start(stage, "deploy_job.sh", `'x" or true or "' ./deploy.sh`);
  assertEquals(await deploy.exit(), 2);
  assertEquals(deploy.stdout.text, "");
});

/** A `pls serve` with token and certificate on `stage`, and how its runners reach it. */
async function serve(stage: Stage): Promise<{ server: Child; reach: string }> {
  const server = stage.startScript(
    `pls serve init --output-dir srv > init.json && pls pool create gate > /dev/null &&
     exec env PLASMITE_SERVE_READY_FILE=address pls serve --bind 127.0.0.1:0 \\
       --request-log - --max-tail-timeout-ms 200 \\
       --token-file srv/plasmite-auth-token.txt \\
       --tls-cert srv/plasmite-tls-cert.pem --tls-key srv/plasmite-tls-key.pem`,
  );
  const address = await Promise.race([contentOf(`${stage.directory}/address`), ended(server)]);
  return {
    server,
    // Another home: the runner shares nothing with the server but what it is given.
    reach: `export HOME=$PWD/runner; mkdir -p "$HOME"; export POOL_URL=https://${address}
      export POOL_TOKEN=$(cat srv/plasmite-auth-token.txt)
      export POOL_CA="$(cat srv/plasmite-tls-cert.pem)"
      ${EXAMPLES}reach_server.sh; export CI_POOL=ci:gate;`,
  };
}

async function ended(server: Child): Promise<never> {
  throw new Error(`pls serve ended with ${await server.exit()}: ${server.stderr.text}`);
}

/** The content of a file that is about to be there. */
async function contentOf(path: string): Promise<string> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  using watcher = Deno.watchFs(folder);
  const read = () => {
    try {
      return Deno.readTextFileSync(path).trim();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return "";
      throw error;
    }
  };
  if (read() !== "") return read();
  for await (const _ of watcher) if (read() !== "") return read();
  throw new Error(`${path} did not appear`);
}

test("two runners that share nothing but a server: green deploys, red and silence do not", async () => {
  await using stage = await open();
  const { server, reach } = await serve(stage);
  const deploy = start(stage, "deploy_job.sh", "run.1 ./deploy.sh", reach);
  const green = start(stage, "test_job.sh", "run.1 true", reach);
  assertEquals(await green.exit(), 0, green.stderr.text);
  assertEquals(await deploy.exit(), 0, deploy.stderr.text);
  assertEquals(deploy.stdout.text, "deployed\n");

  const red = start(stage, "test_job.sh", "run.2 false", reach);
  assertEquals(await red.exit(), 1, red.stderr.text);
  const refused = start(stage, "deploy_job.sh", "run.2 ./deploy.sh", reach);
  assertEquals(await refused.exit(), 1, refused.stderr.text);

  const late = start(stage, "deploy_job.sh", "run.3 ./deploy.sh", `${reach} CI_TIMEOUT=1s`);
  assertEquals(await late.exit(), 124, late.stderr.text);

  // The server goes while the deploy job waits: that is silence, too.
  const tails = () => server.stderr.text.split("/tail").length;
  const before = tails();
  const waiting = start(stage, "deploy_job.sh", "run.4 ./deploy.sh", `${reach} CI_TIMEOUT=2s`);
  await server.stderr.until(() => tails() > before + 1, "a request of the deploy job");
  server.kill();
  await server.exit();
  assertEquals(await waiting.exit(), 124, waiting.stderr.text);
  assertEquals(waiting.stdout.text, "");
});
