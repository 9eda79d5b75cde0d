/**
 * What fuzzing sends: messages that are right, nearly right, and nothing of the kind.
 *
 * @module
 */

import fc from "fast-check";

/** Names of pools that are there, are not, or lead somewhere else. */
export const POOL_NAMES = [
  ...["busy", "empty", "busy.plasmite", "missing", "", ".", "..", " ", "-", "*", "~", "$HOME"],
  ...["../outside/secret", "../outside/secret.plasmite", "..\\outside\\secret", "%2e%2e%2foutside"],
  ...["/etc/passwd", "/dev/full", "file:///etc/passwd", "http://127.0.0.1:1/x", "build:jobs"],
  ...["a\0b", "\n", "\u202e", "é", "\ud800", "__proto__", "constructor", "con", "a/b", "x\u0001"],
  ...[".plasmite", "x".repeat(200), "x".repeat(201), "y".repeat(70_000)],
] as const;

const KEYS = ["__proto__", "constructor", "toString", "", "id", "_meta", "pool", "\0", "1", "a"];
const WORDS = [
  ...["", " ", "\0", "\ud800", "x", "10m", "5x", "-1s", "99999999999d", "2026-01-31T12:00:00Z"],
  ...[
    ".",
    ".data.id == 1",
    ".data.id ==",
    "true",
    "[",
    "def f: f; f",
    "input",
    "env",
    "x".repeat(9999),
  ],
];
const NUMBERS = [
  ...[0, -0, -1, 1, 20, 200, 201, 0.5, 8191, 8192, 65_536, 60_000, 60_001, 1e21, 1e300, -1e300],
  ...[Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER + 1, 2 ** 40 + 1, Number.MIN_VALUE],
];

const number = fc.oneof(fc.constantFrom(...NUMBERS), fc.integer());
const word = fc.oneof(fc.constantFrom(...WORDS, ...POOL_NAMES), fc.string({ unit: "binary" }));

/** Any JSON value, with keys that objects have already among its keys. */
export const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, true, false),
    number,
    word,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 4 }),
  ),
})).value;

/** What a tool says of its arguments: as much of JSON Schema as the tools use. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
}

/** A tool as it is listed. */
export interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Schema;
}

/** A value that `schema` allows; `name` is that of the argument. */
function allowed(name: string, schema: Schema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => allowed(name, one)));
  if (name === "pool" || name === "name") return fc.constantFrom(...POOL_NAMES);
  if (name === "where") return fc.constantFrom(".data.id == 1", "true", ".x |");
  // Nobody waits long here, and no disk is filled.
  if (name === "timeout_ms") return fc.integer({ min: 0, max: 20 });
  if (name === "size") return fc.constantFrom(8192, 65_536, 1);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "string") return word;
  if (type === "boolean") return fc.boolean();
  if (type === "integer" || type === "number") {
    const { minimum: min = -100, maximum = 100 } = schema;
    return fc.integer({ min, max: Math.min(maximum, 1000) });
  }
  if (type === "array") {
    const { items = {}, minItems: minLength = 0, maxItems = 3 } = schema;
    return fc.array(allowed(name, items), { minLength, maxLength: Math.min(maxItems, 3) });
  }
  return type === "object" ? argumentsFor(schema) : value;
}

function argumentsFor({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
  const entries = Object.entries(properties).map(([name, schema]) => {
    const argument = allowed(name, schema);
    const isRequired = required.includes(name);
    return [
      name,
      isRequired ? argument.map((value) => [value]) : fc.option(argument.map((v) => [v])),
    ];
  });
  // Arguments that are not given are null here, and left out then.
  const model: Record<string, fc.Arbitrary<unknown[] | null>> = Object.fromEntries(entries);
  return fc.record(model).map((given) => {
    return Object.fromEntries(
      Object.entries(given).flatMap(([name, value]) => value === null ? [] : [[name, value[0]]]),
    );
  });
}

/** Arguments for a tool: as its schema wants them, with one of them wrong, or anything. */
function argumentsOf({ inputSchema }: ListedTool): fc.Arbitrary<unknown> {
  const right = argumentsFor(inputSchema);
  const names = [...Object.keys(inputSchema.properties ?? {}), "unknown", "__proto__"];
  const wrong = fc.tuple(right, fc.constantFrom(...names), value).map(([args, name, odd]) => {
    const given = Object.entries(args as Record<string, unknown>).filter(([key]) => key !== name);
    return Object.fromEntries([...given, [name, odd]]);
  });
  const less = fc.tuple(right, fc.constantFrom(...names)).map(([args, name]) => {
    return Object.fromEntries(Object.entries(args as object).filter(([key]) => key !== name));
  });
  return fc.oneof({ weight: 4, arbitrary: right }, wrong, less, value);
}

/** Has a wait end soon also when nothing says so. */
function patient(params: { name: unknown; arguments: unknown }): unknown {
  const { name, arguments: args } = params;
  if (name !== "plasmite_wait" || typeof args !== "object" || args === null) return params;
  const { timeout_ms: given } = args as { timeout_ms?: unknown };
  const isLong = given === undefined || typeof given === "number" && given > 20;
  return isLong ? { name, arguments: { ...args, timeout_ms: 20 } } : params;
}

/** A message as an object, with an id or without. */
export type Message = Readonly<Record<string, unknown>>;

const INITIALIZE = {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "fuzz", version: "1" },
};
const URIS = POOL_NAMES.map((name) => `plasmite:///pools/${name}`);
const uri = fc.oneof(
  fc.constantFrom(...URIS, "plasmite://x/pools/busy", "file:///etc/passwd"),
  word,
);
const PROMPTS = ["watch_pool", "hand_off_work", "post_mortem", "__proto__", ""];
const METHODS = [
  ...["initialize", "ping", "tools/list", "tools/call", "resources/list", "resources/read"],
  ...["resources/templates/list", "resources/subscribe", "resources/unsubscribe", "prompts/list"],
  ...["prompts/get", "server/discover", "completion/complete", "logging/setLevel", "nothing"],
  ...["", "__proto__", "constructor", "toString", "tools/call\0", "notifications/initialized"],
];

