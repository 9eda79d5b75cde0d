/**
 * What a killed writer left in the file: it tells in which step of an append it died.
 *
 * @module
 */

import { DiskFile } from "../../pool/file.ts";
import { FRAME_HEADER_BYTES, frameSeq } from "../../pool/frame.ts";
import { viewOf } from "../../pool/binary.ts";
import { RingFile } from "../../pool/ring.ts";
import { decodeStates, STATE_OFFSETS, STATE_SPAN_BYTES } from "../../pool/state.ts";

/** In which steps a writer died, as far as the file tells. */
export interface Remains {
  /** The sequence number that the next message gets. */
  nextSeq: number;
  /** Frames that no state speaks of lie behind the head. */
  framesBehindHead: boolean;
  /** The last state written makes room for frames that no state speaks of. */
  roomMade: boolean;
}

/** Looks at the pool at `path`, which nobody writes to. */
export function remainsIn(path: string): Remains {
  const file = new DiskFile(path, { write: false });
  const ring = new RingFile(file, path);
  try {
    return {
      nextSeq: ring.readState().nextSeq,
      framesBehindHead: hasFramesBehindHead(ring),
      roomMade: isRoomMade(file, ring),
    };
  } finally {
    ring.close();
  }
}

/** What lies there from an earlier lap has lower numbers. */
function hasFramesBehindHead(ring: RingFile): boolean {
  const { head, nextSeq } = ring.readState();
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  ring.readRing(header, head);
  return frameSeq(viewOf(header), 0) === nextSeq;
}

function isRoomMade(file: DiskFile, ring: RingFile): boolean {
  const bytes = new Uint8Array(STATE_SPAN_BYTES);
  file.readAt(bytes, STATE_OFFSETS[0]);
  const [one, other] = decodeStates(bytes, viewOf(bytes), ring.identity);
  if (one === undefined || other === undefined) return false;
  return one.head === other.head && one.tail !== other.tail;
}
