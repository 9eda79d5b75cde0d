/**
 * Knowing when the body of an answer was sent.
 *
 * @module
 */

/**
 * The same answer, which calls `done` once its body was sent, or its reader has left, with
 * the number of bytes sent.
 */
export function whenSent(response: Response, done: (bytes: number) => void): Response {
  const { body, status, headers } = response;
  const isStream = headers.get("content-type")?.match(/jsonl|event-stream/);
  if (body === null || !isStream) {
    done(Number(headers.get("content-length") ?? 0));
    return response;
  }
  let sent = 0;
  const reader = body.getReader();
  const counted = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done: isOver, value } = await reader.read();
      if (isOver) {
        controller.close();
        done(sent);
      } else {
        sent += value.length;
        controller.enqueue(value);
      }
    },
    async cancel(reason) {
      await reader.cancel(reason);
      done(sent);
    },
  }, { highWaterMark: 0 });
  return new Response(counted, { status, headers });
}
