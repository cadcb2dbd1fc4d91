import { after } from './abort.js';
import { Backoff } from './backoff.js';

/** Decides when to dial again. */
export class Reconnect {
  readonly #backoff: Backoff;
  readonly #local: boolean;
  readonly #dial: () => void;
  #notBefore = 0;
  #pending = false;
  #timer: { cancel(): void } | undefined;

  /** Delays are between min and max milliseconds. */
  constructor(url: string, min: number, max: number, dial: () => void) {
    this.#backoff = new Backoff(min, max);
    this.#local = isLocal(url);
    this.#dial = dial;
  }

  /** Dials after a while: the longer, the more often it was in vain. */
  later(): void {
    this.#within(Math.max(0, this.#notBefore - performance.now()) + this.#backoff.next());
  }

  /** Dials now, or as soon as it may. */
  now(): void {
    this.#within(Math.max(0, this.#notBefore - performance.now()));
  }

  /** If it is going to dial, there is no reason to wait any longer. */
  hurry(): void {
    if (this.#pending) this.now();
  }

  /** The bridge wants to be left alone for so many milliseconds. */
  notBefore(delay: number): void {
    this.#notBefore = performance.now() + delay;
  }

  succeeded(): void {
    this.#backoff.reset();
    this.#notBefore = 0;
  }

  cancel(): void {
    this.#pending = false;
    this.#timer?.cancel();
  }

  #within(delay: number): void {
    this.#timer?.cancel();
    this.#pending = true;
    if (delay > 0) this.#timer = after(delay, () => this.#due());
    else this.#due();
  }

  #due(): void {
    if (!this.#local && globalThis.navigator?.onLine === false) return; // in vain; hurry is called when it is not
    this.#pending = false;
    this.#dial();
  }
}

/** Whether a bridge is reached without a network. */
function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(hostname);
}
