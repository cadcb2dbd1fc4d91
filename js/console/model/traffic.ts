import type { Kind } from './kind.js';

/** How many seconds the chart goes back. */
export const SPAN = 60;

/** Where messages come from or go to: a card, to what counts and lists them. */
export interface Source {
  readonly name: string;
  readonly kind: Kind;
  /** Messages so far. */
  seen: number;
  /** Closed for good. What it said stays on the chart for its minute. */
  readonly gone: boolean;
}

/** The second that it is. */
export function second(): number {
  return Math.floor(Date.now() / 1000);
}

/** Counts messages: in all, and by second and source over the last minute. */
export class Traffic {
  total = 0;
  readonly #series = new Map<Source, Ring>();

  count(source: Source): void {
    this.total++;
    source.seen++;
    let ring = this.#series.get(source);
    if (ring === undefined) this.#series.set(source, (ring = new Ring()));
    ring.count();
  }

  clear(): void {
    this.total = 0;
    this.#series.clear();
  }

  /** The rings of all sources, brought up to now. Those of sources that are gone and fell silent are left out for good. */
  current(): readonly (readonly [Source, Ring])[] {
    for (const [source, ring] of this.#series) {
      ring.advance();
      if (source.gone && ring.silent) this.#series.delete(source);
    }
    return [...this.#series];
  }
}

/** Messages of one source by second. */
export class Ring {
  readonly #bins = new Float64Array(SPAN);
  #last = second();

  count(): void {
    this.advance();
    this.#bins[this.#last % SPAN]!++;
  }

  /** Empties the bins of the seconds that have come since. A clock that was set back stops the ring for as long. */
  advance(): void {
    const now = Math.max(second(), this.#last);
    if (now - this.#last > SPAN) this.#last = now - SPAN;
    while (this.#last < now) this.#bins[++this.#last % SPAN] = 0;
  }

  get silent(): boolean {
    return this.#bins.every((count) => count === 0);
  }

  /** The messages of a second of the last minute. */
  at(time: number): number {
    return this.#bins[time % SPAN] ?? 0;
  }
}
