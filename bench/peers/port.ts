/**
 * Ports of servers on this machine.
 *
 * @module
 */

import { pause, type Program } from "../programs/program.ts";

/** The address servers listen on. */
export const HOSTNAME = "127.0.0.1";

/** A port that nobody listens on. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: HOSTNAME, port: 0 });
  return listener.addr.port;
}

/** Waits until `server` listens on `port`. */
export async function untilListening(server: Program, port: number): Promise<void> {
  const given = new AbortController();
  try {
    await server.during(connecting(port, given.signal), `the start of a server on ${port}`);
  } finally {
    given.abort();
  }
}

async function connecting(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      (await Deno.connect({ hostname: HOSTNAME, port })).close();
      return;
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await pause(20);
    }
  }
}
