import type { Frame } from './frame.js';
import { ZmqError } from './errors.js';
import { Deferred } from './outcome.js';

/** A message that came: start is called when it is handed to the page, done when the page is done with it. */
export interface Delivery {
  readonly parts: Frame[];
  start?(): void;
  done(): void;
}

/** Messages of a socket on their way to the page: to its handler or, while there is none, to whoever asks. */
export class Inbox {
  readonly #queue: Delivery[] = [];
  readonly #waiting: Deferred<Delivery | undefined>[] = [];
  #handler: ((delivery: Delivery) => void) | undefined;
  #blocked = false;
  #pumping = false;
  #end: { readonly why: ZmqError | undefined } | undefined;

  /** Sets who gets every message; those that wait come first, once the code that runs now is done. */
  handle(handler: ((delivery: Delivery) => void) | undefined): void {
    this.#handler = handler;
    if (handler !== undefined) queueMicrotask(() => this.pump());
  }

  push(delivery: Delivery): void {
    this.#queue.push(delivery);
    this.pump();
  }

  /** Holds deliveries back, or lets them go on. */
  block(blocked: boolean): void {
    this.#blocked = blocked;
  }

  /** Drops what has not been delivered. */
  clear(): void {
    this.#queue.length = 0;
  }

  /** Delivers what can be delivered. A handler that makes more deliverable does not recur into itself. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#queue.length > 0 && !this.#blocked && this.#deliver()) {
        // #deliver takes one off the queue
      }
    } finally {
      this.#pumping = false;
    }
  }

  #deliver(): boolean {
    const waiting = this.#handler === undefined ? this.#waiting.shift() : undefined;
    if (this.#handler === undefined && waiting === undefined) return false;
    const delivery = this.#queue.shift();
    if (delivery === undefined) return false;
    delivery.start?.();
    if (waiting !== undefined) waiting.resolve(delivery);
    else this.#handler?.(delivery);
    return true;
  }

  /** Asks for the next message, or undefined when there will be none. Whoever gets one calls done. */
  take(): Deferred<Delivery | undefined> {
    const waiter = new Deferred<Delivery | undefined>();
    this.#waiting.push(waiter);
    this.pump();
    if (this.#end !== undefined) this.#dismiss(this.#end.why);
    return waiter;
  }

  /** Takes the asking back. */
  withdraw(waiter: Deferred<Delivery | undefined>): void {
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

