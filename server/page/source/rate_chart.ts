/**
 * Messages a second over the last minutes.
 *
 * @module
 */

import uPlot from "uplot";
import { element, setText } from "./dom.ts";
import { formatRate } from "./format.ts";

const WINDOW_S = 180;
const AXIS_FONT = "11px system-ui, sans-serif";

/** A chart that a look at the pool is added to every second. */
export class RateChart {
  /** What is in the page. */
  readonly root: HTMLElement;
  readonly #reading = element("span", { class: "number" });
  readonly #canvas = element("div", { class: "chart-area" });
  readonly #times: number[] = [];
  readonly #rates: (number | null)[] = [];
  #plot: uPlot | undefined;
  #isHovered = false;

  /** An empty chart. */
  constructor() {
    const caption = element(
      "figcaption",
      {},
      element("span", {}, "Messages/s, last 3 minutes"),
      this.#reading,
    );
    this.root = element("figure", { class: "chart" }, caption, this.#canvas);
    new ResizeObserver(() => this.#resize()).observe(this.#canvas);
  }

  /** Adds the rate at `atMs`; null when it is not known. */
  add(rate: number | null, atMs: number): void {
    this.#times.push(atMs / 1000);
    this.#rates.push(rate);
    const oldest = atMs / 1000 - WINDOW_S - 5;
    while (this.#times[0] < oldest) {
      this.#times.shift();
      this.#rates.shift();
    }
    if (!this.#isHovered) setText(this.#reading, "");
    this.#plot?.setData([this.#times, this.#rates]);
  }

  /** Draws anew in the colours of the page. */
  recolour(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#resize();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (width === 0 || height === 0) return;
    if (this.#plot !== undefined) return this.#plot.setSize({ width, height });
    this.#plot = new uPlot(this.#options(width, height), [this.#times, this.#rates], this.#canvas);
  }

  #options(width: number, height: number): uPlot.Options {
    const axis: uPlot.Axis = {
      stroke: this.#colour("--muted"),
      font: AXIS_FONT,
      grid: { stroke: this.#colour("--line"), width: 1 },
      ticks: { show: false },
    };
    return {
      width,
      height,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 5 } },
      scales: {
        x: { range: (_plot, _low, high) => [(high ?? 0) - WINDOW_S, high ?? WINDOW_S] },
        y: { range: (_plot, _low, high) => [0, roundUp(high ?? 0)] },
      },
      axes: [
        {
          ...axis,
          size: 20,
          space: 60,
          gap: 3,
          grid: { show: false },
          values: (_plot, splits) => splits.map(clockLabel),
        },
        {
          ...axis,
          size: 44,
          space: 24,
          gap: 4,
          values: (_plot, splits) => splits.map(rateLabel),
        },
      ],
      series: [{}, {
        stroke: this.#colour("--accent"),
        fill: this.#colour("--accent-soft"),
        width: 1.5,
        points: { show: false },
      }],
      hooks: { setCursor: [(plot) => this.#onCursor(plot)] },
    };
  }

  /** A colour of the page: what `light-dark()` in it comes to is only told of what has it. */
  #colour(name: string): string {
    const { style } = this.#canvas;
    style.color = `var(${name})`;
    const { color } = getComputedStyle(this.#canvas);
    style.removeProperty("color");
    return color;
  }

  #onCursor(plot: uPlot): void {
    const at = plot.cursor.idx;
    const time = at == null ? undefined : this.#times[at];
    this.#isHovered = time !== undefined && (plot.cursor.left ?? -1) >= 0;
    if (!this.#isHovered || at == null || time === undefined) return;
    const clock = new Date(time * 1000).toLocaleTimeString();
    setText(this.#reading, `${formatRate(this.#rates[at] ?? 0)} at ${clock}`);
  }
}

/** Minutes, and in between the seconds alone. */
function clockLabel(seconds: number): string {
  const date = new Date(seconds * 1000);
  const text = date.toTimeString();
  return date.getSeconds() === 0 ? text.slice(0, 5) : text.slice(5, 8);
}

/** The next of 1, 2, 5, 10, 20, 50 and so on above `value`, so that the axis ends at a label. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return power * ([1, 2, 5].find((step) => step * power > value) ?? 10);
}

function rateLabel(value: number): string {
  return value >= 1000 ? `${value / 1000}k` : String(value);
}
