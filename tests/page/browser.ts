/**
 * The page in a real browser, served by a real server. Every request and every complaint of
 * the browser is kept.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Client, type Pool } from "@plasmite/pool";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { type Access, DEFAULT_LIMITS, type RunningServer, startServer } from "../../server/mod.ts";

const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Generous: what is waited for comes at once on a machine that is not busy. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 20;

const program = PROGRAMS.find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});
if (program === undefined) {
  console.log(`no browser, so its tests are skipped: none of ${PROGRAMS.join(", ")} is there`);
}

let browser: Promise<Browser> | undefined;

/** How a stage is set up. */
export interface PageOptions {
  /** What requests may do. Default `read-write`. */
  access?: Access;
  /** The token that the server asks for. */
  token?: string;
  /** Longest life of a stream in milliseconds. */
  maxTailTimeoutMs?: number;
  /** What the browser is told of its screen. */
  screen?: BrowserContextOptions;
  /** Requests will be refused, which the browser logs as errors. */
  expectsRefusals?: boolean;
}

/** A directory of pools, a server for it, and a browser that has the page open. */
export class PageStage {
  /** The pools, as another process would have them. */
  readonly client: Client;
  /** The tab of the browser. */
  readonly page: Page;
  /** The address of the server. */
  readonly origin: string;
  /** Addresses of all requests so far. */
  readonly requests: string[] = [];
  readonly #options: PageOptions;
  readonly #complaints: string[] = [];
  readonly #served: Client;
  #server: RunningServer;

  /** Use {@linkcode onPage}. */
  constructor(server: RunningServer, dir: string, page: Page, options: PageOptions) {
    this.#server = server;
    this.#options = options;
    this.client = new Client({ dir });
    this.#served = new Client({ dir });
    this.page = page;
    this.origin = `http://127.0.0.1:${server.port}`;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("request", (request) => this.requests.push(request.url()));
    page.on("pageerror", (error) => this.#complaints.push(String(error)));
    page.on("console", (message) => {
      const isRefusal = message.text().startsWith("Failed to load resource");
      if (isRefusal && options.expectsRefusals) return;
      if (["error", "warning"].includes(message.type())) this.#complaints.push(message.text());
    });
  }

  /** Opens `path` of the page. */
  async open(path: string): Promise<void> {
    await this.page.goto(this.origin + path);
  }

  /** Creates the pool `name`. */
  createPool(name: string, sizeBytes = 1_048_576): Pool {
    this.client.createPool(name, { sizeBytes });
    return this.client.openPool(name);
  }

  /** Ends the server. */
  async stopServer(): Promise<void> {
    await this.#server.shutdown(0);
    await this.#server.finished;
  }

  /** Starts the server again, where it was. */
  async startServer(): Promise<void> {
    this.#server = await serve(this.#served, this.#options, this.#server.port);
  }

  /** Waits until the rows in sight are those of the messages `seqs`. */
  async seesExactly(seqs: readonly number[]): Promise<void> {
    const look = `[...document.querySelectorAll(".row:not([hidden]) .seq")]` +
      `.map((seq) => seq.textContent).join(" ")`;
    const wanted = seqs.join(" ");
    assertEquals(await this.lookUntil(look, (shown) => shown === wanted), wanted);
  }

  /**
   * Looks at the page by `expression` until what it gives `isGood`, and returns the last of
   * it. (The page's policy keeps Playwright from waiting for an expression in the page.)
   */
  async lookUntil(expression: string, isGood: (value: unknown) => boolean): Promise<unknown> {
    const endMs = Date.now() + PATIENCE_MS;
    for (;;) {
      const value = await this.page.evaluate(expression);
      if (isGood(value) || Date.now() > endMs) return value;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  /** Waits until the text of `selector` has `text` in it. */
  async sees(selector: string, text: string): Promise<void> {
    await this.page.locator(selector).filter({ hasText: text, visible: true }).first().waitFor();
  }

  /** Fails when the browser complained, or when anything was asked of another server. */
  checkClean(): void {
    assertEquals(this.#complaints, []);
    assertEquals(this.requests.filter((url) => !url.startsWith(`${this.origin}/`)), []);
  }

  /** Ends the server and lets go of the pools. */
  async close(): Promise<void> {
    await this.#server.shutdown(0);
    this.client.close();
    this.#served.close();
  }
}

function serve(client: Client, options: PageOptions, port = 0): Promise<RunningServer> {
  const { access = "read-write", token, maxTailTimeoutMs } = options;
  return Promise.resolve(startServer(client, {
    hostname: "127.0.0.1",
    port,
    access,
    token,
    corsOrigins: [],
    limits: {
      ...DEFAULT_LIMITS,
      maxTailTimeoutMs: maxTailTimeoutMs ?? DEFAULT_LIMITS.maxTailTimeoutMs,
    },
  }));
}

/** A test with the page; at its end the browser must have had nothing to complain of. */
export function onPage(
  promise: string,
  options: PageOptions,
  body: (stage: PageStage) => Promise<void>,
): void {
  Deno.test({
    name: promise,
    ignore: program === undefined,
    // The browser outlives a test: starting it is most of the time of a short one.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => runOnPage(options, body),
  });
}

async function runOnPage(
  options: PageOptions,
  body: (stage: PageStage) => Promise<void>,
): Promise<void> {
  const dir = Deno.makeTempDirSync({ prefix: "plasmite-page-" });
  const served = new Client({ dir });
  const server = await serve(served, options);
  browser ??= chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
  const context = await (await browser).newContext({
    viewport: { width: 1280, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    ...options.screen,
  });
  const stage = new PageStage(server, dir, await context.newPage(), options);
  try {
    await body(stage);
    stage.checkClean();
  } finally {
    await context.close();
    await stage.close();
    served.close();
    Deno.removeSync(dir, { recursive: true });
  }
}

Deno.test.afterAll(async () => {
  await (await browser)?.close();
});
