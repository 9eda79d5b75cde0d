/**
 * A process that reads a pipe, and says the payloads of each portion in a line. It takes the next
 * portion when it is told so by a line on its standard input, and says `over` at the end. Arguments:
 * where the mesh is, the prefix of its pools, the home, the request, and the length of portions.
 *
 * @module
 */

import { MessagingService } from "../../messaging/service/mod.ts";
import { awaitStart, waitForLine } from "../process/start_signal.ts";
import { clientOf, engineOf } from "./world.ts";

const encoder = new TextEncoder();

/** Writes a line at once: a process that is killed afterwards has said it. */
function say(value: unknown): void {
  Deno.stdout.writeSync(encoder.encode(`${JSON.stringify(value)}\n`));
}

if (import.meta.main) {
  const [where, prefix, home, request, portionLength] = Deno.args;
  const client = clientOf(where);
  const options = { client, prefix, home, createdBy: "", engine: engineOf(where) };
  await using service = await MessagingService.open(options);
  await awaitStart();
  const reading = service.read(JSON.parse(request), undefined, Number(portionLength));
  for await (const portion of reading) {
    say(portion.map(({ msg }) => msg?.payload));
    await waitForLine();
  }
  await service[Symbol.asyncDispose]();
  say("over");
  await client.close();
}
