/**
 * The access log of `pls serve`: a line of JSON for every answered request.
 *
 * @module
 */

import { IoError } from "../pool/mod.ts";
import type { RequestLogEntry } from "../server/mod.ts";
import { failureEnvelope, failureText } from "./failure.ts";
import type { Screen } from "./screen.ts";

/** Where lines about requests go. */
export interface RequestLog extends Disposable {
  /** Writes the line of one request. Never throws: a full disk must not end a server. */
  readonly write: (entry: RequestLogEntry) => void;
}

/**
 * Opens the log at `path`, which is made for its owner alone and appended to; `-` is
 * standard error. Without a path there is none.
 *
 * @throws {IoError} when it can't be opened.
 * @throws {Deno.errors.NotCapable} when Deno may not write it.
 */
export function openRequestLog(path: string | undefined, stderr: Screen): RequestLog | undefined {
  if (path === undefined) return undefined;
  if (path === "-") return logTo((line) => stderr.write(line), () => {}, () => {});
  const file = openForAppending(path);
  const encoder = new TextEncoder();
  const writeLine = (line: string) => writeAll(file, encoder.encode(line));
  const complain = (cause: unknown) => {
    const hint = "Requests are answered all the same. Make room: the log goes on by itself.";
    const error = new IoError("can't write the request log", { path, cause, hint });
    stderr.write(
      stderr.isTerminal ? failureText(error, stderr) : failureEnvelope(error) + "\n",
    );
  };
  return logTo(writeLine, complain, () => file.close());
}

/** One line of the log, with its line end. */
function requestLogLine(entry: RequestLogEntry): string {
  const { time, client, method, path, status, durationMs, sentBytes } = entry;
  const duration_ms = Math.round(durationMs * 1000) / 1000;
  return JSON.stringify({
    time,
    client,
    method,
    path,
    status,
    duration_ms,
    sent_bytes: sentBytes,
  }) +
    "\n";
}

function logTo(
  writeLine: (line: string) => void,
  complain: (error: unknown) => void,
  close: () => void,
): RequestLog {
  let failing = false;
  const write = (entry: RequestLogEntry) => {
    try {
      writeLine(requestLogLine(entry));
      failing = false;
    } catch (error) {
      // Once is enough, until it works again.
      if (!failing) attempt(() => complain(error));
      failing = true;
    }
  };
  return { write, [Symbol.dispose]: close };
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Nobody listens any more.
  }
}

function openForAppending(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  } catch (cause) {
    // What Deno was not allowed is told as that.
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    throw new IoError("--request-log: can't open the file", {
      path,
      cause,
      hint: "Check the path, and that the directory is there.",
    });
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
