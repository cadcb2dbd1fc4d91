import type { ZmqError } from './errors.js';
import type { Frame } from './frame.js';
import { Deferred } from './outcome.js';

/** A message that came, or a request with its number. */
export interface Delivery {
  readonly id: number;
  readonly parts: Frame[];
}

/** Who has to know how far a message has come. */
export interface Discipline {
  /** It is handed to the page. */
  started(delivery: Delivery): void;
  /** The page is done with it. */
  done(delivery: Delivery): void;
}

/** Whoever asked for the next message. */
export type Waiter = Deferred<Delivery | undefined>;

/** Messages of a socket on their way to the page: to its handler or, while there is none, to whoever asks. */
export class Inbox {
  readonly #discipline: Discipline;
  readonly #queue: Delivery[] = [];
  readonly #waiting: Waiter[] = [];
  #handler: ((delivery: Delivery) => void) | undefined;
  #blocked = false;
  #pumping = false;
  #end: { readonly why: ZmqError | undefined } | undefined;

  constructor(discipline: Discipline) {
    this.#discipline = discipline;
  }

  /** Sets who gets every message; those that wait come first, once the code that runs now is done. */
  handle(handler: ((delivery: Delivery) => void) | undefined): void {
    this.#handler = handler;
    if (handler !== undefined) queueMicrotask(() => this.#pump());
  }

  push(delivery: Delivery): void {
    this.#queue.push(delivery);
    this.#pump();
  }

  /** The page is done with a message. */
  done(delivery: Delivery): void {
    this.#discipline.done(delivery);
  }

  /** Delivers nothing for the time being. */
  block(): void {
    this.#blocked = true;
  }

  /** Goes on, once the code that runs now is done. */
  unblock(): void {
    this.#blocked = false;
    queueMicrotask(() => this.#pump());
  }

  /** Drops what has not been delivered. */
  clear(): void {
    this.#queue.length = 0;
  }

  /** Delivers what can be delivered. A handler that makes more deliverable does not recur into itself. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#blocked && this.#queue.length > 0) {
      if (this.#handler !== undefined) this.#handler(this.#next());
      else if (this.#waiting.length > 0) this.#waiting.shift()?.resolve(this.#next());
      else break;
    }
    this.#pumping = false;
  }

  /** Takes the first of the queue, which is not empty. */
  #next(): Delivery {
    const delivery = this.#queue.shift()!;
    this.#discipline.started(delivery);
    return delivery;
  }

  /** Asks for the next message, or undefined when there will be none. Whoever gets one says when it is done with it. */
  take(): Waiter {
    const waiter: Waiter = new Deferred();
    this.#waiting.push(waiter);
    this.#pump();
    if (this.#end !== undefined) this.#dismiss(this.#end.why);
    return waiter;
  }

  /** Takes the asking back. */
  withdraw(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** No more will come. What is here can still be taken; then takers get undefined, or why. */
  end(why: ZmqError | undefined): void {
    this.#end = { why };
    this.#dismiss(why);
  }

  #dismiss(why: ZmqError | undefined): void {
    for (const waiter of this.#waiting.splice(0)) {
      if (why === undefined) waiter.resolve(undefined);
      else waiter.reject(why);
    }
  }
}
