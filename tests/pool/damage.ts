/**
 * Pools to damage, and what is in them.
 *
 * @module
 */

import type { Client, Message } from "@plasmite/pool";
import { DiskFile } from "../../pool/file.ts";
import { viewOf } from "../../pool/binary.ts";
import { FRAME_HEADER_BYTES, sealFrame, writeFrameLengths } from "../../pool/frame.ts";
import type { State } from "../../pool/state.ts";
import { RingFile } from "../../pool/ring.ts";

/** A message and where its frame lies in the file. */
export interface PlacedMessage {
  message: Message;
  /** Whether the byte at `offset` of the file is one of its frame's, padding aside. */
  covers: (offset: number) => boolean;
}

/** What a pool of tests holds. */
export interface FilledPool {
  /** The pool file. */
  path: string;
  /** The messages retained, oldest first. */
  messages: PlacedMessage[];
}

/** Creates the pool `name` of 64 KiB and appends `count` messages of different sizes. */
export function filledPool(client: Client, name: string, count: number): FilledPool {
  client.createPool(name, { sizeBytes: 64 * 1024, maxAgeMs: 86_400_000 });
  using pool = client.openPool(name);
  const ring = new RingFile(new DiskFile(pool.path, { write: false }), pool.path);
  const sent: PlacedMessage[] = [];
  for (let i = 0; i < count; i++) {
    const data = { i, fill: "é".repeat(i % 97) };
    const message = pool.append(data, i % 3 === 0 ? [] : [`t${i}`, ""]);
    sent.push({ message, covers: placeOf(ring, message) });
  }
  ring.close();
  const oldest = pool.info().bounds?.oldest ?? 1;
  return { path: pool.path, messages: sent.filter(({ message }) => message.seq >= oldest) };
}

/** Where the newest message of the pool in `ring` is. */
function placeOf(ring: RingFile, { tags, json }: Message): (offset: number) => boolean {
  const { ringOffset, ringBytes } = ring.layout;
  const start = ring.readState().newest % ringBytes;
  const tagsText = tags.length === 0 ? "" : JSON.stringify(tags);
  const length = FRAME_HEADER_BYTES + new TextEncoder().encode(tagsText + json).length;
  return (offset) => {
    const at = offset - ringOffset;
    return at >= 0 && at < ringBytes && (at - start + ringBytes) % ringBytes < length;
  };
}

/** The envelopes that a pool delivers, oldest first. */
export function envelopes(client: Client, name: string): string[] {
  using pool = client.openPool(name);
  const { bounds } = pool.info();
  const found: string[] = [];
  for (let seq = bounds?.oldest ?? 1; seq <= (bounds?.newest ?? 0); seq++) {
    try {
      found.push(pool.get(seq).envelope);
    } catch {
      // Lost.
    }
  }
  return found;
}

/** Changes bytes of a file behind everybody's back. */
export function spoil(path: string, offsets: readonly number[]): void {
  const bytes = Deno.readFileSync(path);
  for (const offset of offsets) bytes[offset] ^= 0x55;
  using file = Deno.openSync(path, { write: true });
  file.writeSync(bytes);
}

/** Where in the file the frame is that holds `text`. */
export function offsetOf(path: string, text: string): number {
  const file = new TextDecoder("latin1").decode(Deno.readFileSync(path));
  const offset = file.indexOf(text);
  if (offset === -1) throw new Error(`no ${text} in ${path}`);
  return offset;
}

/** Does something to the bytes of a pool behind its back. */
export function behindTheBackOf(path: string, work: (ring: RingFile, state: State) => void): void {
  const ring = new RingFile(new DiskFile(path, { write: true }), path);
  try {
    work(ring, ring.readState());
  } finally {
    ring.close();
  }
}

/** Appends a frame with any tags and payload (bytes as latin1), as a hostile program would. */
export function appendRaw(path: string, tags: string, payload: string): void {
  behindTheBackOf(path, (ring, state) => {
    const text = Uint8Array.from(tags + payload, (unit) => unit.charCodeAt(0));
    const bytes = new Uint8Array(Math.ceil((28 + text.length) / 8) * 8);
    bytes.set(text, 28);
    writeFrameLengths(viewOf(bytes), 0, tags.length, payload.length);
    const { head: position, nextSeq: seq } = state;
    const time = { seconds: state.lastTime.seconds + 1, nanos: 0 };
    const { seed } = ring.identity;
    sealFrame(bytes, viewOf(bytes), 0, { seq, time, position, seed });
    ring.writeRing(bytes, position);
    ring.writeState({
      ...state,
      generation: state.generation + 1,
      head: position + bytes.length,
      newest: position,
      nextSeq: seq + 1,
      lastTime: time,
    });
  });
}
