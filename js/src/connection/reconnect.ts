import { after } from '../language/timer.js';
import { Backoff } from './backoff.js';

/** How long a browser is believed that there is no network. Some never say anything else. */
const offlineDelay = 60_000;

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

  /** Without a network an attempt would be in vain: hurry is called when there is one. */
  #due(): void {
    const offline = !this.#local && globalThis.navigator?.onLine === false;
    if (offline) this.#timer = after(offlineDelay, () => this.#go());
    else this.#go();
  }

  #go(): void {
    this.#pending = false;
    this.#dial();
  }
}

/** Whether a bridge is reached without a network. */
function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(hostname);
}
