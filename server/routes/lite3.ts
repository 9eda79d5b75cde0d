/**
 * Routes of protocol v0 for a payload format that these pools do not have.
 *
 * @module
 */

import { UsageError } from "../../pool/mod.ts";
import { Refusal } from "../refusal.ts";
import type { Route } from "../route.ts";

const LITE3 = {
  summary: "Not offered: payloads are JSON",
  answer: { type: "application/json", description: "Never." },
  handle(): never {
    throw new Refusal(
      501,
      new UsageError("this server has no Lite3 payloads", {
        hint: "Use the routes without lite3 in their path: they carry JSON.",
      }),
    );
  },
} as const satisfies Partial<Route>;

/** Routes of protocol v0 for a payload format that these pools do not have. */
export const lite3Routes: readonly Route[] = [
  { method: "POST", path: "/v0/pools/:pool/append_lite3", access: "write", ...LITE3 },
  { method: "GET", path: "/v0/pools/:pool/messages/:seq/lite3", access: "read", ...LITE3 },
  { method: "GET", path: "/v0/pools/:pool/tail_lite3", access: "read", ...LITE3 },
];
