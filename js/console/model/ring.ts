/** The second that it is. */
export function second(): number {
  return Math.floor(Date.now() / 1000);
}

/** Counts by second, for as many of the last seconds as it has bins. */
export class Ring {
  readonly #bins: Float64Array;
  #last: number;

  constructor(span: number, now = second()) {
    this.#bins = new Float64Array(span);
    this.#last = now;
  }

  add(n: number, now = second()): void {
    this.advance(now);
    this.#bins[this.#last % this.#bins.length]! += n;
  }

  /** Empties the bins of the seconds that have come since. A clock that was set back stops the ring for as long. */
  advance(to = second()): void {
    const span = this.#bins.length;
    const now = Math.max(to, this.#last);
    if (now - this.#last > span) this.#last = now - span;
    while (this.#last < now) this.#bins[++this.#last % span] = 0;
  }

  get silent(): boolean {
    return this.#bins.every((count) => count === 0);
  }

  /** What was counted in a second of those that the ring goes back. */
  at(time: number): number {
    return this.#bins[time % this.#bins.length] ?? 0;
  }

  /** What was counted in so many seconds from one on. */
  sum(from: number, seconds: number): number {
    let sum = 0;
    for (let i = 0; i < seconds; i++) sum += this.at(from + i);
    return sum;
  }
}
