/**
 * A disk that is full in the middle of an append, wherever that is: the pool is whole, the
 * message is wholly there or not at all, and appends go on once there is space.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { type Client, IoError, type MessageInput, type Pool } from "@plasmite/pool";
import { Place } from "../cli/pls.ts";
import { FrameEncoder } from "../../pool/encoder.ts";
import { diagnosePool, repairPool } from "../../pool/maintenance.ts";
import { RingFile } from "../../pool/ring.ts";
import { PoolWriter } from "../../pool/writer.ts";
import { spoil } from "../pool/damage.ts";
import { ScratchClient } from "../pool/scratch.ts";
import { FaultyFile } from "./faulty_file.ts";
import { diskFull, replaced, systemError } from "./replaced.ts";
import { IN_NAMESPACE, quoted, reasonNotToRun, shell, testUnless } from "./shell.ts";

/** More writes than any append of these tests makes. */
const WRITES_MAX = 100;
/** A tail that has seen nothing by then never will. */
const PATIENCE_MS = 20_000;

interface Case {
  name: string;
  /** Messages that are there already. */
  before: number;
  inputs: MessageInput[];
}

const fill = "f".repeat(100);
const one = { data: { new: 0, fill } };
const some = Array.from({ length: 12 }, (_, i) => ({ data: { new: i, fill } }));
const CASES: Case[] = [
  { name: "the first message", before: 0, inputs: [one] },
  { name: "a message with room behind it", before: 5, inputs: [one] },
  { name: "a message that needs room", before: 60, inputs: [one] },
  { name: "a message that needs the whole ring", before: 60, inputs: [{ data: "x".repeat(2900) }] },
  { name: "messages that become visible together", before: 60, inputs: some },
  { name: "more messages than fit", before: 60, inputs: [...some, ...some, ...some, ...some] },
];

for (const { name, before, inputs } of CASES) {
  Deno.test(`a full disk at any write leaves the pool whole: ${name}`, () => {
    using client = new ScratchClient();
    using original = client.pool("original", { sizeBytes: 8192 });
    for (let i = 1; i <= before; i++) original.append({ i, fill: "o".repeat(i) });
    let writes = 0;
    for (const share of [0, 0.5, 1]) {
      for (writes = 1; writes <= WRITES_MAX; writes++) {
        const copy = client.path("copy");
        Deno.copyFileSync(original.path, copy);
        if (!failsAt({ write: writes, share }, client, inputs)) break;
        Deno.removeSync(copy);
      }
    }
    assert(writes > 2 && writes < WRITES_MAX, `${writes} writes`);
  });
}

/** Appends to the pool `copy`, which fails as `fault` says; false when it is not reached. */
function failsAt(
  fault: { write: number; share: number },
  client: Client,
  inputs: MessageInput[],
): boolean {
  using reader = client.openPool("copy");
  const { before, after } = retained(reader, inputs);
  const { file, append, close } = faultyWriter(reader.path);
  file.fault = fault;
  const appended = succeeds(() => append(inputs), reader.path);
  file.fault = undefined;
  if (!file.hasFailed) return false;
  // What was there may have been given up, oldest first; of what is new only whole groups.
  const left = contents(reader);
  assertIsEnd(left, [...before, ...after], before.length);
  if (appended) assertEquals(left.at(-1), after.at(-1));
  // Space again: the same writer goes on, and so does another.
  const { nextSeq } = append([one]);
  using other = client.openPool("copy");
  assertEquals(other.append("other").seq, nextSeq);
  const all = contents(reader);
  assertEquals(all.slice(-2), [JSON.stringify(one.data), '"other"']);
  assertIsEnd(all.slice(0, -2), left, left.length);
  assertEquals(diagnosePool(reader.path).issues, []);
  close();
  return true;
}

function faultyWriter(path: string) {
  const file = new FaultyFile(path, { write: true });
  const ring = new RingFile(file, path);
  const writer = new PoolWriter(ring, 1000);
  const encoder = new FrameEncoder(ring.layout.ringBytes);
  return {
    file,
    append: (inputs: MessageInput[]) => {
      const { firstSeq, times } = writer.append(encoder.encode(inputs));
      return { nextSeq: firstSeq + times.length };
    },
    close: () => ring.close(),
  };
}

