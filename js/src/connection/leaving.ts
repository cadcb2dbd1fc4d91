import { type Timer, after } from '../language/timer.js';

/**
 * Leaves a bridge that is about to stop. It waits for a random moment first, so that the clients of one bridge do not all
 * come to another one at once, and from then on for a moment at which nothing would be lost. When time is nearly up, it
 * leaves whatever is lost.
 */
export class Leaving {
  readonly #idle: () => boolean;
  readonly #leave: () => void;
  readonly #timers: Timer[];
  #due = false;

  /** The bridge stops in so many milliseconds. idle tells whether leaving it now would lose nothing. */
  constructor(within: number, idle: () => boolean, leave: () => void) {
    this.#idle = idle;
    this.#leave = leave;
    this.#timers = [after((Math.random() * within) / 2, () => this.#begin()), after(0.9 * within, leave)];
  }

  #begin(): void {
    this.#due = true;
    this.check();
  }

  /** Something was sent or received, so this may be the moment to leave. */
  check(): void {
    if (this.#due && this.#idle()) this.#leave();
  }

  cancel(): void {
    this.#due = false;
    for (const timer of this.#timers) timer.cancel();
  }
}
