import { Deferred } from '../language/deferred.js';
import type { Delivery } from './delivery.js';

/**
 * Somebody who asked for the next message, and waits for it. It is settled once, by whatever comes first. Whoever has been
 * given a message cannot give up any more, though its promise may not have run yet: the message would be lost.
 */
export class Waiter {
  readonly #outcome = new Deferred<Delivery | undefined>();
  readonly #withdraw: () => void;
  #settled = false;

  /** withdraw takes the waiter out of the queue that it waits in. */
  constructor(withdraw: () => void) {
    this.#withdraw = withdraw;
  }

  /** The message; undefined when there will be none. */
  get promise(): Promise<Delivery | undefined> {
    return this.#outcome.promise;
  }

  give(delivery: Delivery | undefined): void {
    if (this.#settle()) this.#outcome.resolve(delivery);
  }

  fail(why: unknown): void {
    if (this.#settle()) this.#outcome.reject(why);
  }

  /** Waits no longer, and is told why. Does nothing when it has got something. */
  giveUp(why: unknown): void {
    if (!this.#settle()) return;
    this.#withdraw();
    this.#outcome.reject(why);
  }

  /** The same without an error: there will be nothing. */
  leave(): void {
    if (!this.#settle()) return;
    this.#withdraw();
    this.#outcome.resolve(undefined);
  }

  #settle(): boolean {
    const first = !this.#settled;
    this.#settled = true;
    return first;
  }
}
