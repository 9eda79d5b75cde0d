/**
 * What people read about a server: the summary when it starts, and what `pls serve check`
 * found.
 *
 * @module
 */

import type { CertificateFacts, ServePlan } from "../server/mod.ts";
import { formatSize } from "./format_size.ts";
import { printable } from "./screen.ts";
import { shellWord } from "./shell_word.ts";

/** Files that clients need as well. */
interface SharedFiles {
  readonly "token-file"?: string;
  readonly "tls-cert"?: string;
}

/** A server that has started. */
export interface StartedServer {
  /** By which a program on this machine reaches it. */
  readonly url: string;
  readonly plan: ServePlan;
  /** What it shows to clients. */
  readonly certificate?: CertificateFacts;
  readonly files: SharedFiles;
}

/** What people are told when a server has started. */
export function serveSummary(server: StartedServer): string {
  const { url, plan, certificate } = server;
  return text([
    `Serving pools at ${url}`,
    ...rows([["Web page:", `${url}/ui`], ...planRows(plan, certificate)]),
    "",
    "Try it:",
    ...sampleCommands(server).map((line) => `  ${line}`),
    "",
    "Ctrl-C stops it.",
  ]);
}

/** What people are told of a configuration that is valid. */
export function checkText(url: string, plan: ServePlan): string {
  const { bind, certificate } = plan;
  return text([
    "Configuration valid.",
    ...rows([
      ["Bind:", bind.text],
      ["URL:", url],
      ["Web page:", `${url}/ui`],
      ["MCP:", `${url}/mcp`],
      ...planRows(plan, certificate),
    ]),
  ]);
}

type Row = readonly [label: string, value: string];

function planRows(plan: ServePlan, certificate: CertificateFacts | undefined): Row[] {
  const { auth, tls, access, corsOrigins, limits } = plan;
  const shown: Row[] = certificate === undefined ? [] : [
    ["Fingerprint:", certificate.fingerprint],
    ["Expires:", expiry(certificate.expires)],
  ];
  return [
    ["Auth:", auth],
    ["TLS:", tls],
    ...shown,
    ["Access:", access],
    ["CORS:", corsOrigins.length === 0 ? "no other origins" : corsOrigins.join(", ")],
    [
      "Limits:",
      `body ${formatSize(limits.maxBodyBytes)}, timeout ${seconds(limits.maxTailTimeoutMs)}, ` +
      `concurrency ${limits.maxTailConcurrency}, connections ${limits.maxConnections}`,
    ],
  ];
}

function expiry(expires: Date): string {
  const day = expires.toISOString().slice(0, 10);
  return expires.getTime() > Date.now() ? day : `${day}: clients will refuse it`;
}

function sampleCommands({ url, plan, certificate, files }: StartedServer): string[] {
  const { "token-file": tokenFile, "tls-cert": certFile } = files;
  const credentials: string[] = [];
  if (tokenFile !== undefined) credentials.push("--token-file", shellWord(tokenFile));
  else if (plan.token !== undefined) credentials.push("--token", "TOKEN");
  // A certificate of one run is in no file that could be named.
  if (plan.tls === "self-signed") credentials.push("--tls-skip-verify");
  else if (certificate?.isSelfIssued && certFile !== undefined) {
    credentials.push("--tls-ca", shellWord(certFile));
  }
  const line = (...words: string[]) => [...words, ...credentials].join(" ");
  const lines = ["pls pool create demo"];
  if (plan.access !== "read-only") {
    lines.push(line("pls feed", `${url}/demo`, `'{"hello":"world"}'`));
  }
  if (plan.access !== "write-only") lines.push(line("pls follow", `${url}/demo`, "--tail 10"));
  return lines;
}

function seconds(ms: number): string {
  return `${ms / 1000}s`;
}

function rows(pairs: readonly Row[]): string[] {
  const width = Math.max(...pairs.map(([label]) => label.length));
  return pairs.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
}

function text(lines: readonly string[]): string {
  return lines.map((line) => printable(line) + "\n").join("");
}
