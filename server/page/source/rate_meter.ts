/**
 * How fast a number rises, from looks at it now and then.
 *
 * @module
 */

/** The rate of a counter over the last seconds. */
export class RateMeter {
  readonly #windowMs: number;
  #looks: { atMs: number; value: number }[] = [];

  /** Looks older than `windowMs` no longer count. */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  /** Takes note that the counter was at `value` at `atMs`. A fall starts anew. */
  add(value: number, atMs: number): void {
    const last = this.#looks.at(-1);
    if (last !== undefined && value < last.value) this.#looks = [];
    this.#looks.push({ atMs, value });
    // One look beyond the window stays, or a slow poll would leave nothing to compare with.
    while (this.#looks.length > 2 && this.#looks[1].atMs <= atMs - this.#windowMs) {
      this.#looks.shift();
    }
  }

  /** How much the counter rises in a second; undefined until it was looked at twice. */
  get perSecond(): number | undefined {
    const first = this.#looks.at(0);
    const last = this.#looks.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
    return (last.value - first.value) * 1000 / (last.atMs - first.atMs);
  }
}
