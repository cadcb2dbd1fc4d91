import { after } from '../language/timer.js';

/** How late a timer is when the page was frozen rather than merely busy. */
const frozen = 1000;

/** One timer, for whoever says again and again when it has to ring. It rings early rather than be set anew each time. */
export class Alarm {
  readonly #ring: () => void;
  #timer = after(Infinity, () => {});
  #due = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Rings in no more than so many milliseconds. */
  within(delay: number): void {
    const due = performance.now() + delay;
    if (due < this.#due) this.#set(due, delay);
  }

  #set(due: number, delay: number): void {
    this.#timer.cancel();
    this.#due = due;
    this.#timer = after(delay, () => this.#rung(performance.now()));
  }

  #rung(now: number): void {
    // A page that was frozen gets its timers before the messages that came meanwhile. They go first, or the bridge
    // would seem to have been silent.
    if (now - this.#due > frozen) return this.#set(now, 0);
    this.#due = Infinity;
    this.#ring();
  }

  cancel(): void {
    this.#timer.cancel();
    this.#due = Infinity;
  }
}
