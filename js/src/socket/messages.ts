import type { Delivery, Inbox, Waiter } from './inbox.js';
import type { Message } from '../message/message.js';

/**
 * Iterates over the messages of a socket. One counts as consumed when the next is asked for, or the loop is left:
 * leaving it does not close the socket. Aborting the signal ends a wait with its reason.
 */
export class Messages implements AsyncIterableIterator<Message, undefined> {
  readonly #inbox: Inbox;
  readonly #signal: AbortSignal | undefined;
  readonly #waiters = new Set<Waiter>();
  #current: Delivery | undefined;
  #left = false;

  /** @internal */
  constructor(inbox: Inbox, signal?: AbortSignal) {
    this.#inbox = inbox;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Message, undefined>> {
    this.#done();
    this.#signal?.throwIfAborted();
    if (this.#left) return { done: true, value: undefined };
    const delivery = await this.#take();
    if (delivery === undefined) return this.return();
    this.#done(); // when several were asked for at once
    this.#current = delivery;
    return { done: false, value: delivery.parts };
  }

  async #take(): Promise<Delivery | undefined> {
    const waiter = this.#inbox.take();
    this.#waiters.add(waiter);
    try {
      return await waiter.promise;
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  return(): Promise<IteratorResult<Message, undefined>> {
    this.#left = true;
    this.#done();
    this.#signal?.removeEventListener('abort', this.#abort);
    this.#dismiss((waiter) => waiter.resolve(undefined));
    return Promise.resolve({ done: true, value: undefined });
  }

  readonly #abort = (): void => this.#dismiss((waiter) => waiter.reject(this.#signal?.reason));

  #dismiss(how: (waiter: Waiter) => void): void {
    for (const waiter of this.#waiters) {
      this.#inbox.withdraw(waiter);
      how(waiter);
    }
  }

  #done(): void {
    if (this.#current !== undefined) this.#inbox.done(this.#current);
    this.#current = undefined;
  }
}