function retained(pool: Pool, inputs: MessageInput[]) {
  const after = inputs.map((input) => JSON.stringify("data" in input ? input.data : input.json));
  return { before: contents(pool), after };
}

/** The payloads a pool delivers; its numbers must follow one another. */
function contents(pool: Pool): string[] {
  const { bounds } = pool.info();
  if (bounds === undefined) return [];
  const seqs = Array.from(
    { length: bounds.newest - bounds.oldest + 1 },
    (_, i) => bounds.oldest + i,
  );
  return seqs.map((seq) => JSON.stringify(pool.get(seq).data));
}

/** Whether an append succeeds; the only other thing it may do is to fail with Io. */
function succeeds(append: () => void, path: string): boolean {
  try {
    append();
    return true;
  } catch (error) {
    assert(error instanceof IoError, String(error));
    assertMatch(error.hint!, /free space/);
    assertEquals(error.path, path);
    return false;
  }
}

/** `part` is a run of `whole` that ends at index `from` of it or later. */
function assertIsEnd(part: string[], whole: string[], from: number): void {
  const ends = Array.from({ length: whole.length - from + 1 }, (_, i) => from + i);
  const fits = (end: number) =>
    JSON.stringify(whole.slice(Math.max(0, end - part.length), end)) === JSON.stringify(part);
  assert(ends.some(fits), `${JSON.stringify(part)} is no end of ${JSON.stringify(whole)}`);
}

Deno.test("a follower sees a failed append wholly or not at all, as the pool does, and what follows", async () => {
  for (const share of [0, 0.5, 1]) {
    for (const write of [1, 2]) {
      using client = new ScratchClient();
      using pool = client.pool("followed", { sizeBytes: 8192 });
      pool.append("first");
      const tail = pool.tail({ timeoutMs: PATIENCE_MS, gapPolicy: "error" });
      const { file, append, close } = faultyWriter(pool.path);
      file.fault = { write, share };
      const appended = succeeds(() => append([{ data: "failed" }]), pool.path);
      file.fault = undefined;
      const settled = contents(pool);
      append([{ data: "second" }]);
      for (const data of [...settled, '"second"']) {
        assertEquals(JSON.stringify((await tail.next()).value?.data), data);
      }
      await tail.return!();
      // It counts only where a part of the state that speaks of it was written.
      const mayCount = write === 2 && share > 0;
      assertEquals(settled.includes('"failed"'), appended);
      assertEquals(appended && !mayCount, false);
      close();
    }
  }
});

Deno.test("a flush that fails says that the message is in the pool, so that nobody appends it twice", () => {
  using client = new ScratchClient();
  using pool = client.pool("flushed");
  const flush = { durability: "flush" } as const;
  let error: IoError;
  {
    const fails = () => {
      throw systemError("EIO", "Input/output error (os error 5)");
    };
    using _ = replaced(Deno.FsFile.prototype, "syncDataSync", fails);
    error = assertThrows(() => pool.append("kept", [], flush), IoError);
  }
  assertEquals([pool.get(1).data, error.path], ["kept", pool.path]);
  assertEquals(pool.append("next", [], flush).seq, 2);
  assertEquals(diagnosePool(pool.path).issues, []);
  assertEquals(error.seq, 1, "the error names the message");
  assertMatch(`${error.message} ${error.hint}`, /appended/);
});

