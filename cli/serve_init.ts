/**
 * `pls serve init`: makes a token, a certificate and a key, and prints the commands that
 * use them. What it prints holds no secret.
 *
 * @module
 */

import type { Artifacts } from "../server/mod.ts";
import { defineCommand } from "./command.ts";
import { printable } from "./screen.ts";
import { shellWord } from "./shell_word.ts";

/** The `serve init` command. */
export const serveInit = defineCommand({
  name: "serve init",
  summary: "Make a token, a certificate and a key for pls serve",
  details: [
    "Makes three files that only their owner can read, and prints the commands that use them. " +
    "The certificate is for localhost and the address of --bind; for 0.0.0.0 and [::], which " +
    "stand for every address, for the name and the addresses of this machine.",
  ],
  positionals: {},
  flags: {
    bind: {
      kind: "text",
      placeholder: "ADDR:PORT",
      byDefault: "0.0.0.0:9700",
      help: "Where the server will listen: shapes the certificate and what is printed.",
    },
    "output-dir": {
      kind: "path",
      placeholder: "PATH",
      byDefault: ".",
      help: "Where files go whose paths are not absolute.",
    },
    "token-file": {
      kind: "path",
      placeholder: "PATH",
      byDefault: "plasmite-auth-token.txt",
      help: "The file for the token.",
    },
    "tls-cert": {
      kind: "path",
      placeholder: "PATH",
      byDefault: "plasmite-tls-cert.pem",
      help: "The file for the certificate.",
    },
    "tls-key": {
      kind: "path",
      placeholder: "PATH",
      byDefault: "plasmite-tls-key.pem",
      help: "The file for the private key.",
    },
    force: { kind: "switch", help: "Replace files that are there." },
  },
  examples: [
    { does: "Make the files here", line: "pls serve init" },
    {
      does: "Make them elsewhere, for one address",
      line: "pls serve init --output-dir tls --bind 192.0.2.10:9700",
    },
  ],
  run: async ({ flags }, { stdout }) => {
    const { initServe } = await import("../server/mod.ts");
    const artifacts = await initServe({
      bind: flags.bind,
      outputDir: flags["output-dir"],
      tokenFile: flags["token-file"],
      tlsCert: flags["tls-cert"],
      tlsKey: flags["tls-key"],
      force: flags.force,
    });
    if (stdout.isTerminal) stdout.write(instructions(artifacts));
    else stdout.writeJson(JSON.stringify({ init: initJson(artifacts) }));
    return 0;
  },
});

/** Command lines to be copied, which work on this machine as they stand. */
interface Commands {
  readonly pool: readonly string[];
  readonly server: readonly string[];
  readonly client: readonly string[];
  readonly curl: readonly string[];
}

function commands({ bind, url, paths }: Artifacts): Commands {
  const token = shellWord(paths.tokenFile);
  const cert = shellWord(paths.tlsCert);
  const pool = shellWord(`${url}/demo`);
  const credentials = `--token-file ${token} --tls-ca ${cert}`;
  const curl = `curl -sS --cacert ${cert} -H "Authorization: Bearer $(cat ${token})"`;
  const json = "-H 'Content-Type: application/json'";
  return {
    pool: ["pls pool create demo"],
    server: [
      `pls serve --bind ${shellWord(bind)} --allow-non-loopback --token-file ${token} ` +
      `--tls-cert ${cert} --tls-key ${shellWord(paths.tlsKey)}`,
    ],
    client: [
      `pls feed ${pool} '{"hello":"world"}' ${credentials}`,
      `pls follow ${pool} --tail 10 ${credentials}`,
    ],
    curl: [
      `${curl} ${json} -d '{"data":{"hello":"world"}}' ${shellWord(`${url}/v0/pools/demo/append`)}`,
      `${curl} -N ${shellWord(`${url}/v0/pools/demo/tail?timeout_ms=30000`)}`,
    ],
  };
}

/** What programs get: the keys of the contract, then `certificate_names` and `pool_commands`. */
function initJson(artifacts: Artifacts): object {
  const { paths, fingerprint, names } = artifacts;
  const { pool, server, client, curl } = commands(artifacts);
  return {
    artifact_paths: {
      tls_cert: paths.tlsCert,
      tls_key: paths.tlsKey,
      token_file: paths.tokenFile,
    },
    client_commands: client,
    curl_client_commands: curl,
    server_commands: server,
    tls_fingerprint: fingerprint,
    certificate_names: names,
    pool_commands: pool,
  };
}

/** What people get. */
export function instructions(artifacts: Artifacts): string {
  const { paths, fingerprint, expires, names } = artifacts;
  const { pool, server, client, curl } = commands(artifacts);
  const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);
  const lines = [
    "Made, each for your eyes only:",
    `  token        ${paths.tokenFile}`,
    `  certificate  ${paths.tlsCert}`,
    `  key          ${paths.tlsKey}`,
    "",
    `The certificate is for ${names.join(", ")},`,
    `until ${expires.toISOString().slice(0, 10)}. Its fingerprint is`,
    `  ${fingerprint}`,
    "",
    "Make a pool to try it with, and serve:",
    ...indented([...pool, ...server]),
    "",
    "Then, in another terminal of this machine:",
    ...indented(client),
    "or with curl:",
    ...indented(curl),
    "",
    "On another machine, use one of the names above in the URL, and copies of the token and the",
    "certificate, never the key.",
  ];
  return lines.map((line) => printable(line) + "\n").join("");
}
