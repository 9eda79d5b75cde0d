/**
 * A gate like that of the scripts in `ci/`, in TypeScript. In one terminal, wait for the verdict on
 * a commit; in another, give it:
 *
 *     deno run --allow-env --allow-read --allow-write examples/ci_gate.ts wait a1b2c3d
 *     deno run --allow-env --allow-read --allow-write examples/ci_gate.ts tell a1b2c3d green
 *
 * @module
 */

import { Client, type Pool } from "@plasmite/pool";

/** The status of the first verdict on `commit`, already given or still to come. */
async function verdictOn(pool: Pool, commit: string): Promise<string | undefined> {
  const where = `.data.commit == ${JSON.stringify(commit)}`;
  for await (const { data } of pool.tail({ where, timeoutMs: 30 * 60_000 })) {
    return (data as { status: string }).status;
  }
}

const [role, commit, status] = Deno.args;

using client = new Client();
using pool = client.pool("ci");

if (role === "tell") {
  pool.append({ commit, status }, [status], { durability: "flush" });
} else {
  const verdict = await verdictOn(pool, commit);
  console.log(`${commit} is ${verdict ?? "still untested"}`);
  Deno.exitCode = verdict === "green" ? 0 : 1;
}
