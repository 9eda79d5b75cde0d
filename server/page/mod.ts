/**
 * The page at `/ui`: its files are part of the program, so nothing is read at run time.
 *
 * @module
 */

import { ASSETS, PAGE } from "./assets.ts";

/**
 * Scripts, styles and connections from this server alone, nothing written into the page, and
 * no way to turn text into HTML.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const PAGE_PATH = /^\/ui(\/|\/pools\/[^/]+\/?)?$/;

/**
 * The answer to a GET of `path`, which is one without its query: the page at `/ui` and
 * `/ui/pools/NAME`, its files below `/ui/assets/`. Undefined for every other path.
 */
export function pageResponse(path: string): Response | undefined {
  if (PAGE_PATH.test(path)) {
    return respond(PAGE, "no-cache");
  }
  const asset = ASSETS.find((asset) => asset.path === path);
  // Its name changes with what is in it.
  return asset && respond(asset, "public, max-age=31536000, immutable");
}

function respond({ contentType, text }: typeof PAGE, cacheControl: string): Response {
  return new Response(text, {
    headers: {
      "content-type": contentType,
      "cache-control": cacheControl,
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    },
  });
}
