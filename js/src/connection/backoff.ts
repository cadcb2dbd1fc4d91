/**
 * The delays between attempts to connect. Each ceiling is twice the one before, within bounds. A delay is random, between
 * half its ceiling and all of it, so that not all pages come at the same moment.
 */
export class Backoff {
  #attempt = 0;

  constructor(
    readonly min: number,
    readonly max: number,
  ) {}

  /** How many milliseconds to wait before the next attempt. */
  next(): number {
    const ceiling = Math.min(this.max, this.min * 2 ** this.#attempt++);
    return ceiling / 2 + (Math.random() * ceiling) / 2;
  }

  reset(): void {
    this.#attempt = 0;
  }
}
