/**
 * The parameters of requests, checked: whatever a program sends, methods get values of the types
 * that they are written for.
 *
 * A member that is missing or null is the empty one where it has to be there, and is left out where
 * it may be. Members that nobody knows are passed over.
 *
 * @module
 */

import { LENIENT_METHODS, newError, type ReadRequest } from "../contracts/mod.ts";
import type { CallName, Calls } from "../service/mod.ts";

/** The request of each method that is answered. */
export type Requests = { [Name in CallName]: Calls[Name][0] } & { Read: ReadRequest };

/** A text, `true` or `false`, a whole number of 0 or more, a list of texts. */
type Kind = "text" | "flag" | "count" | "texts";

type KindOf<Value> = Value extends string ? "text"
  : Value extends boolean ? "flag"
  : Value extends number ? "count"
  : "texts";

/** The kinds of the members of `Request`, with `?` behind those that may be missing. */
type ShapeOf<Request> = {
  readonly [Name in keyof Required<Request>]: Record<never, never> extends Pick<Request, Name>
    ? `${KindOf<NonNullable<Request[Name]>>}?`
    : KindOf<NonNullable<Request[Name]>>;
};

const SESSION = { session: "text?" } as const;
const SEND_TARGET = {
  ...SESSION,
  handle: "text?",
  channel: "text?",
  bare_target: "text?",
} as const;

const SHAPES: { readonly [Name in keyof Requests]: ShapeOf<Requests[Name]> } = {
  Status: SESSION,
  Create: { ...SESSION, handle: "text", kind: "text?", manifold: "text?" },
  Switch: { ...SESSION, handle: "text" },
  Connect: { ...SESSION, handle: "text" },
  Disconnect: SESSION,
  SetNamespace: { ...SESSION, namespace: "text" },
  UnsetNamespace: SESSION,
  SourceDestroy: { handle: "text" },
  PipeCreate: {
    ...SESSION,
    handle: "text",
    manifold: "text?",
    source_handle: "text?",
    name: "text",
    ttl_seconds: "count?",
    max_msgs: "count?",
    max_bytes: "count?",
  },
  PipeDestroy: {
    ...SESSION,
    handle: "text",
    name: "text",
    bare_target: "text?",
    manifold: "text?",
  },
  Send: {
    ...SEND_TARGET,
    payload: "text",
    msg_subject: "text?",
    in_reply_to: "text?",
    ack_requested: "flag?",
    sender: "text?",
  },
  SendBatch: { ...SEND_TARGET, payloads: "texts" },
  List: SESSION,
  ListWatch: { ...SESSION, patterns: "texts?" },
  Who: {},
  Diag: {},
  SubsList: SESSION,
  SubsAdd: { ...SESSION, targets: "texts" },
  SubsRemove: { ...SESSION, targets: "texts", force: "flag?" },
  SubsWait: SESSION,
  Read: {
    ...SESSION,
    handle: "text",
    channel: "text",
    limit: "count?",
    skip: "count?",
    since_ms: "count?",
    json: "flag?",
    follow: "flag?",
    no_advance: "flag?",
    all: "flag?",
    bare_target: "text?",
    manifold: "text?",
    sender: "text?",
  },
};

const IS_OF_KIND: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  flag: (value) => typeof value === "boolean",
  count: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  texts: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
};

const NAME_OF_KIND: Readonly<Record<Kind, string>> = {
  text: "a string",
  flag: "true or false",
  count: "a whole number of 0 or more",
  texts: "a list of strings",
};

const EMPTY: Readonly<Record<Kind, () => unknown>> = {
  text: () => "",
  flag: () => false,
  count: () => 0,
  texts: () => [],
};

/** Whether a method is one that {@linkcode decodeParams} can be asked for. */
export function isAnswered(method: string): method is keyof Requests {
  return Object.hasOwn(SHAPES, method);
}

/**
 * The request that `params` are for `method`.
 *
 * @throws {MessagingError} `E_PROTOCOL` when they are missing or can't be that, unless the method
 * is one for which that means an empty request.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(decodeParams("Switch", { handle: "nina", color: "red" }), { handle: "nina" });
 * assertEquals(decodeParams("Status", 7), {});
 * ```
 */
export function decodeParams<Name extends keyof Requests>(
  method: Name,
  params: unknown,
): Requests[Name] {
  try {
    return decoded(SHAPES[method], params) as Requests[Name];
  } catch (error) {
    if (LENIENT_METHODS.has(method)) return {} as Requests[Name];
    throw error;
  }
}

function decoded(shape: object, params: unknown): Record<string, unknown> {
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    throw newError("E_PROTOCOL", "params is not a JSON object");
  }
  const given = params as Record<string, unknown>;
  const request: Record<string, unknown> = {};
  for (const [name, kindText] of Object.entries(shape)) {
    const kind = kindText.replace("?", "") as Kind;
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || value === null) {
      if (kind === kindText) request[name] = EMPTY[kind]();
    } else if (IS_OF_KIND[kind](value)) {
      request[name] = value;
    } else {
      throw newError("E_PROTOCOL", `params.${name} is not ${NAME_OF_KIND[kind]}`);
    }
  }
  return request;
}
