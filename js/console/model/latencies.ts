/** Bins by time: four to each doubling, from a tenth of a millisecond on. */
const FIRST = 0.1;
const PER_DOUBLING = 4;
const BINS = 80; // to 100 s or so

/** How long answers took: a histogram whose bins grow with the time, so that its size does not grow with the answers. */
export class Latencies {
  readonly bins = new Float64Array(BINS);
  count = 0;
  most = 0;
  #sum = 0;

  add(ms: number): void {
    const doublings = Math.log2(Math.max(ms, FIRST) / FIRST);
    this.bins[Math.min(BINS - 1, Math.floor(doublings * PER_DOUBLING))]!++;
    this.count++;
    this.#sum += ms;
    this.most = Math.max(this.most, ms);
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }

  /** The time, to the width of a bin, in which this share of all answers was there. */
  within(share: number): number {
    let left = Math.ceil(this.count * share);
    for (let i = 0; i < BINS; i++) {
      left -= this.bins[i]!;
      if (left <= 0) return Math.min(this.most, edge(i + 1));
    }
    return this.most;
  }

  /** The bins that have something, and one on either side. */
  get range(): readonly [first: number, last: number] {
    const first = this.bins.findIndex((n) => n > 0);
    let last = BINS - 1;
    while (last > first && this.bins[last] === 0) last--;
    return [Math.max(0, first - 1), Math.min(BINS - 1, last + 1)];
  }

  clear(): void {
    this.bins.fill(0);
    this.count = this.most = this.#sum = 0;
  }
}

/** The time at which a bin begins, in milliseconds. */
export function edge(bin: number): number {
  return FIRST * 2 ** (bin / PER_DOUBLING);
}
