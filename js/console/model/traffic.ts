import type { Kind } from './kind.js';
import { Ring } from './ring.js';

/** How many seconds the chart goes back at most. */
export const SPAN = 3600;

/** Where messages come from or go to: a card, to what counts and lists them. */
export interface Source {
  readonly name: string;
  readonly kind: Kind;
  readonly address: string;
  /** Messages so far. */
  seen: number;
  /** Closed for good. What it said stays on the chart for as long as that goes back. */
  readonly gone: boolean;
}

/** Counts messages: in all, and by second and source. */
export class Traffic {
  total = 0;
  readonly #series = new Map<Source, Ring>();

  count(source: Source): void {
    this.total++;
    source.seen++;
    let ring = this.#series.get(source);
    if (ring === undefined) this.#series.set(source, (ring = new Ring(SPAN)));
    ring.add(1);
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
