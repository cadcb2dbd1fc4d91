/** Delays between attempts to connect: doubling, within bounds, and random so that not all pages come at once. */
export class Backoff {
  #attempt = 0;

  constructor(
    readonly min: number,
    readonly max: number,
  ) {}

  /** Milliseconds to wait before the next attempt. */
  next(): number {
    const ceiling = Math.min(this.max, this.min * 2 ** this.#attempt++);
    return ceiling / 2 + (Math.random() * ceiling) / 2;
  }

  reset(): void {
    this.#attempt = 0;
  }
}
