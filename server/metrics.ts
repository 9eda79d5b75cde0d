/**
 * What a server counts, in the text format of Prometheus.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { PoolClient, PoolInfo } from "../pool/mod.ts";
import type { Admission } from "./admission.ts";

/** Upper bounds of the buckets of request times, in seconds. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

/** What is looked at when somebody asks. */
export interface Observed {
  /** Where the pools are. */
  readonly client: PoolClient;
  /** Places of requests that are answered at once. */
  readonly operations: Admission;
  /** Places of requests that stay. */
  readonly tails: Admission;
}

/** Counters and gauges of one server. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "plasmite_http_requests_total",
    help: "Requests answered.",
    labelNames: ["method", "route", "status"],
    registers: [this.#registry],
  });
  readonly #durations = new Histogram({
    name: "plasmite_http_request_duration_seconds",
    help: "Time from a request to the end of its answer, tails left out.",
    labelNames: ["route"],
    buckets: DURATION_BUCKETS,
    registers: [this.#registry],
  });
  readonly #appended = this.#counter("plasmite_appended_messages_total", "Messages appended.");
  readonly #delivered = this.#counter("plasmite_tail_bytes_total", "Bytes sent to tails.");
  readonly #tails = this.#gauge("plasmite_tails", "Tails that are open.");
  readonly #operations = this.#gauge("plasmite_operations", "Operations under way.");
  readonly #unreadable = this.#gauge("plasmite_pools_unreadable", "Pools that can't be read.");
  readonly #pools = POOL_GAUGES.map(({ name, help, value }) => {
    return { gauge: this.#gauge(name, help, ["pool"]), value };
  });

  /** Counts a request that was answered. */
  answered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.inc({ method, route, status });
    if (!/tail|events/.test(route)) this.#durations.observe({ route }, seconds);
  }

  /** Counts messages that were appended. */
  appended(count: number): void {
    this.#appended.inc(count);
  }

  /** Counts bytes that were sent to tails. */
  sent(bytes: number): void {
    this.#delivered.inc(bytes);
  }

  /** All of it as text, with the state of every pool as it is now. */
  async text({ client, operations, tails }: Observed): Promise<string> {
    this.#tails.set(tails.taken);
    this.#operations.set(operations.taken);
    const pools = await client.listPools();
    this.#unreadable.set(pools.filter(({ error }) => error !== undefined).length);
    for (const { gauge, value } of this.#pools) {
      gauge.reset();
      for (const { name, info } of pools) {
        if (info !== undefined) gauge.set({ pool: name }, value(info));
      }
    }
    return this.#registry.metrics();
  }

  /** The media type of the text. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  #counter(name: string, help: string): Counter {
    return new Counter({ name, help, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}

const POOL_GAUGES: { name: string; help: string; value: (info: PoolInfo) => number }[] = [
  {
    name: "plasmite_pool_next_seq",
    help: "The number the next message of the pool gets.",
    value: (info) => info.nextSeq,
  },
  {
    name: "plasmite_pool_used_bytes",
    help: "Bytes of the ring that hold messages.",
    value: (info) => info.usedBytes,
  },
  {
    name: "plasmite_pool_ring_bytes",
    help: "Bytes of the ring.",
    value: (info) => info.ringSizeBytes,
  },
];
