import { wrongWait } from '../language/wait.js';
import type { Message } from '../message/message.js';
import type { Delivery } from './delivery.js';
import type { Source } from './inbox.js';
import type { Waiter } from './waiter.js';

/**
 * Iterates over the messages of a socket. A message counts as consumed when the next one is asked for, or when the loop is
 * left. Leaving the loop does not close the socket. When a signal was given and is aborted, a wait for the next message
 * rejects with the reason of the abort. A message that had come by then is returned all the same.
 */
export class Messages<M = Message> implements AsyncIterableIterator<M, undefined> {
  readonly #source: Source;
  readonly #decode: (message: Message) => M;
  readonly #signal: AbortSignal | undefined;
  readonly #waiters = new Set<Waiter>();
  /** The message that the loop is at. */
  #current: Delivery | undefined;
  #left = false;

  /** @internal */
  constructor(source: Source, decode: (message: Message) => M, signal?: AbortSignal | undefined) {
    const wrong = wrongWait({ signal });
    if (wrong !== undefined) throw wrong;
    this.#source = source;
    this.#decode = decode;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<M, undefined>> {
    this.#done();
    if (this.#left || this.#signal?.aborted) return this.#wait();
    const here = this.#source.poll();
    if (here === undefined) return this.#wait();
    this.#current = here;
    try {
      return Promise.resolve({ done: false, value: this.#value(here) });
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  }

  /** What the page gets. A message that cannot be decoded is done with. */
  #value({ parts }: Delivery): M {
    try {
      return this.#decode(parts);
    } catch (thrown) {
      this.#done();
      throw thrown;
    }
  }

  async #wait(): Promise<IteratorResult<M, undefined>> {
    this.#signal?.throwIfAborted();
    if (this.#left) return { done: true, value: undefined };
    const delivery = await this.#take();
    if (delivery === undefined) return this.return();
    this.#done(); // when next was called several times at once, there is a message of the call before
    this.#current = delivery;
    const value = this.#value(delivery);
    if (this.#left) this.#done(); // the message came in the turn in which the loop was left
    return { done: false, value };
  }

  async #take(): Promise<Delivery | undefined> {
    const waiter = this.#source.take();
    this.#waiters.add(waiter);
    try {
      return await waiter.promise;
    } finally {
      this.#waiters.delete(waiter);
    }
  }

  return(): Promise<IteratorResult<M, undefined>> {
    this.#left = true;
    this.#done();
    this.#signal?.removeEventListener('abort', this.#abort);
    for (const waiter of this.#waiters) waiter.leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  readonly #abort = (): void => {
    for (const waiter of this.#waiters) waiter.giveUp(this.#signal?.reason);
  };

  #done(): void {
    if (this.#current !== undefined) this.#source.done(this.#current);
    this.#current = undefined;
  }
}
