/**
 * Answers of which it has to be known when they are over.
 *
 * @module
 */

/** Who is told about an answer. */
export interface ResponseEvents {
  /** Is told of bytes as they are sent. */
  onBytes: (bytes: number) => void;
  /** Is told when the client has left before all was sent. */
  onLeave?: () => void;
  /** Is told once when all was sent, or the client has left. */
  onEnd?: () => void;
}

/** The same answer, with `events` told about its body. */
export function observed(response: Response, events: ResponseEvents): Response {
  const { onBytes, onLeave, onEnd } = events;
  if (response.body === null) {
    onEnd?.();
    return response;
  }
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          onEnd?.();
          return controller.close();
        }
        onBytes(value.length);
        controller.enqueue(value);
      } catch (error) {
        onEnd?.();
        throw error;
      }
    },
    async cancel(reason) {
      onLeave?.();
      onEnd?.();
      await reader.cancel(reason);
    },
  });
  return new Response(body, { status: response.status, headers: response.headers });
}
