import { assertEquals } from "@std/assert";
import { makeMessage } from "../process/workload.ts";
import type { Failure, Run } from "./cluster/account.ts";
import type { RawMessage } from "./cluster/inspector.ts";
import { complaintsAbout, type Evidence } from "./cluster/verdict.ts";

/** Message `counter` of writer 1. */
function raw(seq: number, counter: number, writer = 1): RawMessage {
  const text = JSON.stringify(makeMessage(writer, counter));
  return { seq, id: `${writer}.${counter}`, text };
}

function run(counter: number, seq: number, count: number, writer = 1): Run {
  return { writer, counter, seq, count };
}

function failure(counter: number, count: number, kind: string, message: string): Failure {
  return { writer: 1, counter, count, kind, message };
}

/** Three messages that were stored and delivered, with changes. */
function complaints(changes: Partial<Evidence> & { stored?: RawMessage[] }): string[] {
  const { stored = [raw(1, 1), raw(2, 2), raw(3, 3)], ...others } = changes;
  const lines = complaintsAbout({
    acknowledged: [run(1, 1, 3)],
    failures: [],
    readers: [[run(1, 1, 3)]],
    gaps: [],
    replicas: new Map([["n1", stored]]),
    ...others,
  });
  return lines.filter((line) => !line.startsWith(" ")).map((line) => line.split(":")[0]);
}

Deno.test("what is as it should be gives no complaint", () => {
  assertEquals(complaints({}), []);
});

Deno.test("messages that are lost, twice there or out of order are told of", () => {
  const read = (...runs: Run[]) => ({ readers: [runs] });
  const lost = { stored: [raw(1, 1), raw(2, 3)], ...read(run(1, 1, 1), run(3, 2, 1)) };
  assertEquals(complaints(lost), ["acknowledged and lost"]);
  const twice = {
    stored: [raw(1, 1), raw(2, 2), raw(3, 3), { ...raw(4, 3), id: "other" }],
    ...read(run(1, 1, 3), run(3, 4, 1)),
  };
  assertEquals(complaints(twice), ["stored twice"]);
  const disorder = {
    acknowledged: [run(1, 1, 1), run(2, 3, 1), run(3, 2, 1)],
    stored: [raw(1, 1), raw(2, 3), raw(3, 2)],
    ...read(run(1, 1, 1), run(3, 2, 1), run(2, 3, 1)),
  };
  assertEquals(complaints(disorder), ["order", "acknowledged out of order"]);
});

Deno.test("a server that holds something else than the others is told of", () => {
  const own = [raw(1, 1), raw(2, 2), raw(3, 3)];
  const other = [raw(1, 1), raw(2, 2)];
  assertEquals(complaints({ replicas: new Map([["n1", own], ["n2", other]]) }), [
    "acknowledged and lost",
    "delivered otherwise than stored",
  ]);
  assertEquals(complaints({ stored: [raw(2, 1), raw(3, 2), raw(4, 3)] })[0], "number");
  assertEquals(
    complaints({ stored: [raw(1, 1), raw(2, 2), { ...raw(3, 3), text: "{}" }] })[0],
    [
      "garbled",
    ][0],
  );
});

Deno.test("a reader that misses a message or gets one twice is told of", () => {
  const kind = "delivered otherwise than stored";
  assertEquals(complaints({ readers: [[run(1, 1, 2)]] }), ["not delivered"]);
  assertEquals(complaints({ readers: [[run(1, 1, 3), run(3, 3, 1)]] }), [kind]);
  assertEquals(complaints({ readers: [[run(1, 1, 1), run(3, 3, 1)]] }), [kind, "not delivered"]);
  assertEquals(complaints({ gaps: ["{}"] }), ["gap"]);
});

Deno.test("an append that failed is stored as far as the error says", () => {
  const stored = [raw(1, 1), raw(2, 2), raw(3, 3)];
  const part = { acknowledged: [run(1, 1, 1)], stored };
  const judge = (...failures: Failure[]) => complaints({ ...part, failures });
  assertEquals(judge(failure(2, 4, "Io", "no answer; 2 of 4 were appended")), []);
  assertEquals(judge(failure(2, 2, "Io", "no answer")), []);
  assertEquals(judge(failure(2, 2, "Busy", "no leader")), ["said not to be appended and stored"]);
  assertEquals(judge(failure(2, 4, "Io", "no answer; 3 of 4 were appended")), [
    "said to be appended and lost",
  ]);
  assertEquals(judge(), ["stored and nobody knows"]);
  const holes = {
    acknowledged: [],
    stored: [raw(1, 1), raw(2, 3)],
    readers: [[run(1, 1, 1), run(3, 2, 1)]],
  };
  const lost = failure(1, 3, "Io", "no answer");
  assertEquals(complaints({ ...holes, failures: [lost] }), ["a failed batch has holes"]);
  const told = failure(1, 3, "Io", "messages of one append were not stored in their order");
  assertEquals(complaints({ ...holes, failures: [told] }), []);
});
