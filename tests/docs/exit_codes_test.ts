/**
 * docs/exit_codes.md has every kind and every code, with the numbers that the code gives.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { exitCode as kindExitCode } from "../../cli/failure.ts";
import { CODE_TABLE, type ErrorCode, exitCode, httpStatus } from "../../messaging/contracts/mod.ts";
import { type ErrorKind, PlasmiteError } from "../../pool/mod.ts";
import { refusalResponse } from "../../server/refusal.ts";
import { readPage } from "./pages.ts";

interface DocumentedCode {
  readonly code: string;
  readonly exit: number;
  readonly http: number;
  readonly meaning: string;
  readonly advice: string;
}

/** The rows of the table that name a code. */
function documentedCodes(page: string): DocumentedCode[] {
  const rows = page.matchAll(/^\| +(\d+) \| `(\w+)` +\| +(\d+) \| (.*?) +\| (.*?) +\|$/gm);
  return [...rows].map(([, exit, code, http, meaning, advice]) => {
    return { code, exit: Number(exit), http: Number(http), meaning, advice };
  });
}

const DOCUMENTED = documentedCodes(readPage("docs/exit_codes.md"));

/** Checked by the compiler to be all of them. */
const UNCATALOGUED: Record<Exclude<ErrorCode, keyof typeof CODE_TABLE>, true> = {
  E_INTERNAL: true,
  E_PROTOCOL: true,
  E_HTTP: true,
  E_NOT_IMPLEMENTED: true,
  E_INVALID_ORG: true,
  E_INVALID_KIND: true,
};

/** Checked by the compiler to be all of them. */
const KINDS: Record<ErrorKind, true> = {
  Internal: true,
  Usage: true,
  NotFound: true,
  AlreadyExists: true,
  Busy: true,
  Permission: true,
  Corrupt: true,
  Io: true,
  RetentionGap: true,
};

function kindHttpStatus(kind: ErrorKind): number {
  return refusalResponse(new PlasmiteError(kind, "for its status")).status;
}

Deno.test("every code of messaging is documented, with its exit code and HTTP status", () => {
  const codes = [...Object.keys(CODE_TABLE), ...Object.keys(UNCATALOGUED)];
  const documented = DOCUMENTED.filter(({ code }) => code.startsWith("E_"));
  assertEquals(
    documented.map(({ code, exit, http }) => `${code} ${exit} ${http}`).sort(),
    codes.map((code) => `${code} ${exitCode(code)} ${httpStatus(code)}`).sort(),
  );
});

Deno.test("every kind of failure is documented, with its exit code and HTTP status", () => {
  const kinds = Object.keys(KINDS) as ErrorKind[];
  const documented = DOCUMENTED.filter(({ code }) => !code.startsWith("E_"));
  assertEquals(
    documented.map(({ code, exit, http }) => `${code} ${exit} ${http}`),
    kinds.map((kind) => `${kind} ${kindExitCode(kind)} ${kindHttpStatus(kind)}`),
  );
});

Deno.test("every exit code from 0 to 26 has a row, in order, that says what to do", () => {
  const exits = [...readPage("docs/exit_codes.md").matchAll(/^\| +(\d+) \|/gm)]
    .map(([, exit]) => Number(exit));
  assertEquals(exits, exits.toSorted((a, b) => a - b));
  assertEquals([...new Set(exits)], [...Array.from({ length: 27 }, (_, exit) => exit), 124]);
  assert(DOCUMENTED.every(({ meaning, advice }) => meaning.length > 10 && advice.length > 10));
});

Deno.test("a row that the code does not give is seen", () => {
  const row = "|   22 | `E_PIPE_NOT_FOUND` |  404 | there is no such pipe | look with `pls ls` |";
  assertEquals(documentedCodes(`| exit | code |\n${row}\n`), [{
    code: "E_PIPE_NOT_FOUND",
    exit: 22,
    http: 404,
    meaning: "there is no such pipe",
    advice: "look with `pls ls`",
  }]);
});
