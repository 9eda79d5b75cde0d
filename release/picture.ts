/**
 * Takes docs/images/page.png anew: the page of a real `pls serve`, in Chromium, with three minutes
 * of messages as a build would send them.
 *
 * @module
 */

import { Client } from "@plasmite/pool";
import { DEFAULT_LIMITS, startServer } from "@plasmite/pool/server";
import { chromium } from "playwright-core";
import { ROOT } from "./targets.ts";

/** How long messages are sent before the picture is taken, so that the chart has a line. */
const FEED_MS = 175_000;
const CHROMIUM = "/usr/bin/chromium";

const JOBS = ["compile", "lint", "test", "package", "deploy"];

/** The `n`th message of a build that goes on for ever. */
function message(n: number): { data: Record<string, unknown>; tags: string[] } {
  const job = JOBS[n % JOBS.length];
  const hasFailed = n % 37 === 0;
  const data: Record<string, unknown> = { job, step: n % 12, ms: 20 + (n * 7919) % 480 };
  if (hasFailed) data.error = "expected 200, got 503";
  return { data, tags: hasFailed ? [job, "failed"] : [job] };
}

/** Feeds faster and slower, as machines do. */
async function feedFor(client: Client, ms: number): Promise<void> {
  using pool = client.openPool("build");
  const startMs = performance.now();
  for (let n = 1; performance.now() - startMs < ms; n++) {
    const { data, tags } = message(n);
    pool.append(data, tags);
    const wave = Math.sin((performance.now() - startMs) / 6000);
    await new Promise((resolve) => setTimeout(resolve, 12 + 8 * wave));
  }
}

if (import.meta.main) {
  const dir = Deno.makeTempDirSync({ prefix: "pls-picture-" });
  const client = new Client({ dir });
  client.createPool("build", { sizeBytes: 1_048_576 });
  const server = await startServer(client, {
    hostname: "127.0.0.1",
    port: 0,
    access: "read-write",
    corsOrigins: [],
    limits: DEFAULT_LIMITS,
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 720 } });
    await page.goto(`http://127.0.0.1:${server.port}/ui/pools/build`);
    await feedFor(client, FEED_MS);
    await page.locator(".row:not([hidden])", { hasText: "failed" }).last().click();
    await page.screenshot({ path: new URL("docs/images/page.png", ROOT).pathname });
  } finally {
    await browser.close();
    await server.shutdown(0);
    client.close();
    Deno.removeSync(dir, { recursive: true });
  }
}
