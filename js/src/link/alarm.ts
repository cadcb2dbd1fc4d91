import { type Timer, after } from '../language/timer.js';

/** A timer that is later than this, in milliseconds, was held back by a frozen page rather than a busy one. */
const frozen = 1000;

/**
 * A timer for the engine, which says after every call when it has to be called next. Usually that is later than what it
 * said before, and then the timer stays as it is: it rings too early, which does no harm, and is not set anew every time.
 */
export class Alarm {
  readonly #ring: () => void;
  #timer: Timer | undefined;
  #due = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings after so many milliseconds, or sooner. */
  within(delay: number): void {
    const due = performance.now() + delay;
    if (due < this.#due) this.#set(due, delay);
  }

  #set(due: number, delay: number): void {
    this.#timer?.cancel();
    this.#due = due;
    this.#timer = after(delay, () => this.#rung(performance.now()));
  }

  #rung(now: number): void {
    // When a page that was frozen goes on, its timers come before the messages that arrived meanwhile. The messages have
    // to go first, or the bridge would seem to have been silent.
    if (now - this.#due > frozen) return this.#set(now, 0);
    this.#due = Infinity;
    this.#ring();
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#due = Infinity;
  }
}
