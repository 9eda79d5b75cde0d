/**
 * A writer in the middle of an append: `holding_writer.ts PATH`. It has written a frame
 * and not yet the state that makes it count, says `holding`, and goes on when there is a
 * line on standard input.
 *
 * @module
 */

import { FrameEncoder } from "../../pool/encoder.ts";
import { DiskFile } from "../../pool/file.ts";
import { RingFile } from "../../pool/ring.ts";
import { STATE_OFFSETS } from "../../pool/state.ts";
import { PoolWriter } from "../../pool/writer.ts";

/** A file that waits before a state is written. */
class HeldFile extends DiskFile {
  override writeAt(bytes: Uint8Array, offset: number): void {
    if (STATE_OFFSETS.some((slot) => slot === offset)) {
      console.log("holding");
      Deno.stdin.readSync(new Uint8Array(16));
    }
    super.writeAt(bytes, offset);
  }
}

if (import.meta.main) {
  const [path] = Deno.args;
  const ring = new RingFile(new HeldFile(path, { write: true }), path);
  const frames = new FrameEncoder(ring.layout.ringBytes).encode([{ data: "of the holder" }]);
  new PoolWriter(ring, 0).append(frames);
}
