import { assert, assertEquals } from "@std/assert";
import { BusyError, type ErrorKind, NotFoundError, PlasmiteError } from "../../pool/mod.ts";
import {
  amend,
  asPlasmiteError,
  exitCode,
  failureEnvelope,
  failureText,
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
