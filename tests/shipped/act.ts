/**
 * What the tests of a command are made of.
 *
 * @module
 */

import type { Pls } from "./pls.ts";
import type { Way } from "./ways.ts";

/** Does with a command what it should be able to, and fails where it is not. */
export type Act = (pls: Pls, way: Way) => Promise<void>;

/** What commands promise, by their names: what it is, and what tries it. */
export type Promises = Readonly<Record<string, Readonly<Record<string, Act>>>>;
