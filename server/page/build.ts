/**
 * Builds `assets.ts` from `source/`: `deno task page` writes it, and a test builds it again
 * and compares.
 *
 * @module
 */

import { fromFileUrl } from "@std/path/from-file-url";
import { createRequire } from "node:module";

/** A file of the page. */
interface PageFile {
  path: string;
  contentType: string;
  text: string;
}

const SOURCE = new URL("source/", import.meta.url);
const TARGET = new URL("assets.ts", import.meta.url);
const STYLES = ["colours", "base", "frame", "pools", "pool", "messages", "detail", "phone"];

/** Builds the text of `assets.ts`. */
export async function buildAssets(): Promise<string> {
  const chart = createRequire(import.meta.url).resolve("uplot").replace(/\/dist\/.*/, "");
  const notice = `/*!\nuPlot:\n${await Deno.readTextFile(`${chart}/LICENSE`)}*/\n`;
  const styles = await Promise.all(STYLES.map((name) => readSource(`${name}.css`)));
  const chartStyle = await Deno.readTextFile(`${chart}/dist/uPlot.min.css`);
  const assets = await Promise.all([
    named("icon.svg", "image/svg+xml", await readSource("icon.svg")),
    named(
      "main.js",
      "text/javascript; charset=utf-8",
      notice + await bundle("main.ts"),
    ),
    named(
      "style.css",
      "text/css; charset=utf-8",
      [notice + chartStyle.trim(), ...styles.map(shrinkStyle)].join("\n") + "\n",
    ),
  ]);
  let page = await readSource("page.html");
  for (const { path } of assets) {
    const name = path.replace(/^.*\/(\w+)-\w+(\.\w+)$/, "$1$2");
    page = page.replace(`"${name}"`, `"${path}"`);
  }
  return moduleText({ path: "/ui", contentType: "text/html; charset=utf-8", text: page }, assets);
}

function readSource(name: string): Promise<string> {
  return Deno.readTextFile(new URL(name, SOURCE));
}

async function bundle(name: string): Promise<string> {
  const path = fromFileUrl(new URL(name, SOURCE));
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "browser", "--minify", path],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  if (!output.success) throw new Error(`deno bundle failed: ${decoder.decode(output.stderr)}`);
  return decoder.decode(output.stdout);
}

/** Comments and line breaks out; no more, so it stays certain that nothing changes its meaning. */
function shrinkStyle(text: string): string {
  return text.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/\s*\n\s*/g, " ").trim();
}

async function named(name: string, contentType: string, text: string): Promise<PageFile> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hash = new Uint8Array(digest).toHex().slice(0, 16);
  return { path: `/ui/assets/${name.replace(".", `-${hash}.`)}`, contentType, text };
}

function moduleText(page: PageFile, assets: readonly PageFile[]): string {
  return `/**
 * Made from \`source/\` by \`deno task page\`: not for editing.
 *
 * @module
 */

/** A file of the page. */
export interface PageFile {
  /** Where it is served. */
  readonly path: string;
  /** Its media type. */
  readonly contentType: string;
  /** What is in it. */
  readonly text: string;
}

/** The page itself. */
export const PAGE: PageFile = ${JSON.stringify(page, null, 2)};

/** What the page loads. */
export const ASSETS: readonly PageFile[] = ${JSON.stringify(assets, null, 2)};
`;
}

if (import.meta.main) {
  await Deno.writeTextFile(TARGET, await buildAssets());
}
