import { after } from '../language/timer.js';

/**
 * Leaves a bridge that asked for it: as soon as nothing would be lost, but not before a moment that is random, so that
 * the clients of a bridge do not come to another all at once; and at the latest while there is still time.
 */
export class Leaving {
  readonly #idle: () => boolean;
  readonly #leave: () => void;
  readonly #timers: { cancel(): void }[];
  #due = false;

  /** The bridge goes in so many milliseconds. */
  constructor(within: number, idle: () => boolean, leave: () => void) {
    this.#idle = idle;
    this.#leave = leave;
    this.#timers = [after((Math.random() * within) / 2, () => this.#from()), after(0.9 * within, leave)];
  }

  #from(): void {
    this.#due = true;
    this.check();
  }

  /** Something was said or heard: it may be idle by now. */
  check(): void {
    if (this.#due && this.#idle()) this.#leave();
  }

  cancel(): void {
    this.#due = false;
    for (const timer of this.#timers) timer.cancel();
  }
}
