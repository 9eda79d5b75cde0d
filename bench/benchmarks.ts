/**
 * All benchmarks, in the order they run.
 *
 * @module
 */

import { append } from "./append.ts";
import type { Benchmark } from "./benchmark.ts";
import { appendMany } from "./append_many.ts";
import { latency } from "./latency.ts";
import { scan } from "./scan.ts";
import { commands } from "./commands.ts";
import { feedLines } from "./command_feed.ts";
import { followLines } from "./command_follow.ts";
import { followers, writers } from "./crowd.ts";
import { growth } from "./growth.ts";
import { idle } from "./idle.ts";
import { memory, space } from "./memory.ts";
import { messaging } from "./messaging.ts";
import { nats } from "./nats.ts";
import { natsCapacity } from "./nats_capacity.ts";
import { serve } from "./serve.ts";
import { serveIdle } from "./serve_idle.ts";

/** All benchmarks. */
export const BENCHMARKS: readonly Benchmark[] = [
  append,
  appendMany,
  scan,
  growth,
  space,
  latency,
  commands,
  feedLines,
  followLines,
  writers,
  followers,
  memory,
  idle,
  serve,
  serveIdle,
  messaging,
  nats,
  natsCapacity,
];
