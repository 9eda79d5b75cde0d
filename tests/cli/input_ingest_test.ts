import { assertEquals, assertRejects } from "@std/assert";
import { ingest, type SkippedRecord } from "../../cli/input/ingest.ts";
import { records } from "../../cli/input/records.ts";
import { BusyError, type JsonText, UsageError } from "../../pool/mod.ts";
import { arriving } from "./input_reading.ts";

/** Appends to a list, all or nothing; `refuse` says what can't be appended. */
function appending(refuse: (text: string) => Error | undefined = () => undefined) {
  const batches: string[][] = [];
  const append = (values: readonly JsonText[]): Promise<void> => {
    const texts = values.map(({ text }) => text);
    const error = texts.map(refuse).find((refused) => refused !== undefined);
    if (error !== undefined) return Promise.reject(error);
    batches.push(texts);
    return Promise.resolve();
  };
  return { batches, append };
}

const noTwo = (text: string) => text === "2" ? new UsageError("no 2, please") : undefined;

Deno.test("records that were read together are appended together", async () => {
  const { batches, append } = appending();
  const counts = await ingest(records(arriving("1\n2\n", "3\n")), { append });
  assertEquals([batches, counts], [[["1", "2"], ["3"]], { appended: 3, skipped: 0 }]);
});

Deno.test("a record the pool refuses fails alone, with its line", async () => {
  const { batches, append } = appending(noTwo);
  await assertRejects(
    () => ingest(records(arriving("1\n\n2\n3\n")), { append }),
    UsageError,
    "line 3: no 2, please",
  );
  assertEquals(batches, [["1"]]);
});

Deno.test("records are passed over in their order, whoever refuses them", async () => {
  const { batches, append } = appending(noTwo);
  const skipped: SkippedRecord[] = [];
  const onSkip = (record: SkippedRecord) => Promise.resolve(void skipped.push(record));
  const source = arriving("1\n2\n3\noops\n2\n5\n");
  const counts = await ingest(records(source, { resyncs: true }), { append, onSkip });
  assertEquals([batches.flat(), counts], [["1", "3", "5"], { appended: 3, skipped: 3 }]);
  assertEquals(skipped.map(({ index, line, errorKind }) => [index, line, errorKind]), [
    [2, 2, "Usage"],
    [4, 4, "Parse"],
    [5, 5, "Usage"],
  ]);
});

Deno.test("what concerns the pool ends the run with its own kind (weakness 7)", async () => {
  const busy = new BusyError("held");
  const { append } = appending((text) => text === "2" ? busy : undefined);
  for (const onSkip of [undefined, () => Promise.resolve()]) {
    const run = () => ingest(records(arriving("1\n", "2\n")), { append, onSkip });
    assertEquals(await assertRejects(run), busy);
  }
});

Deno.test("progress is told after each batch", async () => {
  const told: number[] = [];
  const { append } = appending();
  const onProgress = (appended: number) => void told.push(appended);
  await ingest(records(arriving("1\n2\n", "3\n")), { append, onProgress });
  assertEquals(told, [2, 3]);
});