/** A method with parameters that belong to it, or don't. */
function methodAndParams(tools: readonly ListedTool[]): fc.Arbitrary<Message> {
  const calls = tools.map((tool) => {
    return argumentsOf(tool).map((args) => patient({ name: tool.name, arguments: args }));
  });
  const odd = fc.record({ method: fc.constantFrom(...METHODS), params: value }, {
    requiredKeys: ["method"],
  });
  const fitting = (method: string, params: fc.Arbitrary<unknown>) => {
    return params.map((params) => ({ method, params }));
  };
  return fc.oneof(
    { weight: 8, arbitrary: fitting("tools/call", fc.oneof(...calls)) },
    { weight: 3, arbitrary: odd },
    fitting("tools/call", fc.record({ name: word, arguments: value })),
    fitting("initialize", fc.constant(INITIALIZE)),
    fitting("resources/read", fc.record({ uri })),
    fitting("resources/subscribe", fc.record({ uri })),
    fitting("resources/unsubscribe", fc.record({ uri })),
    fitting(
      "prompts/get",
      fc.record({
        name: fc.constantFrom(...PROMPTS),
        arguments: fc.oneof(value, fc.record({ pool: word, task: word })),
      }),
    ),
  );
}

const id = fc.oneof(
  { weight: 6, arbitrary: fc.integer() },
  { weight: 3, arbitrary: fc.string() },
  fc.constantFrom(null, 1.5, true, {}, [], 1e300, "", "__proto__", "i".repeat(50_000)),
);

/** A request, whose id can be anything. */
export function request(tools: readonly ListedTool[]): fc.Arbitrary<Message> {
  return fc.tuple(id, methodAndParams(tools)).map(([id, rest]) => ({
    jsonrpc: "2.0",
    id,
    ...rest,
  }));
}

/** What is no answer to anything, and asks for none. */
const unasked: fc.Arbitrary<Message> = fc.oneof(
  fc.record({
    jsonrpc: fc.constant("2.0"),
    method: fc.constantFrom(...METHODS, "notifications/progress", "notifications/message"),
    params: fc.dictionary(fc.constantFrom(...KEYS.slice(1)), value),
  }),
  // Of requests that were never made; those under way have other ids.
  fc.record({ jsonrpc: fc.constant("2.0"), method: fc.constant("notifications/cancelled") }),
  fc.oneof(fc.uuid(), fc.constantFrom(-77.5, null, {}, [])).map((requestId) => ({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId, reason: "fuzz" },
  })),
  fc.record({ jsonrpc: fc.constant("2.0"), id, result: value }),
  fc.record({ jsonrpc: fc.constant("2.0"), id, error: value }),
);

/** A message, or what looks like one. */
export function message(tools: readonly ListedTool[]): fc.Arbitrary<unknown> {
  const one = request(tools);
  const twisted = fc.tuple(one, fc.constantFrom("jsonrpc", "id", "method", "params", "x"), value)
    .map(([message, key, odd]) => ({ ...message, [key]: odd }));
  return fc.oneof(
    { weight: 10, arbitrary: one },
    { weight: 2, arbitrary: unasked },
    { weight: 2, arbitrary: twisted },
    fc.array(fc.oneof(one, value), { maxLength: 3 }),
    value,
  );
}

/** Nested values, as text: more than a stack holds. */
const deep = fc.tuple(fc.constantFrom(10, 1000, 5000, 100_000), fc.constantFrom("[", '{"a":')).map(
  ([depth, open]) => open.repeat(depth) + "1" + (open === "[" ? "]" : "}").repeat(depth),
);

/** Text that is close to a message: deep, cut off, with keys twice. */
function oddText(tools: readonly ListedTool[]): fc.Arbitrary<string> {
  const text = request(tools).map((message) => JSON.stringify(message));
  return fc.oneof(
    fc.tuple(text, fc.nat(200)).map(([text, length]) => text.slice(0, length).trimEnd()),
    text.map((text) => text.replace("{", '{"id":"first","jsonrpc":"1.0",')),
    text.map((text) => text.replace("{", '{"__proto__":{"id":1,"method":"ping"},')),
    fc.tuple(fc.nat(), deep).map(([id, deep]) => {
      return `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"plasmite_feed",` +
        `"arguments":{"pool":"busy","data":${deep}}}}`;
    }),
    fc.tuple(fc.nat(), deep).map(([id, deep]) => {
      return `{"jsonrpc":"2.0","id":${id},"method":"tools/list","params":{"_meta":{"x":${deep}}}}`;
    }),
    deep,
    fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", " ")),
    fc.constantFrom(" ", "\t\r", "\0", "nul", "\ufeff{}", "[", '"', "1e999", "-", "{}{}"),
  );
}

/** A line, without its line feed. */
export function line(tools: readonly ListedTool[]): fc.Arbitrary<Uint8Array> {
  const encode = (text: string) => new TextEncoder().encode(text);
  return fc.oneof(
    { weight: 8, arbitrary: message(tools).map((message) => encode(JSON.stringify(message))) },
    { weight: 3, arbitrary: oddText(tools).map(encode) },
    fc.uint8Array({ max: 255, maxLength: 80 }).map((bytes) => bytes.map((b) => b === 10 ? 11 : b)),
  );
}
