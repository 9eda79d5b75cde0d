/**
 * Reading server-sent events out of text that comes in pieces.
 *
 * @module
 */

/** One event. */
export interface ServerSentEvent {
  /** Its type; `message` when it names none. */
  type: string;
  /** Its data. */
  data: string;
}

/** Puts pieces of text together and takes whole events out. */
export class EventReader {
  #rest = "";

  /** The events that are whole now that `piece` has come. Lines end in LF. */
  push(piece: string): ServerSentEvent[] {
    const text = this.#rest + piece;
    const events: ServerSentEvent[] = [];
    let start = 0;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n", start)) {
      const event = readEvent(text.slice(start, end));
      if (event !== undefined) events.push(event);
      start = end + 2;
    }
    this.#rest = text.slice(start);
    return events;
  }
}

/** A block without data, such as a comment that keeps the connection open, is no event. */
function readEvent(block: string): ServerSentEvent | undefined {
  let type = "message";
  let data: string | undefined;
  for (const line of block.split("\n")) {
    const value = line.slice(line.indexOf(":") + 1).replace(/^ /, "");
    if (line.startsWith("event:")) type = value;
    else if (line.startsWith("data:")) data = data === undefined ? value : `${data}\n${value}`;
  }
  return data === undefined ? undefined : { type, data };
}
