/**
 * `fetch` over TLS without asking whose certificate it is.
 *
 * The runtime's own takes a flag of the whole process for that, so requests go through
 * `node:https`, which is loaded only here.
 *
 * @module
 */

/** Without a list of authorities the system's would be asked for, which takes a permission. */
const ANY_CERTIFICATE = { rejectUnauthorized: false, ca: [] };

/** Sends requests to whoever answers. */
export class UnverifiedFetch {
  readonly #https = globalThis.process.getBuiltinModule("node:https");
  readonly #stream = globalThis.process.getBuiltinModule("node:stream");
  readonly #agent = new this.#https.Agent({ keepAlive: true, ...ANY_CERTIFICATE });

  /** Does what `fetch` does with the few things that are used here: a body and a signal. */
  readonly fetch: typeof fetch = (input, init = {}) => {
    const { method, headers, body, signal } = init;
    const options = {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      agent: this.#agent,
      ...ANY_CERTIFICATE,
      signal: signal ?? undefined,
    };
    return new Promise((resolve, reject) => {
      const request = this.#https.request(String(input), options, (message) => {
        const { statusCode: status = 500 } = message;
        const answerHeaders = new Headers();
        for (const [name, value] of Object.entries(message.headers)) {
          if (value !== undefined) answerHeaders.set(name, String(value));
        }
        const stream: ReadableStream<Uint8Array> = this.#stream.Readable.toWeb(message);
        const hasBody = ![204, 205, 304].includes(status);
        resolve(new Response(hasBody ? stream : null, { status, headers: answerHeaders }));
      });
      request.on("error", reject);
      if (body instanceof ReadableStream) this.#stream.Readable.fromWeb(body).pipe(request);
      else request.end(typeof body === "string" ? body : undefined);
    });
  };

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy();
  }
}
