/**
 * A process that does with a pool what it is told, line by line, and tells how long each took and
 * how it ended: `operator.ts URL POOL`. Lines are `append WRITER COUNTER`, `get SEQ` and `info`;
 * whatever stands behind that makes a line different from another one.
 *
 * @module
 */

import { PlasmiteError } from "@plasmite/pool";
import { connect } from "@plasmite/pool/nats";
import { makeMessage, makeTags } from "../../process/workload.ts";

/** How something ended. */
export interface Outcome {
  /** What was to be done. */
  readonly order: string;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** The number of the message, if it succeeded. */
  readonly seq?: number;
  /** Why it did not. */
  readonly error?: { readonly kind: string; readonly message: string; readonly hint?: string };
}

if (import.meta.main) {
  const [url, name] = Deno.args;
  await using client = connect(url);
  const pool = await client.openPool(name);

  const obey = async (order: string): Promise<number> => {
    const [what, ...numbers] = order.split(" ");
    const [first, second] = numbers.map(Number);
    if (what === "append") {
      return (await pool.append(makeMessage(first, second), makeTags(first, second))).seq;
    }
    return what === "get" ? (await pool.get(first)).seq : (await pool.info()).nextSeq;
  };

  const tell = async (order: string) => {
    const startMs = performance.now();
    const outcome = await obey(order).then((seq) => ({ seq }), (error) => {
      if (!(error instanceof PlasmiteError)) throw error;
      const { kind, message, hint } = error;
      return { error: { kind, message, hint } };
    });
    const ms = Math.round(performance.now() - startMs);
    console.log(JSON.stringify({ order, ms, ...outcome } satisfies Outcome));
  };

  console.log("ready");
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const text of lines) {
    // What comes together is done together.
    for (const order of text.split("\n")) if (order !== "") tell(order);
  }
}
