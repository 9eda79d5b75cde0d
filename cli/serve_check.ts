/**
 * `pls serve check`: says whether a configuration would be served, and starts nothing.
 *
 * @module
 */

import type { ServePlan } from "../server/mod.ts";
import { defineCommand } from "./command.ts";
import { SERVE_FLAGS, serveOptions } from "./serve_flags.ts";
import { checkText } from "./serve_text.ts";

/** The `serve check` command. */
export const serveCheck = defineCommand({
  name: "serve check",
  summary: "Check how pls serve would run, and start nothing",
  details: [
    "Takes the options of `pls serve`, before or after its word, reads the files they name, " +
    "and fails as `pls serve` would.",
  ],
  positionals: {},
  flags: { ...SERVE_FLAGS, json: { kind: "switch", help: "Print JSON." } },
  inheritsFlags: true,
  examples: [
    { does: "Check what holds without options", line: "pls serve check" },
    {
      does: "Check a configuration, for a program",
      line: "pls serve --tls-self-signed --access read-only check --json",
    },
  ],
  run: async ({ flags }, { stdout }) => {
    const { baseUrl, planServe } = await import("../server/mod.ts");
    const plan = await planServe(serveOptions(flags));
    const url = baseUrl(plan);
    if (flags.json) stdout.writeJson(JSON.stringify({ check: checkJson(url, plan) }));
    else stdout.write(checkText(url, plan));
    return 0;
  },
});

/** What `--json` says, in the keys of the contract. */
function checkJson(url: string, plan: ServePlan): object {
  const { access, auth, bind, certificate, corsOrigins, limits, tls } = plan;
  return {
    access,
    auth,
    base_url: url,
    cors_allowed_origins: corsOrigins,
    limits: {
      max_body_bytes: limits.maxBodyBytes,
      max_tail_concurrency: limits.maxTailConcurrency,
      max_tail_timeout_ms: limits.maxTailTimeoutMs,
    },
    listen: bind.text,
    mcp: `${url}/mcp`,
    status: "valid",
    tls,
    // A certificate that is made anew for every run has none that could be told now.
    tls_fingerprint: certificate?.fingerprint ?? null,
    web_ui: `${url}/ui`,
    web_ui_pool: `${url}/ui/pools/demo`,
  };
}
