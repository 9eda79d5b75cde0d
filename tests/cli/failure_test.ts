import { assert, assertEquals } from "@std/assert";
import { newError } from "../../messaging/internal_mod.ts";
import { BusyError, type ErrorKind, NotFoundError, PlasmiteError } from "../../pool/mod.ts";
import {
  amend,
  asPlasmiteError,
  codedFailureText,
  exitCode,
  failureEnvelope,
  failureText,
  isCodedFailure,
} from "../../cli/failure.ts";

const KINDS: ErrorKind[] = [
  "Internal",
  "Usage",
  "NotFound",
  "AlreadyExists",
  "Busy",
  "Permission",
  "Corrupt",
  "Io",
  "RetentionGap",
];

Deno.test("each kind has its exit code", () => {
  assertEquals(KINDS.map(exitCode), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("every failure has a message and a hint", () => {
  for (const kind of KINDS) {
    const { error } = JSON.parse(failureEnvelope(new PlasmiteError(kind, "")));
    assert(error.message.length > 0 && error.hint.length > 0, kind);
  }
});

Deno.test("a corrupt pool is to be recreated", () => {
  const { error } = JSON.parse(failureEnvelope(new PlasmiteError("Corrupt", "damaged")));
  assert(error.hint.includes("Recreate"));
});

Deno.test("the envelope has only the keys that apply", () => {
  const error = new NotFoundError("not found", { hint: "h", seq: 7 });
  assertEquals(JSON.parse(failureEnvelope(error)), {
    error: { kind: "NotFound", message: "not found", hint: "h", seq: 7 },
  });
});

Deno.test("causes are listed outermost first", () => {
  const cause = new Error("outer", { cause: new Error("inner") });
  const { error } = JSON.parse(failureEnvelope(new BusyError("busy", { cause })));
  assertEquals(error.causes, ["outer", "inner"]);
});

Deno.test("a cause that is its own cause is not followed for ever", () => {
  const cause = new Error("again");
  cause.cause = cause;
  const { error } = JSON.parse(failureEnvelope(new BusyError("busy", { cause })));
  assertEquals(error.causes[0], "again");
});

Deno.test("a person reads one labelled line for each detail", () => {
  const error = new NotFoundError("not found", { hint: "h", path: "/p", cause: new Error("c") });
  const text = "error: not found\nhint: h\npath: /p\ncaused by: c\n";
  assertEquals(failureText(error, { color: false }), text);
});

Deno.test("labels are coloured: the error red, the others yellow", () => {
  const text = failureText(new NotFoundError("n", { hint: "h" }), { color: true });
  assertEquals(text, "\x1b[31merror:\x1b[0m n\n\x1b[33mhint:\x1b[0m h\n");
});

Deno.test("what was thrown by mistake is Internal and keeps its message", () => {
  const error = asPlasmiteError(new TypeError("x is undefined"));
  assertEquals([error.kind, error.message], ["Internal", "x is undefined"]);
  assertEquals(asPlasmiteError("text").message, "text");
});

Deno.test("an amended failure keeps what was not replaced", () => {
  const error = amend(new NotFoundError("m", { path: "/p", hint: "a" }), { hint: "b" });
  assertEquals([error.kind, error.message, error.path, error.hint], ["NotFound", "m", "/p", "b"]);
});

Deno.test("a failure of messaging is a line with its code, and its hint if it has one", () => {
  const plain = newError("E_PIPE_NOT_FOUND", "no \x1b[2Jpipe at nats://u:s3cret@n1");
  assert(isCodedFailure(plain));
  assertEquals(
    codedFailureText(plain, { color: false }),
    "error: E_PIPE_NOT_FOUND: no \\u001b[2Jpipe at nats://n1\n",
  );
  const hinted = newError("E_INTERNAL", "m", { hint: "h" });
  assert(isCodedFailure(hinted));
  assertEquals(
    codedFailureText(hinted, { color: true }),
    "\x1b[31merror:\x1b[0m E_INTERNAL: m\n\x1b[33mhint:\x1b[0m h\n",
  );
});

Deno.test("what the system refused is no failure of messaging, whatever its code", () => {
  const refused = Object.assign(new Error("no space"), { code: "ENOSPC" });
  for (const thrown of [refused, new BusyError("b"), new Error("E_INTERNAL"), "E_INTERNAL"]) {
    assertEquals(isCodedFailure(thrown), false);
  }
});
