/**
 * A progress line that what else is written to the terminal does not collide with.
 *
 * @module
 */

import { ProgressLine } from "../progress_line.ts";
import { Screen } from "../screen.ts";
import { Session } from "../session.ts";

/** A progress line on standard error, and a session whose standard error hides it first. */
export class StatusLine implements Disposable {
  /** The session, with pools of its own. */
  readonly session: Session;
  readonly #line: ProgressLine<[]>;

  /** A line on the standard error of `session`, with what `text` gives. */
  constructor(session: Session, text: () => string) {
    const { stderr } = session;
    const line = new ProgressLine(stderr, text);
    const sink = {
      writeSync(bytes: Uint8Array): number {
        line.hide();
        stderr.writeBytes(bytes);
        return bytes.length;
      },
    };
    const { isTerminal, color } = stderr;
    const screen = new Screen(sink, {
      ...{ stream: "error", isTerminal, noColor: false },
      colorChoice: color ? "always" : "never",
    });
    const { stdin, stdout, settings } = session;
    this.session = new Session({ stdin, stdout, settings, stderr: screen });
    this.#line = line;
  }

  /** Shows the line anew if it is time to. */
  update(): void {
    this.#line.update();
  }

  /** Clears the line, so that something else can be written. */
  hide(): void {
    this.#line.hide();
  }

  /** Clears the line for good, and gives up the pools. */
  [Symbol.dispose](): void {
    this.#line[Symbol.dispose]();
    this.session[Symbol.dispose]();
  }
}
