/**
 * What a state leaves out when the one after it was torn or damaged.
 *
 * @module
 */

import { frameSeq, frameTime } from "./frame.ts";
import type { FrameReader } from "./frame_reader.ts";
import type { State } from "./state.ts";

/**
 * `state` with the frames taken in that follow its head without a break; `state` itself
 * when there are none.
 */
export function rollForward(reader: FrameReader, state: State, ringBytes: number): State {
  const limit = state.tail + ringBytes;
  let { head, nextSeq, newest, lastTime } = state;
  while (reader.read(head, { head: limit, fromSeq: nextSeq, nextSeq: Infinity }) > 0) {
    if (frameSeq(reader.view, 0) !== nextSeq) break;
    const last = reader.offsets[reader.count - 1];
    nextSeq = frameSeq(reader.view, last) + 1;
    newest = reader.start + last;
    lastTime = frameTime(reader.view, last);
    head = reader.end;
  }
  return head === state.head ? state : { ...state, head, nextSeq, newest, lastTime };
}
