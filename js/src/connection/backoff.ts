/**
 * The delays between attempts to connect. Each ceiling is twice the one before, within bounds. A part of a delay is random, the
 * jitter, so that not all pages come at the same moment: with a jitter of 0.5 it is between half its ceiling and all of it.
 */
export class Backoff {
  #attempt = 0;

  constructor(
    readonly min: number,
    readonly max: number,
    readonly jitter: number,
  ) {}

  /** How many milliseconds to wait before the next attempt. */
  next(): number {
    const ceiling = Math.min(this.max, this.min * 2 ** this.#attempt++);
    return ceiling * (1 - this.jitter * Math.random());
  }

  reset(): void {
    this.#attempt = 0;
  }
}
