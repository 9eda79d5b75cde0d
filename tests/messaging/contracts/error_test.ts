/**
 * The forms of a failure, and what the constructors say.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  formatError,
  HTTP_ERROR_CONTENT_TYPE,
  httpErrorBody,
  MessagingError,
  newError,
  newInvalidHandle,
  newInvalidManifoldSegment,
  newInvalidPipeName,
  newInvalidPipeReserved,
  newManifoldReservedBySource,
  newNameTakenBySource,
  newNameTakenByUncollaredPipe,
  newPayloadTooLarge,
  newPipeNotFound,
  newPipeTaken,
  newSourceNotFound,
  newSourceTaken,
  newUncollaredPipeNotFound,
  newUncollaredPipeTaken,
} from "../../../messaging/contracts/mod.ts";

const SAID: readonly [MessagingError, string][] = [
  [newSourceNotFound("nina"), "E_SOURCE_NOT_FOUND: source 'nina' not found"],
  [newSourceTaken("nina"), "E_SOURCE_TAKEN: source 'nina' already exists in this account"],
  [newPipeTaken("log", "nina"), "E_PIPE_TAKEN: pipe 'log' already exists on source 'nina'"],
  [newPipeNotFound("log", "nina"), "E_PIPE_NOT_FOUND: pipe 'log' not found on source 'nina'"],
  [
    newUncollaredPipeNotFound("lobby", ""),
    "E_PIPE_NOT_FOUND: uncollared pipe 'lobby' not found at root",
  ],
  [
    newUncollaredPipeNotFound("lobby", "ops.east"),
    "E_PIPE_NOT_FOUND: uncollared pipe 'lobby' not found at manifold 'ops.east'",
  ],
  [
    newUncollaredPipeTaken("lobby", ""),
    "E_PIPE_TAKEN: uncollared pipe 'lobby' already exists at root",
  ],
  [
    newUncollaredPipeTaken("lobby", "ops"),
    "E_PIPE_TAKEN: uncollared pipe 'lobby' already exists at manifold 'ops'",
  ],
  [
    newNameTakenBySource("nina", ""),
    "E_NAME_TAKEN: name 'nina' is already taken by source at root",
  ],
  [
    newNameTakenBySource("nina", "ops"),
    "E_NAME_TAKEN: name 'nina' is already taken by source at manifold 'ops'",
  ],
  [
    newNameTakenByUncollaredPipe("lobby", ""),
    "E_NAME_TAKEN: name 'lobby' is already taken by uncollared pipe at root",
  ],
  [
    newNameTakenByUncollaredPipe("lobby", "ops"),
    "E_NAME_TAKEN: name 'lobby' is already taken by uncollared pipe at manifold 'ops'",
  ],
  [
    newManifoldReservedBySource("nina", "nina", ""),
    "E_NAME_TAKEN: manifold path 'nina' is reserved by source 'nina' at root",
  ],
  [
    newManifoldReservedBySource("ops.nina", "nina", "ops"),
    "E_NAME_TAKEN: manifold path 'ops.nina' is reserved by source 'nina' at manifold 'ops'",
  ],
  [newInvalidPipeReserved("db"), "E_INVALID_PIPE: pipe name 'db' is reserved"],
];

for (const [error, text] of SAID) {
  Deno.test(`failure: ${text}`, () => assertEquals(String(error), text));
}

Deno.test("failures in our own words name what is wrong and what would be right", () => {
  const errors: [MessagingError, string, string][] = [
    [newInvalidHandle("No!"), "E_INVALID_HANDLE", "'No!'"],
    [newInvalidPipeName("No!"), "E_INVALID_PIPE", "'No!'"],
    [newInvalidManifoldSegment("No!"), "E_INVALID_MANIFOLD", "'No!'"],
  ];
  for (const [error, code, name] of errors) {
    assertEquals(error.code, code);
    assertStringIncludes(error.message, name);
    assertStringIncludes(error.message, "a-z, 0-9");
  }
  const tooLarge = newPayloadTooLarge(70000, 65536);
  assertEquals(tooLarge.code, "E_PAYLOAD_TOO_LARGE");
  assertStringIncludes(tooLarge.message, "70000");
  assertStringIncludes(tooLarge.message, "65536");
});

Deno.test("a failure is one line on standard error", () => {
  assertEquals(
    formatError(newError("E_INVALID_API_KEY")),
    "error: E_INVALID_API_KEY: invalid api key\n",
  );
  assertEquals(formatError(new Error("ipc decode: eof")), "error: ipc decode: eof\n");
  assertEquals(formatError("thrown text"), "error: thrown text\n");
});

Deno.test("the body of an HTTP answer escapes what a page would take for a tag", () => {
  assertEquals(HTTP_ERROR_CONTENT_TYPE, "application/json; charset=utf-8");
  assertEquals(
    httpErrorBody(newError("E_INTERNAL", "<a> & b")),
    '{"error":{"code":"E_INTERNAL","message":"\\u003ca\\u003e \\u0026 b"}}',
  );
});

Deno.test("an error is an Error, with a cause, and travels as code and message only", () => {
  const cause = new Error("underneath");
  const error = newError("E_PIPE_TAKEN", "taken", { cause, hint: "choose another name" });
  assert(error instanceof MessagingError && error instanceof Error);
  assertEquals([error.cause, error.hint, error.exitCode, error.httpStatus], [
    cause,
    "choose another name",
    21,
    409,
  ]);
  assertEquals(JSON.stringify(error), '{"code":"E_PIPE_TAKEN","message":"taken"}');
});
