/**
 * A refusal by the server, as it is shown.
 *
 * @module
 */

/** What the server's error envelope says. */
export interface ErrorBody {
  /** Kind, such as `NotFound`. */
  kind?: string;
  /** What went wrong. */
  message?: string;
  /** What to do about it. */
  hint?: string;
}

/** A refusal by the server. */
export class ServerError extends Error {
  /** HTTP status; 0 for an error told inside a stream. */
  readonly status: number;
  /** Kind, such as `NotFound`; empty when the answer named none. */
  readonly kind: string;
  /** What to do about it; empty when the answer did not say. */
  readonly hint: string;

  /** A refusal with this HTTP status and envelope. */
  constructor(status: number, body: ErrorBody) {
    super(body.message ?? `the server answered ${status}`);
    this.status = status;
    this.kind = body.kind ?? "";
    this.hint = body.hint ?? "";
  }

  /** Reads the refusal out of `response`. */
  static async from(response: Response): Promise<ServerError> {
    const text = await response.text().catch(() => "");
    return new ServerError(response.status, readErrorBody(text) ?? {});
  }

  /** Whether trying again by itself may help. */
  get isPassing(): boolean {
    if (this.status === 0) return ["Busy", "Io", "Internal"].includes(this.kind);
    return this.status === 423 || this.status === 429 || this.status >= 500;
  }
}

/** The `error` of an error envelope. */
export function readErrorBody(text: string): ErrorBody | undefined {
  try {
    return JSON.parse(text)?.error;
  } catch {
    return undefined;
  }
}

/** What to show for a failure of any sort: the message, then what to do. */
export function errorText(error: unknown): string {
  if (error instanceof ServerError) {
    if (error.kind === "NotFound") return "there is no such pool";
    return error.hint === "" ? error.message : `${error.message} · ${error.hint}`;
  }
  if (error instanceof TypeError) return "the server can't be reached";
  return error instanceof Error ? error.message : String(error);
}
