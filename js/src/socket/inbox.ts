import type { ZmqError } from '../errors.js';
import type { Place } from '../message/position.js';
import type { Message } from '../message/message.js';
import { Deferred } from '../language/deferred.js';

/** A message that came, or a request with its number. */
export interface Delivery {
  readonly id: number;
  readonly parts: Message;
  /** Its place in a history, if the bridge keeps one. */
  readonly place?: Place | undefined;
}

/** A place between two messages, and what happens there. */
type Mark = () => void;

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
  readonly #queue: (Delivery | Mark)[] = [];
  readonly #waiting: Waiter[] = [];
  #handler: ((delivery: Delivery) => void) | undefined;
  #handed = 0; // and not done with
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

  /** Messages that wait. */
  get size(): number {
    return this.#queue.filter((it) => typeof it !== 'function').length;
  }

  push(delivery: Delivery): void {
    this.#queue.push(delivery);
    this.#pump();
  }

  /**
   * Calls fn between what has come so far and what comes later: when the page is done with the one, or asks for the
   * other. It has to have seen the message before it is told of a gap behind it.
   */
  mark(fn: Mark): void {
    this.#queue.push(fn);
    this.#pump();
  }

  /** The page is done with a message. */
  done(delivery: Delivery): void {
    this.#handed--;
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
      if (!this.#advance(this.#queue[0]!)) break;
    }
    this.#pumping = false;
  }

  /** Takes the first of the queue off it, unless it has to wait. */
  #advance(first: Delivery | Mark): boolean {
    if (typeof first === 'function') return this.#pass(first);
    if (this.#handler !== undefined) {
      this.#handler(this.#hand(first));
      return true;
    }
    const waiter = this.#waiting.shift();
    if (waiter === undefined) return false;
    waiter.resolve(this.#hand(first));
    return true;
  }

  #pass(mark: Mark): boolean {
    const asked = this.#handler !== undefined || this.#waiting.length > 0;
    if (!asked && this.#handed > 0) return false;
    this.#queue.shift();
    mark();
    return true;
  }

  #hand(first: Delivery): Delivery {
    this.#queue.shift();
    this.#handed++;
    this.#discipline.started(first);
    return first;
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
