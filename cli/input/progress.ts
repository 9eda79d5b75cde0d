/**
 * How far a run of `pls feed` has come, in words.
 *
 * @module
 */

/** How far a run is. */
export interface ProgressState {
  /** Messages appended. */
  readonly messages: number;
  /** Bytes of the input read. */
  readonly readBytes: number;
}

/** What a progress line says, short enough for a narrow terminal. */
export function progressText(state: ProgressState, totalBytes: number): string {
  const percent = Math.floor(100 * Math.min(1, state.readBytes / Math.max(1, totalBytes)));
  return `${percent} % read, ${state.messages.toLocaleString("en-US")} messages fed`;
}
