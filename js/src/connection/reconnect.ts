import { type Timer, after } from '../language/timer.js';
import type { Backoff } from './backoff.js';

/**
 * How long a browser is believed that there is no network, in milliseconds. Some browsers never say anything else, so
 * after this time an attempt is made all the same.
 */
const offlineDelay = 60_000;

/** Decides when to connect again. */
export class Reconnect {
  readonly #backoff: Backoff;
  readonly #local: boolean;
  readonly #connect: () => void;
  #notBefore = 0;
  #pending = false;
  #timer: Timer | undefined;

  /** connect is called when it is time to. */
  constructor(url: string, backoff: Backoff, connect: () => void) {
    this.#backoff = backoff;
    this.#local = isLocal(url);
    this.#connect = connect;
  }

  /** Connects after a delay, which grows with every attempt that did not succeed. */
  later(): void {
    this.#within(Math.max(0, this.#notBefore - performance.now()) + this.#backoff.next());
  }

  /** Connects now, or as soon as the bridge takes anybody. */
  now(): void {
    this.#within(Math.max(0, this.#notBefore - performance.now()));
  }

  /** If an attempt is due later, there is no reason to wait for it any longer. */
  hurry(): void {
    if (this.#pending) this.now();
  }

  /** The bridge wants to be left alone for so many milliseconds. */
  notBefore(delay: number): void {
    this.#notBefore = performance.now() + delay;
  }

  /** The last attempt succeeded, so the next delay is a short one again. */
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

  /** Without a network an attempt would be in vain. When the network is back, hurry is called. */
  #due(): void {
    const offline = !this.#local && globalThis.navigator?.onLine === false;
    if (offline) this.#timer = after(offlineDelay, () => this.#go());
    else this.#go();
  }

  #go(): void {
    this.#pending = false;
    this.#connect();
  }
}

/** Tells whether a bridge is reached without a network. */
function isLocal(url: string): boolean {
  const { hostname } = new URL(url);
  return /^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(hostname);
}
