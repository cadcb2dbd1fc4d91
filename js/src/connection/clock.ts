import { type Timer, after } from '../language/timer.js';

/** How often the clock is looked at, in milliseconds. */
const interval = 1000;

/** How much later than that the next look may be before something other than a busy page is the reason, in milliseconds. */
const leap = 3000;

/**
 * Notices when this machine has slept, or this program was stopped for a while: then more time has passed than a timer was
 * asked to wait. While a machine sleeps, performance.now() stands still in some browsers, so Date is looked at as well.
 */
export class ClockWatch {
  readonly #jumped: () => void;
  #wall = Date.now();
  #own = performance.now();
  #timer: Timer | undefined;

  constructor(jumped: () => void) {
    this.#jumped = jumped;
    this.#wait();
  }

  #wait(): void {
    this.#timer = after(interval, () => this.#look());
  }

  #look(): void {
    const passed = Math.max(Math.abs(Date.now() - this.#wall), performance.now() - this.#own);
    this.#wall = Date.now();
    this.#own = performance.now();
    this.#wait();
    // The timers of a hidden page are late for no reason. When it is shown again, its watcher says so.
    const hidden = typeof document !== 'undefined' && document.visibilityState === 'hidden';
    if (passed > interval + leap && !hidden) this.#jumped();
  }

  cancel(): void {
    this.#timer?.cancel();
  }
}
