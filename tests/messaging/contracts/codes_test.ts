/**
 * Every code with its exit code, HTTP status and message.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CODE_TABLE, exitCode, httpStatus, message } from "../../../messaging/contracts/mod.ts";

/** code, exit code, HTTP status */
const EXPECTED: readonly [string, number, number][] = [
  ["E_NOT_LOGGED_IN", 10, 500],
  ["E_DAEMON_NOT_RUNNING", 11, 500],
  ["E_INVALID_API_KEY", 12, 401],
  ["E_SOURCE_TAKEN", 13, 409],
  ["E_SOURCE_NOT_FOUND", 14, 404],
  ["E_INVALID_HANDLE", 15, 400],
  ["E_NO_CURRENT_SOURCE", 16, 500],
  ["E_PAYLOAD_TOO_LARGE", 17, 413],
  ["E_SERVER_UNREACHABLE", 18, 502],
  ["E_NATS_UNREACHABLE", 19, 500],
  ["E_INVALID_PIPE", 20, 400],
  ["E_PIPE_TAKEN", 21, 409],
  ["E_PIPE_NOT_FOUND", 22, 404],
  ["E_INVALID_SUBJECT", 23, 400],
  ["E_INVALID_MANIFOLD", 24, 400],
  ["E_NAME_TAKEN", 21, 409],
  ["E_DELIVERY_UNCONFIRMED", 25, 500],
  ["E_DAEMON_TIMEOUT", 26, 500],
  ["E_OWN_INBOX", 1, 500],
];

for (const [code, exit, status] of EXPECTED) {
  Deno.test(`${code} is exit code ${exit} and HTTP status ${status}`, () => {
    assertEquals([exitCode(code), httpStatus(code)], [exit, status]);
  });
}

Deno.test("the table has these codes and no others", () => {
  assertEquals(Object.keys(CODE_TABLE), EXPECTED.map(([code]) => code));
});

Deno.test("codes without a place in the table are exit code 1 and HTTP status 500", () => {
  const codes = ["E_PROTOCOL", "E_INTERNAL", "E_HTTP", "E_NOT_IMPLEMENTED", "E_INVALID_ORG"];
  for (const code of [...codes, "E_INVALID_KIND", "E_OF_TOMORROW", "", "toString"]) {
    assertEquals([exitCode(code), httpStatus(code), message(code)], [1, 500, "unknown error"]);
  }
});

Deno.test("messages that are a contract", () => {
  assertEquals(
    ["E_INVALID_API_KEY", "E_SOURCE_NOT_FOUND", "E_SERVER_UNREACHABLE"].map(message),
    ["invalid api key", "source not found", "server unreachable"],
  );
});

/** What the messages of our own have to name. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  E_NOT_LOGGED_IN: ["pls login"],
  E_DAEMON_NOT_RUNNING: ["not running", "pls daemon start"],
  E_SOURCE_TAKEN: ["exists"],
  E_INVALID_HANDLE: ["a-z, 0-9", "32", "broadcast"],
  E_NO_CURRENT_SOURCE: ["pls source create", "pls set handle", "PLS_CURRENT_HANDLE"],
  E_PAYLOAD_TOO_LARGE: ["65536"],
  E_NATS_UNREACHABLE: ["expired", "URL", "pls diagnostics"],
  E_INVALID_PIPE: ["pls pipe create"],
  E_PIPE_TAKEN: ["exists"],
  E_PIPE_NOT_FOUND: ["not found"],
  E_INVALID_SUBJECT: ["ack:"],
  E_INVALID_MANIFOLD: ["'.'", "a-z, 0-9"],
  E_NAME_TAKEN: ["source", "pipe"],
  E_DELIVERY_UNCONFIRMED: ["may have arrived"],
  E_DAEMON_TIMEOUT: ["pls daemon restart"],
  E_OWN_INBOX: ["--force"],
};

Deno.test("messages of our own name what to do, in one line", () => {
  for (const [code, parts] of Object.entries(NAMED)) {
    for (const part of parts) assertStringIncludes(message(code), part);
    assert(!message(code).includes("\n"), code);
    assert(!/ppz/i.test(message(code)), code);
  }
});
