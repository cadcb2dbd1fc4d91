import type { Message } from '../message/message.js';
import type { Delivery, Inbox, Waiter } from './inbox.js';

/**
 * Iterates over the messages of a socket. A message counts as consumed when the next one is asked for, or when the loop is
 * left. Leaving the loop does not close the socket. When a signal was given and is aborted, a wait for the next message
 * rejects with the reason of the abort.
 */
export class Messages implements AsyncIterableIterator<Message, undefined> {
  readonly #inbox: Inbox;
  readonly #signal: AbortSignal | undefined;
  readonly #waiters = new Set<Waiter>();
  /** The message that the loop is at. */
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
    this.#done(); // when next was called several times at once, there is a message of the call before
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
