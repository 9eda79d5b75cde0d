/**
 * What is appended to the two pools, and how pools are made.
 *
 * @module
 */

import fc from "fast-check";
import { JsonText, type MessageInput, type PoolOptions } from "@plasmite/pool";
import type { World } from "./model_world.ts";

/** Something to append: a value, JSON text, or a string of some share of the ring. */
type Payload =
  | { data: unknown }
  | { text: string; json: string }
  | { fill: number };

/** One message to append. */
export interface Input {
  payload: Payload;
  tags: string[];
}

/** Characters of one to four bytes, half ones, and those that JSON writes as escapes. */
const stringUnit = fc.constantFrom(...'aZ0 é€😀"\\/\n\u0000\u007f\u2028\ufeff', "\ud800", "\udfff");
const value = fc.jsonValue({ stringUnit, maxDepth: 3 });

/** JSON text, and what of it is kept. */
const text = fc.oneof(
  value.map((data) => ({ text: JSON.stringify(data, null, 3), json: JSON.stringify(data) })),
  fc.constantFrom(
    {
      text: " [ 12345678901234567890 , 1.50,\t-0, 1E5 ]\n",
      json: "[12345678901234567890,1.50,-0,1E5]",
    },
    { text: '{ "b" : 1, "a" : 2, "b" : 3 }', json: '{"b":1,"a":2,"b":3}' },
    { text: '"\\u00e9 \\/ \\ud800 \\\\"', json: '"\\u00e9 \\/ \\ud800 \\\\"' },
    { text: '{"1":0,"0": " : , "}', json: '{"1":0,"0":" : , "}' },
  ),
);

const payload: fc.Arbitrary<Payload> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ data: value }) },
  { weight: 2, arbitrary: text },
  { weight: 3, arbitrary: fc.record({ fill: fc.double({ min: 0, max: 0.1, noNaN: true }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      fill: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1.05, noNaN: true })),
    }),
  },
);

const tags = fc.oneof(fc.constant<string[]>([]), fc.subarray(["a", "b", 'ü"\\']));
/** Any message. */
export const anyInput: fc.Arbitrary<Input> = fc.record({ payload, tags });

/** Sizes and limits of a pool. */
export const poolOptions: fc.Arbitrary<PoolOptions> = fc.record({
  sizeBytes: fc.constantFrom(8192, 8192, 8200, 9999, 12_288, 16_384, 65_536),
  indexShare: fc.constantFrom(undefined, 0, 0.01, 0.3, 1),
  maxMessages: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 40 })),
  maxAgeMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 9999 })),
}).map(({ indexShare, ...options }) => {
  const most = Math.min(Math.floor(options.sizeBytes / 64), (options.sizeBytes - 5120) / 32);
  const indexCapacity = indexShare && Math.floor(indexShare * most);
  return { ...options, indexCapacity };
});

/** The JSON text of a payload, and how it is handed over. */
export function resolve(
  world: World,
  { payload, tags }: Input,
): { given: MessageInput; json: string } {
  if ("text" in payload) {
    return { given: { json: JsonText.parse(payload.text), tags }, json: payload.json };
  }
  if ("data" in payload) {
    return { given: { data: payload.data, tags }, json: JSON.stringify(payload.data) };
  }
  // With a share of 1, the frame takes the ring exactly.
  const bytes = Math.round(payload.fill * (world.reference.limits.ringBytes - 28));
  const data = "f".repeat(Math.max(0, bytes - 2));
  return { given: { data, tags }, json: JSON.stringify(data) };
}
