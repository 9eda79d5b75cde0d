/**
 * Routes that tell of the server itself.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };
import { type Awaitable, BusyError } from "../../pool/mod.ts";
import { jsonAnswer } from "../answers.ts";
import { Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";

const JSON_ANSWER = "application/json";

/** How long the pools may take to be got at: whoever probes gives up soon. */
const READY_LIMIT_MS = 2000;

/** Routes that tell of the server itself. */
export const statusRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/healthz",
    access: "open",
    summary: "Tell that the server answers",
    answer: { type: JSON_ANSWER, description: '{"ok": true}.' },
    handle: () => jsonAnswer({ ok: true }),
  },
  {
    method: "GET",
    path: "/readyz",
    access: "open",
    summary: "Tell whether the pools can be got at",
    answer: { type: JSON_ANSWER, description: '{"ok": true}; a failure otherwise.' },
    async handle({ serving }) {
      if (serving.closing.aborted) throw new Refusal(503, new BusyError("the server is stopping"));
      await within(READY_LIMIT_MS, serving.client.listPools());
      return jsonAnswer({ ok: true });
    },
  },
  {
    method: "GET",
    path: "/metrics",
    access: "read",
    summary: "Count requests, messages and the use of pools, for Prometheus",
    answer: { type: "text/plain", description: "Text exposition format 0.0.4." },
    async handle({ serving }) {
      const { metrics } = serving;
      const headers = { "content-type": metrics.contentType };
      return new Response(await metrics.text(serving), { headers });
    },
  },
  {
    method: "GET",
    path: "/v0/ui/session",
    access: "any",
    summary: "Tell what the caller may do",
    answer: {
      type: JSON_ANSWER,
      description: '{"access", "max_tail_timeout_ms", "version"}.',
    },
    handle({ serving }) {
      const { access, limits } = serving.config;
      const { maxTailTimeoutMs } = limits;
      const { version } = manifest;
      return jsonAnswer({ access, max_tail_timeout_ms: maxTailTimeoutMs, version });
    },
  },
];

/** What `work` gives, unless that takes longer than `limitMs`. */
async function within<T>(limitMs: number, work: Awaitable<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `the pools could not be got at within ${limitMs} ms`;
    late.reject(new Refusal(503, new BusyError(message, { hint: "Try again in a moment." })));
  }, limitMs);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
