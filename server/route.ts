/**
 * What a route is: one description from which the application, its access rules and the
 * OpenAPI document are made.
 *
 * @module
 */

import type { Answer } from "./answers.ts";
import type { Query } from "./requests.ts";
import type { Serving } from "./serving.ts";

/** What a handler is given. */
export interface Call {
  /** The request. */
  readonly request: Request;
  /** The values of its query. */
  readonly query: Query;
  /** The segments of the path that the route leaves open, as they stand in the URL. */
  readonly segments: Readonly<Record<string, string>>;
  /**
   * Takes a place among the operations under way, which is given back once the answer is
   * sent. To be called when all of the request is there: a slow client must not hold a place.
   *
   * @throws {BusyError} when there is none.
   */
  readonly admit: () => void;
  /** Cuts the connection. */
  readonly cut: () => void;
  /** Is told of bytes of a streamed body as they are sent. */
  readonly onBytes: (bytes: number) => void;
  /** What all requests share. */
  readonly serving: Serving;
}

/** What may be asked of a route. */
export interface RouteDocumentation {
  /** What it does, in one line. */
  readonly summary: string;
  /** Keys of the query and what they mean. */
  readonly query?: Readonly<Record<string, string>>;
  /** The type of the request's body and what is in it. */
  readonly body?: { readonly type: string; readonly description: string };
  /** The type of the answer with status 200 and what is in it. */
  readonly answer: { readonly type: string; readonly description: string };
}

/**
 * Who may call a route: whoever the access mode lets read or write, whoever has a valid token
 * (`"any"`), or everybody (`"open"`).
 */
export type RouteAccess = "read" | "write" | "any" | "open";

/** One method of one path. */
export interface Route extends RouteDocumentation {
  /** The method. `GET` answers `HEAD` as well. */
  readonly method: "GET" | "POST" | "DELETE";
  /** The path, with open segments as `:name`. */
  readonly path: string;
  /** Who may call it. */
  readonly access: RouteAccess;
  /** Answers a request. Failures are thrown. */
  handle(call: Call): Answer | Promise<Answer>;
}