Deno.test("a pool is created whole or not at all when the disk is full", () => {
  const faults: [string, () => Disposable][] = [
    ["no space for the header", () =>
      replaced(Deno.FsFile.prototype, "writeSync", () => {
        throw diskFull();
      })],
    ["no space for its size", () =>
      replaced(Deno.FsFile.prototype, "truncateSync", () => {
        throw diskFull();
      })],
    ["space for half of the header", () => {
      const { writeSync } = Deno.FsFile.prototype;
      let calls = 0;
      return replaced(Deno.FsFile.prototype, "writeSync", function (this: Deno.FsFile, bytes) {
        if (calls++ > 0) throw diskFull();
        return writeSync.call(this, bytes.subarray(0, bytes.length / 8));
      });
    }],
    ["no storage", () =>
      replaced(Deno.FsFile.prototype, "syncDataSync", () => {
        throw systemError("EIO", "Input/output error (os error 5)");
      })],
  ];
  const noLinks = () => {
    throw systemError("EPERM", "Operation not permitted (os error 1)");
  };
  for (const link of [Deno.linkSync, noLinks]) {
    for (const [name, startFault] of faults) {
      using client = new ScratchClient();
      using _links = replaced(Deno, "linkSync", link);
      {
        using _fault = startFault();
        assertThrows(() => client.createPool("new"), IoError);
      }
      assertEquals([...Deno.readDirSync(client.dir)], [], name);
      client.createPool("new");
    }
  }
});

Deno.test("a repair that finds no space leaves the damaged pool as it was", () => {
  using client = new ScratchClient();
  using pool = client.pool("damaged", { sizeBytes: 8192 });
  pool.append({ a: "message" });
  spoil(pool.path, [70]);
  const bytes = Deno.readFileSync(pool.path);
  const { writeSync } = Deno.FsFile.prototype;
  let failures = 0;
  for (let failing = 1; failing <= WRITES_MAX; failing++) {
    let calls = 0;
    using _ = replaced(Deno.FsFile.prototype, "writeSync", function (this: Deno.FsFile, part) {
      if (++calls >= failing) throw diskFull();
      return writeSync.call(this, part);
    });
    try {
      repairPool(pool.path);
      break;
    } catch (error) {
      assert(error instanceof IoError, String(error));
      failures++;
    }
    const made = Array.from(Deno.readDirSync(client.dir), ({ name }) => name);
    if (made.filter((name) => !name.endsWith(".lock")).length > 1) break;
    assertEquals(Deno.readFileSync(pool.path), bytes);
  }
  assert(failures > 3, `${failures} failures`);
  const names = Array.from(Deno.readDirSync(client.dir), ({ name }) => name);
  assertEquals(names.filter((name) => name.endsWith(".tmp")), []);
});

const mount = "mount -t tmpfs -o size=64k tmpfs disk";
testUnless(
  reasonNotToRun(
    `mkdir disk && ${IN_NAMESPACE} ${mount}`,
  ),
  "on a small disk that is really full, appends fail, lose nothing, and go on when there is space",
  async () => {
    await using place = new Place();
    Deno.mkdirSync(`${place.dir}/disk`);
    const script = quoted(new URL("full_disk.ts", import.meta.url).pathname);
    const line = `"$deno" run --quiet --allow-all ${script} disk`;
    const { code, stdout, stderr } = await shell(
      place,
      `${IN_NAMESPACE} sh -c ${quoted(`${mount} && exec ${line}`)}`,
    );
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, "done\n");
  },
);

testUnless(
  reasonNotToRun("sh -c 'ulimit -f 20'"),
  "a limit on the size of files fails an append or ends the process, and leaves the pool whole",
  async () => {
    await using place = new Place();
    await place.done("pool", "create", "work", "--size", "64K");
    const feed = "for i in 1 2 3 4 5 6 7 8 9; do printf '\"%01000d\"\\n' $i; done";
    Deno.writeTextFileSync(`${place.dir}/lines`, (await shell(place, feed)).stdout.repeat(4));
    const limited = `ulimit -f 20; cat lines | pls feed work > /dev/null`;
    const ignoring = await shell(place, `trap '' XFSZ; ${limited}`);
    assertEquals([ignoring.code, JSON.parse(ignoring.stderr).error.kind], [8, "Io"]);
    assert((await shell(place, limited)).code > 128);
    for (const prefix of ["", "trap '' XFSZ; "]) {
      assert((await shell(place, `${prefix}ulimit -f 2; pls pool create none`)).code > 0);
    }
    await place.done("doctor", "work");
    await place.done("feed", "work", '"after"');
    assertEquals(JSON.parse(await place.done("pool", "list", "--json")).pools.length, 1);
  },
);
